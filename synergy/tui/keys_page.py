"""The page of all keys, drawn from the table of actions: what docs/keys.md holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from synergy.tui.actions import ACTIONS, ANYWHERE, MOVES, Action
from synergy.tui.commands import word_of

_HEAD: Final = """\
# Keys of the console

Written by `scripts/diagrams` from the table of actions in `synergy/tui/actions.py`; do not edit it by hand. Actions
marked with ● change something: each opens a dialog that shows what would change before it does. The palette (`ctrl+p`)
finds all of them by name, and each is a word of the command line, too.

## Everywhere
"""


def draw() -> str:
    """The page as Markdown."""
    parts = [_HEAD, _table(_of(ANYWHERE))]
    for screen in sorted(ANYWHERE):
        own = tuple(action for action in ACTIONS if screen in action.screens and action.screens != ANYWHERE)
        parts.append(f"\n## {screen.capitalize()}\n\n{_table(own)}")
    rows = "".join(f"| {_code(move.shown_keys)} | {move.help} |\n" for move in MOVES)
    parts.append(f"\n## Moving\n\n| keys | what it does |\n| --- | --- |\n{rows}")
    parts.append("| `A`–`Z` | Sort a table by the column that begins with the letter |\n")
    return "".join(parts)


def _of(screens: frozenset[str]) -> tuple[Action, ...]:
    return tuple(action for action in ACTIONS if action.screens == screens)


def _table(actions: Sequence[Action]) -> str:
    rows = "".join(
        f"| `{action.key_label}` | `:{word_of(action)}` | {action.label}{' ●' * action.changes} | {action.help} |\n"
        for action in actions
    )
    return f"\n| key | command | action | what it does |\n| --- | --- | --- | --- |\n{rows}".lstrip("\n")


def _code(keys: str) -> str:
    return " or ".join(f"`{key}`" for key in keys.replace("page ", "page_").split()).replace("page_", "page ")
