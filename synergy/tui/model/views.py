"""Saved views: a place as the command line that leads there, and the settings' text with one more of them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from synergy.core.errors import InvalidArgument
from synergy.tui.commands import WORDS, Go, Word, parse_place
from synergy.tui.model.settings import check_view_name, read_settings
from synergy.tui.model.trail import Place

_TABLE: Final = "[views]"


def line_to(place: Place, filter_source: str) -> str:
    """The command line that leads to a place, filtered as it is.

    Raises:
        InvalidArgument: no command line says all of it.
    """
    wanted = Go(place, filter_source)
    for word in WORDS:
        if word.screen == place.screen and _leads_to(line := _line(word, wanted), wanted):
            return line
    raise InvalidArgument("this view cannot be said in one command line", remedy="drop the filter, and save it again")


def _line(word: Word, wanted: Go) -> str:
    rest = wanted.filter_source if word.takes == "filter" else wanted.place.target
    return f"{word.name} {rest}".strip()


def _leads_to(line: str, wanted: Go) -> bool:
    try:
        return parse_place(line) == wanted
    except InvalidArgument:
        return False


def line_of(command: str, views: Mapping[str, str]) -> str:
    """A command line as it leads to a place: of ``view NAME`` the view's own.

    Raises:
        InvalidArgument: there is no such view.
    """
    word, _, name = command.strip().partition(" ")
    return view_called(name.strip(), views) if word == "view" else command


def view_called(name: str, views: Mapping[str, str]) -> str:
    """A saved view.

    Raises:
        InvalidArgument: there is none of that name.
    """
    if name not in views:
        near = " or ".join(get_close_matches(name, views, 2))
        known = f"there are {', '.join(views)}" if views else ":view save NAME saves what is shown"
        raise InvalidArgument(f'there is no view "{name}"', remedy=f"use {near}; {known}" if near else known)
    return views[name]


def with_view(text: str, name: str, line: str, file: str) -> str:
    """The text of a settings file with a view in it, every other line as it was.

    Raises:
        InvalidArgument: the name is none, or the file is written so that the line must be put in by hand.
    """
    check_view_name(name)
    said = f"{name} = {_quoted(line)}"
    before = tomllib.loads(text)
    after = "\n".join(_inserted(text.removesuffix("\n").split("\n") if text else [], name, said)) + "\n"
    wanted = {**before, "views": {**before.get("views", {}), name: line}}
    try:
        is_right = tomllib.loads(after) == wanted
    except tomllib.TOMLDecodeError:
        is_right = False
    if not is_right:
        raise InvalidArgument(
            f"{file}: its views are written in a way that is left alone", remedy=f"put this below {_TABLE}: {said}"
        )
    read_settings(after, file)
    return after


def _inserted(lines: list[str], name: str, said: str) -> list[str]:
    """Instead of the view's own line, or at the end of the views, or in a table of its own behind the rest."""
    head = next((at for at, line in enumerate(lines) if line.partition("#")[0].strip() == _TABLE), None)
    if head is None:
        return [*lines, *([""] if lines and lines[-1].strip() else []), _TABLE, said]
    end = next((at for at in range(head + 1, len(lines)) if lines[at].lstrip().startswith("[")), len(lines))
    for at in range(head + 1, end):
        if lines[at].partition("=")[0].strip() == name:
            return [*lines[:at], said, *lines[at + 1 :]]
    last = max((at for at in range(head, end) if "=" in lines[at].partition("#")[0]), default=head)
    return [*lines[: last + 1], said, *lines[last + 1 :]]


def _quoted(line: str) -> str:
    """A TOML string: literal where it can be, for filters hold backslashes."""
    if "'" not in line and line.isprintable():
        return f"'{line}'" if '"' in line or "\\" in line else f'"{line}"'
    escaped = line.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(sign if sign.isprintable() else f"\\U{ord(sign):08x}" for sign in escaped) + '"'
