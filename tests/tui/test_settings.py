"""The operator's settings file in use: what it changes, how it is written, and that a wrong one stops the console."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from synergy.core.errors import InvalidArgument
from synergy.tui.app import main
from synergy.tui.arguments import parse_arguments
from synergy.tui.commands import Go
from synergy.tui.model.palettes import THEMES
from synergy.tui.model.settings import Settings, read_settings
from synergy.tui.model.trail import Place
from synergy.tui.settings_file import SettingsFile, chosen, keep_view, load, usual_path
from tests.tui.fake_daemon import FakeDeployment, fake_daemon
from tests.tui.operator import console, text_of

UOWS = Go(Place("uows"))
JOB = "FlightsDaily@2013010100"


@contextmanager
def a_zone(name: str) -> Iterator[None]:
    """The machine's own zone, for a while."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TZ", name)
        time.tzset()
        yield
    time.tzset()


def test_the_file_lies_where_the_base_directory_specification_says() -> None:
    assert usual_path({"XDG_CONFIG_HOME": "/etc/xdg", "HOME": "/home/o"}) == Path("/etc/xdg/synergy/console.toml")
    assert usual_path({"XDG_CONFIG_HOME": "here", "HOME": "/home/o"}) == Path("/home/o/.config/synergy/console.toml")
    assert usual_path({"HOME": "/home/o"}) == Path("/home/o/.config/synergy/console.toml")


def test_the_usual_file_need_not_be_there_but_a_named_one_must(tmp_path: Path) -> None:
    assert load(None, {"HOME": str(tmp_path)}).settings == Settings()
    with pytest.raises(InvalidArgument, match="no such file") as caught:
        load(tmp_path / "mine.toml", {})
    assert "--write-settings" in caught.value.remedy


@pytest.mark.parametrize("content", [b"\xff\xfe", None])
def test_a_file_that_cannot_be_read_is_named_with_a_remedy(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "console.toml"
    path.mkdir() if content is None else path.write_bytes(content)
    with pytest.raises(InvalidArgument) as caught:
        load(path, {})
    assert str(path) in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize("words", [[], ["--plain"]])
def test_the_console_does_not_start_with_a_wrong_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[keys]\nskip = 'r'\n")
    assert main(["--settings", str(path), "--socket", "/nowhere/c.sock", *words]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"error: {path}: keys.skip: r is reprocess on the screen")
    assert told.count("\n") == 1


def test_the_usual_file_is_read_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "config" / "synergy" / "console.toml"
    path.parent.mkdir(parents=True)
    path.write_text("colour = 'red'\n")
    assert main(["--socket", "/nowhere/c.sock"]) == 2
    assert f'{path}: "colour" is no setting' in capsys.readouterr().err


def test_a_file_to_begin_with_is_written_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--write-settings"]) == 0
    path = tmp_path / "config" / "synergy" / "console.toml"
    assert capsys.readouterr().out == f"wrote {path}\n"
    assert load(path, {}).settings == Settings()
    path.write_text("theme = 'light'\n")
    assert main(["--write-settings"]) == 2
    assert "is there already" in capsys.readouterr().err
    assert path.read_text() == "theme = 'light'\n"


def test_a_file_to_begin_with_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main(["--write-settings", "--settings", str(tmp_path / "file" / "mine.toml")]) == 2
    assert "file/mine.toml cannot be written: " in capsys.readouterr().err


async def test_plain_lines_show_local_times_when_the_settings_say_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own, path, shown = tmp_path / "mine.toml", tmp_path / "c.sock", []
    async with fake_daemon(path, FakeDeployment()):
        for times in ("utc", "local"):
            own.write_text(f"times = '{times}'\n")
            words = ["--settings", str(own), "--socket", str(path), "--plain", "log", f"{JOB}#1"]
            with a_zone("Etc/GMT-3"):
                assert await asyncio.to_thread(main, words) == 0
            shown.append(capsys.readouterr().out)
    assert shown[0] != shown[1]


async def test_the_operators_keys_work_and_stand_in_footer_and_help(tmp_path: Path) -> None:
    own = Settings(keys={"reprocess": "f5", "help": ["f1", "?"]})
    async with console(tmp_path, start=UOWS, own=own, size=(160, 40)) as operator:
        await operator.sees("f5 reprocess", "f1 help", "exit 3")
        await operator.types("r")
        await operator.types("f1")
        await operator.sees("Keys of the screen", "f5 ", "Run again")
        await operator.types("escape", "f5")
        await operator.sees("Cancel")


async def test_two_keys_can_change_places(tmp_path: Path) -> None:
    own = Settings(keys={"reprocess": "s", "skip": "r"})
    async with console(tmp_path, start=UOWS, own=own) as operator:
        await operator.sees("exit 3")
        await operator.types("s")
        await operator.until(lambda: operator.deployment.asked and "Reprocess" in text_of(operator.app))


async def test_the_settings_dress_the_console(tmp_path: Path) -> None:
    async with console(tmp_path, own=Settings(theme="light", times="local", read_only=True)) as operator:
        assert operator.app.theme.startswith("light")
        assert operator.app.desk.style.zone is None
        await operator.sees("READ-ONLY")


async def test_a_view_is_gone_to_completed_and_found_in_the_palette(tmp_path: Path) -> None:
    own = Settings(views={"broken": "uow state:invalid", "late": "tt Flights*"})
    async with console(tmp_path, own=own) as operator:
        await operator.enters("view broken")
        await operator.sees("/state:invalid", "exit 3")
        await operator.types("ctrl+p", *"view la", "enter")
        await operator.sees("/Flights*", "FlightsDaily")
        assert operator.frame._complete("view br") == "view broken"
        assert operator.frame._complete("theme hi") == "theme high-contrast"


async def test_a_view_that_is_none_is_refused_with_those_there_are(tmp_path: Path) -> None:
    async with console(tmp_path, own=Settings(views={"broken": "uow"})) as operator:
        await operator.enters("view brken")
        await operator.until(lambda: 'there is no view "brken"; use broken; there are broken' in operator.toasts)


async def test_what_is_shown_is_saved_as_a_view_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("# mine\n[views]\nlate = 'tt'\n")
    async with console(tmp_path, start=Go(Place("uows"), "state:invalid")) as operator:
        operator.app.desk.file = SettingsFile(load(path, {}).settings, path)
        await operator.sees("/state:invalid")
        await operator.enters("view save broken")
        await operator.until(lambda: f"Saved in {path}" in operator.toasts)
        assert path.read_text() == "# mine\n[views]\nlate = 'tt'\nbroken = \"uow state:invalid\"\n"
        await operator.enters("overview")
        await operator.enters("view broken")
        await operator.sees("/state:invalid")


async def test_a_view_that_cannot_be_written_is_told_with_the_line_to_paste(tmp_path: Path) -> None:
    async with console(tmp_path, start=UOWS) as operator:
        (tmp_path / "file").write_text("")
        operator.app.desk.file = SettingsFile(path=tmp_path / "file" / "mine.toml")
        await operator.enters("view save broken")
        await operator.until(lambda: 'broken = "uow"' in operator.toasts)
        assert "mine.toml cannot be written" in operator.toasts


def test_a_file_that_is_a_link_stays_one_and_keeps_its_permissions(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles.toml", tmp_path / "console.toml"
    real.write_text("theme = 'light'\n")
    real.chmod(0o640)
    link.symlink_to(real)
    keep_view(SettingsFile(path=link), "late", "tt")
    assert link.is_symlink()
    assert read_settings(real.read_text(), "c.toml") == Settings(theme="light", views={"late": "tt"})
    assert real.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["console.toml", "dotfiles.toml"]


async def test_a_theme_that_is_none_is_refused_with_those_there_are(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.enters("theme purple")
        await operator.until(lambda: 'theme "purple": there is none; take one of dark' in operator.toasts)


def test_the_command_line_wins_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("theme = 'light'\nread_only = true\n")
    words = ["--settings", str(path), "--theme", "high-contrast", "--mouse"]
    settings = chosen(parse_arguments(words), {}).settings
    assert settings == Settings(theme="high-contrast", mouse=True, read_only=True)


def test_a_theme_of_the_command_line_that_is_none_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--theme", "purple"])
    assert left.value.code == 2
    assert "high-contrast" in capsys.readouterr().err


def test_the_page_about_the_console_tells_every_setting_and_its_example_works() -> None:
    page = (Path(__file__).parents[2] / "docs" / "console.md").read_text()
    told = page.partition("## Your settings")[2]
    assert all(f"| `{name}` |" in told or f"| `[{name}]` |" in told for name in Settings.__struct_fields__)
    assert all(f"`{theme}`" in told for theme in THEMES)
    example = told.partition("```toml\n")[2].partition("```")[0]
    assert read_settings(example, "docs/console.md").keymap == {"reprocess": ("f5",), "skip": ("s", "f7")}
