"""What an operator may choose for every console of theirs, as it stands in their settings file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, tzinfo
from difflib import get_close_matches
from typing import Final, Literal

import msgspec

from synergy.core.errors import InvalidArgument
from synergy.tui.commands import parse_place
from synergy.tui.model.keymap import Keys, rekeyed
from synergy.tui.model.palettes import THEMES

VIEW_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
_PLACE: Final = re.compile(r" - at `\$\.(\w+)")
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
        raise InvalidArgument(f"{file}: {problem}", remedy="write it as TOML; docs/console.md shows one") from None
    try:
        return _checked(said)
    except InvalidArgument as problem:
        raise InvalidArgument(f"{file}: {problem.message}", remedy=problem.remedy) from None


def _checked(said: Mapping[str, object]) -> Settings:
    for key in said:
        if key not in Settings.__struct_fields__:
            near = get_close_matches(key, Settings.__struct_fields__, 1)
            raise InvalidArgument(
                f'"{key}" is no setting',
                remedy=f"{f'write {near[0]}; ' if near else ''}known are {', '.join(Settings.__struct_fields__)}",
            )
    try:
        settings = msgspec.convert(said, Settings)
    except msgspec.ValidationError as problem:
        raise _complaint(problem, said) from None
    check_theme(settings.theme)
    for name, line in settings.views.items():
        _check_view(name, line)
    rekeyed(settings.keymap)
    return settings


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


def _complaint(problem: msgspec.ValidationError, said: Mapping[str, object]) -> InvalidArgument:
    """Msgspec names the place; an operator is also told the value, and what may stand there."""
    found = _PLACE.search(str(problem))
    key = found[1] if found else ""
    value = said.get(key)
    if isinstance(value, dict):
        wrong = ((f"{key}.{name}", each) for name, each in value.items() if not _fits(each, key))
        key, value = next(wrong, (key, value))
    shown = msgspec.json.encode(value).decode()
    return InvalidArgument(f"{key} = {shown}: that is none", remedy=f"write {_TAKES[key.partition('.')[0]]}")


def _fits(value: object, key: str) -> bool:
    if key == "keys" and isinstance(value, list):
        return all(isinstance(each, str) for each in value)
    return isinstance(value, str)
