from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from rich.style import Style

from synergy.tui.app import ConsoleApp
from synergy.tui.commands import Go
from synergy.tui.model.palettes import FEW, THEMES, palette_of
from synergy.tui.model.trail import Place
from tests.tui.fake_daemon import FakeDeployment
from tests.tui.operator import Operator, console

ROOM = Path(__file__).parents[2] / "synergy" / "tui"
COLOR: Final = re.compile(r"#[0-9a-fA-F]{6}\b")


def test_only_the_palettes_name_colours() -> None:
    """Elsewhere write what the colour means: see the first column in synergy/tui/model/palettes.py."""
    own = {ROOM / "model" / "palettes.py", ROOM / "widgets" / "colors.py"}
    files = sorted({*ROOM.rglob("*.py"), *ROOM.rglob("*.tcss")} - own)
    named = {str(path.relative_to(ROOM)): COLOR.findall(path.read_text()) for path in files}
    assert {path: colors for path, colors in named.items() if colors} == {}


@pytest.fixture(autouse=True)
def _a_terminal_of_256_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("COLORTERM", raising=False)


def styles(app: ConsoleApp) -> Iterator[Style]:
    """What is drawn now."""
    for strip in app.screen._compositor.render_strips():
        yield from (segment.style for segment in strip if segment.style is not None and segment.text.strip())


def colors(app: ConsoleApp) -> set[str]:
    """The colours of the text and of what it stands on."""
    drawn = [color for style in styles(app) for color in (style.color, style.bgcolor)]
    return {color.get_truecolor().hex for color in drawn if color is not None and not color.is_default}


async def is_drawn_in(operator: Operator, theme: str) -> None:
    """Wait until all is drawn in the colours of the theme, the environment's own apart, and in no other."""
    wanted = {palette_of(theme).colors[meaning] for meaning in ("text", "ground", "processed")}
    known = {*palette_of(theme).colors.values(), "#ffffff", str(operator.deployment.console_color)}
    await operator.until(lambda: wanted <= colors(operator.app) <= known)


@pytest.mark.parametrize("place", ["timetable", "tree", "overview"])
async def test_another_theme_redraws_everything(tmp_path: Path, place: str) -> None:
    async with console(tmp_path, start=Go(Place(place))) as operator:
        for theme in THEMES:
            await operator.enters(f"theme {theme}")
            await is_drawn_in(operator, theme)


async def test_a_terminal_of_16_colours_is_told_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "linux")
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        for theme in THEMES:
            await operator.enters(f"theme {theme}")
            await is_drawn_in(operator, f"{theme}{FEW}")


async def test_no_color_leaves_none_and_reverses_the_cursor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.sees("FlightsDaily")
        assert colors(operator.app) == set()
        assert any(style.reverse for style in styles(operator.app))


@pytest.mark.parametrize(
    ("color", "ground"), [(None, "#005f87"), ("#ffd700", "#ffd700"), ("red", "#ff0000"), ("nonsense", "#005f87")]
)
async def test_the_environments_colour_is_shown_if_it_is_one(tmp_path: Path, color: str | None, ground: str) -> None:
    played = FakeDeployment()
    played.console_color = color
    async with console(tmp_path, played) as operator:
        await operator.until(lambda: ground in colors(operator.app))
