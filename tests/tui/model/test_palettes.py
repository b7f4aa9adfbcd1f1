from __future__ import annotations

from itertools import combinations
from typing import Final

import pytest
from rich._palettes import STANDARD_PALETTE
from rich.color import Color as RichColor
from rich.color import ColorSystem, ColorType
from rich.style import Style

from synergy.tui.model.palettes import (
    BADGES,
    FEW,
    STATES,
    THEMES,
    Palette,
    contrast,
    palette_of,
    theme_for,
    title_style,
)
from tests.tui.model.color_sight import SIGHTS, distance

FULL: Final = THEMES
SIXTEEN: Final = tuple(f"{theme}{FEW}" for theme in THEMES)
EVERY: Final = (*FULL, *SIXTEEN)
READABLE: Final = {**dict.fromkeys(FULL, 4.5), "high-contrast": 7.0, **dict.fromkeys(SIXTEEN, 4.0)}
"""The least contrast of text: 4.5 is level AA and 7 level AAA of the Web Content Accessibility Guidelines 2.1.

Of 16 colours the terminal's user chooses the values; what is measured is VGA's, whose blues and browns are dark.
"""
TEXTS: Final = (
    "text", "faint", "hint", "heading", "key", "good", "warning", "problem", "held", "sealed", "batch", "draining",
    "stderr", "logged", *STATES,
)  # fmt: skip
"""Meanings that are read: ``off`` and ``unloaded`` say that there is nothing to read."""
PAIRS: Final = ("selected", "rest", "cursor", "marked", "match")


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#5faf5f", "#5faf5f") == 1


def shown(theme: str, system: ColorSystem = ColorSystem.EIGHT_BIT) -> dict[str, str]:
    """The theme's colours as Rich tells them to a terminal of 256."""
    colors = palette_of(theme).colors
    return {name: RichColor.parse(color).downgrade(system).get_truecolor().hex for name, color in colors.items()}


@pytest.mark.parametrize("theme", EVERY)
@pytest.mark.parametrize("system", ["true", "256"])
def test_every_text_can_be_read_on_every_ground_it_stands_on(theme: str, system: str) -> None:
    colors = shown(theme) if system == "256" else palette_of(theme).colors
    faint = {
        f"{meaning} on {ground}": round(contrast(colors[meaning], colors[ground]), 2)
        for meaning in TEXTS
        for ground in ("ground", "surface")
        if contrast(colors[meaning], colors[ground]) < READABLE[theme]
    }
    assert faint == {}


@pytest.mark.parametrize("theme", EVERY)
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *((f"{pair}-text", f"{pair}-ground") for pair in PAIRS),
        *(("badge-text", badge) for badge in BADGES),
        *((text, "bar") for text in ("text", "heading", "key")),
        *(("text", ground) for ground in ("field", "field-focus")),
    ],
)
def test_text_on_a_ground_of_its_own_can_be_read(theme: str, text: str, ground: str) -> None:
    colors = palette_of(theme).colors
    assert contrast(colors[text], colors[ground]) >= READABLE[theme]


@pytest.mark.parametrize("theme", FULL)
def test_states_are_told_apart_by_their_colours(theme: str) -> None:
    colors = palette_of(theme).colors
    near = {pair: distance(colors[pair[0]], colors[pair[1]], "usual") for pair in combinations(STATES, 2)}
    assert min(near.values()) >= 18, min(near, key=lambda pair: near[pair])


@pytest.mark.parametrize("sight", SIGHTS)
def test_the_theme_for_the_colour_blind_keeps_states_apart_for_them(sight: str) -> None:
    colors = palette_of("color-blind").colors
    near = {pair: distance(colors[pair[0]], colors[pair[1]], sight) for pair in combinations(STATES, 2)}
    assert min(near.values()) >= 20, min(near, key=lambda pair: near[pair])


def test_the_usual_theme_is_what_the_colour_blind_one_is_there_for() -> None:
    colors = palette_of("dark").colors
    assert distance(colors["processed"], colors["invalid"], "deuteranopia") < 10


@pytest.mark.parametrize("sight", SIGHTS)
def test_also_of_16_colours_what_is_wrong_is_told_from_the_rest(sight: str) -> None:
    colors = palette_of(f"color-blind{FEW}").colors
    others = [state for state in STATES if state != "invalid"]
    assert min(distance(colors["invalid"], colors[state], sight) for state in others) >= 20


@pytest.mark.parametrize("theme", FULL)
def test_256_colours_show_what_more_would(theme: str) -> None:
    """But for greys, which Rich takes one step darker at the light end."""
    colors, told = palette_of(theme).colors, shown(theme)
    off = {name for name, color in colors.items() if distance(color, told[name], "usual") > 4}
    assert off == set()
    assert {name for name in STATES if colors[name] != told[name]} <= {"embryo"}


@pytest.mark.parametrize("theme", SIXTEEN)
def test_of_16_colours_each_is_just_one(theme: str) -> None:
    for meaning, color in palette_of(theme).colors.items():
        told = RichColor.parse(color).downgrade(ColorSystem.STANDARD)
        assert told.type is ColorType.STANDARD, meaning
        assert told.number is not None
        assert STANDARD_PALETTE[told.number].hex == color, meaning


@pytest.mark.parametrize("theme", EVERY)
@pytest.mark.parametrize("colored", [True, False])
def test_every_meaning_is_a_style_that_rich_knows(theme: str, colored: bool) -> None:  # noqa: FBT001
    palette = palette_of(theme, colored=colored)
    for meaning in palette.inks:
        Style.parse(palette.spell(f"bold {meaning}"))


def test_words_that_are_no_meaning_are_passed_on() -> None:
    palette = palette_of("dark")
    assert palette.spell("bold problem") == f"bold {palette.colors['problem']}"
    assert palette.spell("underline #ffffff") == "underline #ffffff"
    assert palette.spell("") == ""


def test_without_colours_what_is_set_apart_is_reversed() -> None:
    palette = palette_of("light", colored=False)
    assert palette.spell("selected") == palette.spell("badge-held") == "bold reverse"
    assert palette.spell("problem") == "default"
    assert title_style(palette, "#ff0000") == "bold reverse"


def test_a_terminal_of_16_colours_gets_a_form_of_its_own() -> None:
    assert theme_for("light", "standard") == f"light{FEW}"
    assert theme_for("light", "256") == theme_for("light", "truecolor") == theme_for("light", None) == "light"


def test_a_theme_that_is_none_looks_like_the_usual_one() -> None:
    assert palette_of("textual-dark").colors == palette_of("dark").colors


@pytest.mark.parametrize("color", ["#ffffff", "#000000", "#d70000", "#ffd700", "#777777"])
def test_the_environments_name_can_be_read_on_any_colour(color: str) -> None:
    _, text, _, ground = title_style(palette_of("dark"), color).split()
    assert ground == color
    assert contrast(text, ground) >= 4.5


def test_dark_and_light_are_known_apart() -> None:
    assert [theme for theme in EVERY if not palette_of(theme).is_dark] == ["light", f"light{FEW}"]
    assert isinstance(palette_of("dark"), Palette)


@pytest.mark.parametrize("name", THEMES)
def test_without_colours_only_what_has_the_focus_looks_like_it(name: str) -> None:
    bare = palette_of(name, colored=False)
    assert bare.inks["selected"] != bare.inks["rest"]
    assert "reverse" not in bare.inks["rest"]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("form", ["", FEW])
def test_a_field_is_seen_on_its_dialog(theme: str, form: str) -> None:
    colors = palette_of(theme + form).colors
    assert colors["field"] != colors["surface"]
    assert contrast(colors["text"], colors["field"]) >= 4.5


def test_a_light_screen_of_16_colours_stays_readable_below_a_dialog() -> None:
    assert palette_of(f"light{FEW}").veil.endswith(" 0%")
    assert palette_of("light").veil != palette_of("dark").veil
