"""The operator's own keys: what a key is called, what a terminal can send, and no key with two meanings on a screen."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from synergy.core.errors import InvalidArgument
from synergy.tui.actions import ACTIONS, MOVES, TABLES, Action

Keys = Mapping[str, tuple[str, ...]]
"""What the operator wrote: an action's id, and the keys that do it instead of the usual ones."""

_SHORT: Final[Mapping[str, str]] = {
    "/": "slash", "\\": "backslash", "@": "at", "-": "minus", "+": "plus", "_": "underscore", " ": "space",
    "esc": "escape", "return": "enter", "del": "delete", "ins": "insert", "pgup": "pageup", "pgdn": "pagedown",
}  # fmt: skip
_NAMED: Final = frozenset(
    {
        "up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete", "backspace", "tab",
        "enter", "escape", "space", *(f"f{number}" for number in range(1, 25)),
    }
)  # fmt: skip
_SAME: Final[Mapping[str, str]] = {
    "ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+[": "escape",
    "ctrl+left_square_bracket": "escape", "ctrl+j": "enter",
}  # fmt: skip
"""Keys for which a terminal sends the same byte."""

_KEPT: Final[Mapping[str, str]] = {
    "ctrl+c": "the console's own: it says how to quit",
    "ctrl+q": "quit",
    "ctrl+p": "palette",
    "tab": "the console's own: to the next field",
    "shift+tab": "the console's own: to the field before",
    **{key: move.help for move in MOVES for key in move.keys.split(",")},
}
"""Keys that stay what they are: they are bound below every screen, or by the tables, logs and trees."""

_COMBINED: Final = re.compile(r"((?:ctrl|alt|shift)\+)*(.+)", re.DOTALL)


def key_name(written: str) -> str:
    """A key as Textual calls it, from how a person writes it: ``?``, ``f5``, ``ctrl+e``, ``question_mark``.

    Raises:
        InvalidArgument: there is no such key, or a terminal cannot tell it from another one.
    """
    text = written if len(written) == 1 else written.strip().lower()
    if text in _SAME:
        raise InvalidArgument(
            f"key {written!r}: a terminal sends the same for {_SAME[text]}", remedy="take another key"
        )
    found = _COMBINED.fullmatch(text)
    last = found[2] if found else ""
    name = _one(last)
    modifiers = text[: len(text) - len(last)].split("+")[:-1] if last else []
    if not name or len(set(modifiers)) != len(modifiers) or (modifiers == ["shift"] and name not in _NAMED):
        raise InvalidArgument(
            f"key {written!r} is none", remedy='write a sign such as "?" or "R", or f5, delete, ctrl+e, alt+x, shift+up'
        )
    return "+".join([*sorted(modifiers, key=("alt", "ctrl", "shift").index), name])


def _one(text: str) -> str:
    """The name of a key without what is held down with it; empty: there is none."""
    text = _SHORT.get(text, text)
    if len(text) > 1:
        return text if text in _NAMED or text in _names_of_signs() else ""
    if not text or not text.isprintable():
        return ""
    return text if text.isalnum() else _spelled(text)


def _spelled(sign: str) -> str:
    return _SHORT.get(sign) or unicodedata.name(sign).lower().replace("-", "_").replace(" ", "_")


def _names_of_signs() -> frozenset[str]:
    return frozenset(_spelled(sign) for sign in map(chr, range(33, 127)) if not sign.isalnum())


def label_of(key: str) -> str:
    """A key as a person reads it: ``?`` for ``question_mark``."""
    before, plus, last = key.rpartition("+")
    for sign in map(chr, range(33, 127)):
        if not sign.isalnum() and _spelled(sign) == last:
            last = sign
    return before + plus + {"escape": "esc", "delete": "del"}.get(last, last)


def rekeyed(keys: Keys, actions: Sequence[Action] = ACTIONS) -> tuple[Action, ...]:
    """The table of actions with the operator's keys in it.

    Raises:
        InvalidArgument: an action or a key that is none, or a key that would mean two things on one screen.
    """
    for problem in key_problems(keys, actions):
        raise problem
    return _table(keys, actions)


def key_problems(keys: Keys, actions: Sequence[Action] = ACTIONS) -> Iterator[InvalidArgument]:
    """All that is wrong with the operator's keys; which of them meet is told when each by itself can be used."""
    known = {action.action_id: action for action in actions}
    problems = [problem for action_id in keys if (problem := _problem(action_id, keys[action_id], known)) is not None]
    yield from problems or _meetings(_table(keys, actions), keys)


def _table(keys: Keys, actions: Sequence[Action]) -> tuple[Action, ...]:
    return tuple(_with(action, keys[action.action_id]) if action.action_id in keys else action for action in actions)


def _problem(action_id: str, written: Sequence[str], known: Mapping[str, Action]) -> InvalidArgument | None:
    if action_id not in known:
        near = " or ".join(get_close_matches(action_id, known, 2))
        remedy = f"{f'write {near}; ' if near else ''}docs/keys.md lists all"
        return InvalidArgument(f'keys: "{action_id}" is no action', remedy=remedy)
    try:
        _check_kept(_with(known[action_id], written), known[action_id])
    except InvalidArgument as problem:
        return problem
    return None


def textual_keymap(keys: Keys, table: Iterable[Action]) -> dict[str, str]:
    """What Textual is told: the bindings' ids and their keys."""
    return {action.action_id: action.keys for action in table if action.action_id in keys}


def _with(action: Action, written: Sequence[str]) -> Action:
    if not written:
        raise InvalidArgument(f"keys.{action.action_id}: no key", remedy="name at least one, or leave the line out")
    try:
        names = list(dict.fromkeys(key_name(each) for each in written))
    except InvalidArgument as problem:
        raise InvalidArgument(f"keys.{action.action_id}: {problem.message}", remedy=problem.remedy) from None
    return action._replace(keys=",".join(names), shown_key=label_of(names[0]))


def _check_kept(action: Action, usual: Action) -> None:
    for key in action.keys.split(","):
        if key in usual.keys.split(","):
            continue
        if key in _KEPT:
            raise InvalidArgument(
                f"keys.{action.action_id}: {label_of(key)} is kept for: {_KEPT[key]}", remedy="take another key"
            )
        if len(key) == 1 and key.isupper() and action.screens & TABLES:
            raise InvalidArgument(
                f"keys.{action.action_id}: {key} sorts a table by the column that begins with it",
                remedy="take a key that is no capital letter",
            )


def _meetings(table: Sequence[Action], keys: Keys) -> Iterator[InvalidArgument]:
    """Each key that would mean two things, with one of the screens where it would."""
    told: set[tuple[str, str, str]] = set()
    for screen in sorted({screen for action in table for screen in action.screens}):
        meaning: dict[str, Action] = {}
        for action in table:
            if screen not in action.screens:
                continue
            for key in action.keys.split(","):
                other = meaning.setdefault(key, action)
                if other is action:
                    continue
                mine, its = (action, other) if action.action_id in keys else (other, action)
                if (key, mine.action_id, its.action_id) not in told:
                    told.add((key, mine.action_id, its.action_id))
                    yield InvalidArgument(
                        f"keys.{mine.action_id}: {label_of(key)} is {its.action_id} on the screen {screen}",
                        remedy=f"take another key, or give {its.action_id} one",
                    )
