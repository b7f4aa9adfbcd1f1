"""The keys of a screen, made from the table of actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from synergy.tui.actions import ACTIONS, MOVES, Action, offered
from synergy.tui.commands import words_offered
from synergy.tui.model.health import Line
from synergy.tui.widgets.chrome import KEY
from synergy.tui.widgets.lines import LinesView

_HEAD = "bold heading"


def help_lines(screen: str, *, may_change: bool, table: Sequence[Action] = ACTIONS) -> list[Line]:
    """Every key that works there, every word of the command line; without what changes when nothing may be changed."""
    lines: list[Line] = [[(f"Keys of the screen “{screen}”", _HEAD)], []]
    own = offered(screen, may_change=may_change, table=table)
    lines += [_entry(action.key_label, action.label, action.help) for action in own]
    lines += [[], [("Moving", _HEAD)]]
    lines += [_entry(move.shown_keys, "", move.help) for move in MOVES]
    lines += [_entry("A–Z", "sort", "Sort a table by the column that begins with the letter (shift+letter)")]
    lines += [[], [("Command line", _HEAD)]]
    lines += [_entry(f":{word.name}", word.takes, word.help) for word in words_offered(may_change=may_change)]
    return lines


def _entry(key: str, label: str, text: str) -> Line:
    return [(f"{key:<11}", KEY), (f"{label:<14} ", "bold"), (text, "")]


class HelpScreen(ModalScreen[None]):
    """Any of esc, ? and enter closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,enter,q", "dismiss", "close", show=False),
    ]

    def __init__(self, screen: str, *, may_change: bool, table: Sequence[Action] = ACTIONS) -> None:
        super().__init__()
        self._lines = help_lines(screen, may_change=may_change, table=table)

    def compose(self) -> ComposeResult:
        """The lines, scrolled if they are too many."""
        with VerticalScroll(classes="help") as scroll:
            scroll.border_title = "Help"
            scroll.border_subtitle = "esc closes"
            yield LinesView(self._lines, fold=True, indent=26, id="help-lines")
