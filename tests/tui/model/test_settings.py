from __future__ import annotations

import pytest

from synergy.core.errors import InvalidArgument
from synergy.tui.model.settings import Settings, check_theme, read_settings

WHOLE = """
theme = "light"      # for the projector
times = "local"
mouse = true
read_only = true

[keys]
reprocess = "f5"
skip = ["s", "f7"]

[views]
broken = "uow state:invalid"
flights = "tt Flights* state:skipped"
"""


def test_what_is_not_said_is_as_it_always_was() -> None:
    assert read_settings("", "c.toml") == Settings()
    assert Settings().theme == "dark"


def test_everything_can_be_said() -> None:
    settings = read_settings(WHOLE, "c.toml")
    assert (settings.theme, settings.times, settings.mouse, settings.read_only) == ("light", "local", True, True)
    assert settings.keymap == {"reprocess": ("f5",), "skip": ("s", "f7")}
    assert settings.views["flights"] == "tt Flights* state:skipped"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("theme = \nmouse = true", "line 1"),
        ("them = 'dark'", '"them" is no setting; write theme'),
        ("theme = 'purple'", 'theme "purple": there is none; take one of dark, light'),
        ("theme = 3", "theme = 3: that is none; write one of dark, light"),
        ("[theme]", "theme = {}: that is none; write one of dark, light"),
        ("theme = {name = 'dark'}", 'theme = {"name":"dark"}: that is none; write one of dark, light'),
        (f"mouse = {'9' * 5000}", "write it as TOML"),
        (f"mouse = {'[' * 5000}", "write it as TOML"),
        ("times = 'CET'", 'times = "CET": that is none; write "utc" or "local"'),
        ("mouse = 'yes'", 'mouse = "yes": that is none; write true or false'),
        ("read_only = 1", "read_only = 1: that is none; write true or false"),
        ("keys = 3", "keys = 3: that is none; write [keys]"),
        ("keys.skip = 3", "keys.skip = 3: that is none; write [keys]"),
        ("keys.skip = ['s', 3]", 'keys.skip = ["s",3]: that is none'),
        ("views = ['tt']", 'views = ["tt"]: that is none; write [views]'),
        ("views.a = 3", "views.a = 3: that is none"),
        ("keys.skip = 'r'", "keys.skip: r is reprocess on the screen"),
        ("keys.skp = 'f7'", 'keys: "skp" is no action; write skip'),
        ("keys.skip = 'hyper'", "keys.skip: key 'hyper' is none"),
        ("views.a = 'nonsense'", 'views.a: "nonsense" is no command'),
        ("views.a = 'uow state:purple'", "views.a: "),
        ("views.a = 'reprocess A@1'", 'views.a: "reprocess A@1" shows nothing'),
        ("views.save = 'tt'", 'views.save: "save" is no name'),
        ("views.'a b' = 'tt'", 'views.a b: "a b" is no name'),
    ],
)
def test_what_is_wrong_is_named_with_file_key_value_and_remedy(text: str, named: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        read_settings(text, "/home/olga/console.toml")
    told = str(caught.value)
    assert told.startswith("/home/olga/console.toml: ")
    assert named in told
    assert caught.value.remedy


def test_all_that_is_wrong_is_told_at_once() -> None:
    text = """theme = "pink"
colour = 3
mouse = "yes"
keys = {skip = "r", undo = "r", reprocess = 3}
views = {save = "tt", a = "nonsense", b = "uow"}
"""
    with pytest.raises(InvalidArgument) as caught:
        read_settings(text, "c.toml")
    head, *lines = str(caught.value).split("\n  ")
    assert head == "c.toml: 8 settings are wrong"
    begins = ['theme "pink":', '"colour" is', 'mouse = "yes":', "keys.reprocess = 3:", "keys.", "keys.undo: r is"]
    for line, begin in zip(lines, [*begins, "views.save:", "views.a:"], strict=True):
        assert line.startswith(begin)
        assert "; " in line  # the remedy


def test_of_very_many_mistakes_ten_are_told() -> None:
    with pytest.raises(InvalidArgument) as caught:
        read_settings("".join(f"x{at} = 1\n" for at in range(13)), "c.toml")
    lines = str(caught.value).split("\n  ")
    assert (lines[0], len(lines), lines[-1]) == ("c.toml: 13 settings are wrong", 12, "and 3 more")


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("theme = pink", 'text needs quotes: theme = "pink"'),
        ("times=utc  # as the log", 'text needs quotes: times = "utc"'),
        ("mouse = True", "write it in small letters: mouse = true"),
        ("theme = 'dark' 'light'", "write it as TOML; docs/console.md shows one"),
        ("theme =", "write it as TOML; docs/console.md shows one"),
    ],
)
def test_a_word_without_quotes_is_told_apart(line: str, remedy: str) -> None:
    with pytest.raises(InvalidArgument, match="line 2") as caught:
        read_settings(f"read_only = false\n{line}\n", "c.toml")
    assert caught.value.remedy == remedy


def test_a_theme_is_one_of_those_there_are() -> None:
    assert check_theme("color-blind") == "color-blind"
    with pytest.raises(InvalidArgument, match="high-contrast"):
        check_theme("Dark")
