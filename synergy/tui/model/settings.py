"""What an operator may choose for every console of theirs, as it stands in their settings file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, tzinfo
from difflib import get_close_matches
from typing import Final, Literal

import msgspec

from synergy.core.errors import InvalidArgument
from synergy.tui.commands import parse_place
from synergy.tui.model.keymap import Keys, key_problems
from synergy.tui.model.palettes import THEMES

VIEW_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
MOST_TOLD: Final = 10
"""Of so many mistakes each is told."""
_LINE: Final = re.compile(r"at line (\d+)")
_BARE: Final = re.compile(r"\s*([\w.-]+)\s*=\s*([^\W\d][\w.:+-]*)\s*(?:#.*)?")
_TAKES: Final[Mapping[str, str]] = {
    "theme": f"one of {', '.join(THEMES)}",
    "times": '"utc" or "local"',
    "mouse": "true or false",
    "read_only": "true or false",
    "keys": '[keys] and below it lines such as reprocess = "f5" or skip = ["s", "f7"]',
    "views": '[views] and below it lines such as broken = "uow state:invalid"',
}
"""What each setting takes."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The operator's choices; what is not said is as it always was.

    ``keys``: by action id one key or several. ``views``: by name a command line that leads to a place.
    """

    theme: str = THEMES[0]
    times: Literal["utc", "local"] = "utc"
    mouse: bool = False
    read_only: bool = False
    keys: dict[str, str | list[str]] = {}
    views: dict[str, str] = {}

    @property
    def keymap(self) -> Keys:
        """By action id its keys."""
        return {name: (keys,) if isinstance(keys, str) else tuple(keys) for name, keys in self.keys.items()}


def read_settings(text: str, file: str) -> Settings:
    """Read and check the text of a settings file.

    Raises:
        InvalidArgument: names file, key, value and remedy.
    """
    try:
        said = tomllib.loads(text)
    except (ValueError, RecursionError) as problem:  # what is no TOML, and what no parser of it can read
        raise InvalidArgument(f"{file}: {problem}", remedy=_toml_remedy(text, str(problem))) from None
    problems = list(_problems(said))
    if len(problems) == 1:
        raise InvalidArgument(f"{file}: {problems[0].message}", remedy=problems[0].remedy)
    if problems:
        lines = [f"{file}: {len(problems)} settings are wrong", *map(str, problems[:MOST_TOLD])]
        if len(problems) > MOST_TOLD:
            lines.append(f"and {len(problems) - MOST_TOLD} more")
        raise InvalidArgument("\n  ".join(lines))
    return msgspec.convert(said, Settings)


def _toml_remedy(text: str, problem: str) -> str:
    """What to write instead; a word that stands without quotes is the mistake that is made most."""
    line = _LINE.search(problem)
    bare = _BARE.fullmatch(text.splitlines()[int(line[1]) - 1]) if line is not None else None
    if bare is None:
        return "write it as TOML; docs/console.md shows one"
    key, word = bare.groups()
    if word.lower() in {"true", "false"}:
        return f"write it in small letters: {key} = {word.lower()}"
    return f'text needs quotes: {key} = "{word}"'


def _problems(said: Mapping[str, object]) -> Iterator[InvalidArgument]:
    """All that is wrong, in the order in which it is written."""
    for key, value in said.items():
        if key not in Settings.__struct_fields__:
            near = get_close_matches(key, Settings.__struct_fields__, 1)
            remedy = f"{f'write {near[0]}; ' if near else ''}known are {', '.join(Settings.__struct_fields__)}"
            yield InvalidArgument(f'"{key}" is no setting', remedy=remedy)
        elif key in {"keys", "views"} and isinstance(value, dict):
            unfit = [name for name, each in value.items() if not _fits(each, key)]
            yield from (_complaint(f"{key}.{name}", value[name]) for name in unfit)
            fitting = {key: {name: each for name, each in value.items() if name not in unfit}}
            yield from _problems_within(msgspec.convert(fitting, Settings))
        else:
            yield from _problem_of(key, value)


def _problem_of(key: str, value: object) -> Iterator[InvalidArgument]:
    try:
        check_theme(msgspec.convert({key: value}, Settings).theme)
    except msgspec.ValidationError:
        yield _complaint(key, value)
    except InvalidArgument as problem:
        yield problem


def _problems_within(settings: Settings) -> Iterator[InvalidArgument]:
    for name, line in settings.views.items():
        try:
            _check_view(name, line)
        except InvalidArgument as problem:
            yield problem
    yield from key_problems(settings.keymap)


def zone_of(settings: Settings) -> tzinfo | None:
    """The zone that times are shown in; None: the terminal's own."""
    return UTC if settings.times == "utc" else None


def check_theme(theme: str) -> str:
    """The theme, if there is one of that name.

    Raises:
        InvalidArgument: there is none.
    """
    if theme not in THEMES:
        raise InvalidArgument(f'theme "{theme}": there is none', remedy=f"take one of {', '.join(THEMES)}")
    return theme


def check_view_name(name: str) -> None:
    """Whether a view may be called so; ``save`` is what ``:view save`` does.

    Raises:
        InvalidArgument: it may not.
    """
    if not VIEW_NAME.fullmatch(name) or name == "save":
        remedy = "take letters, digits, - and _" if name != "save" else "take another one: :view save saves one"
        raise InvalidArgument(f'"{name}" is no name for a view', remedy=remedy)


def _check_view(name: str, line: str) -> None:
    try:
        check_view_name(name)
        parse_place(line)
    except InvalidArgument as problem:
        raise InvalidArgument(f"views.{name}: {problem.message}", remedy=problem.remedy) from None


def _complaint(place: str, value: object) -> InvalidArgument:
    """What may stand there."""
    shown = msgspec.json.encode(value).decode()
    return InvalidArgument(f"{place} = {shown}: that is none", remedy=f"write {_TAKES[place.partition('.')[0]]}")


def _fits(value: object, key: str) -> bool:
    if key == "keys" and isinstance(value, list):
        return all(isinstance(each, str) for each in value)
    return isinstance(value, str)
