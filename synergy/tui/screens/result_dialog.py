"""What became of each item of a change of which not all was done, and how the same is done from a shell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Label

from synergy.tui.model.health import Line
from synergy.tui.places import Copy
from synergy.tui.widgets.lines import LinesView


class ResultDialog(ModalScreen[None]):
    """Any of esc and enter closes it; c copies the command."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss", "close", show=False),
        Binding("c,ctrl+y", "copy", "copy", show=False),
    ]

    def __init__(self, told: str, lines: Sequence[Line], command: str) -> None:
        super().__init__()
        self._told = told
        self._lines = lines
        self._command = command

    def compose(self) -> ComposeResult:
        """The sum, the items, the command."""
        with Vertical(classes="dialog wide") as dialog:
            dialog.border_title = "Result"
            yield Label(self._told, markup=False, classes="warning")
            with VerticalScroll(id="result-scroll"):
                yield LinesView(self._lines, fold=True, id="result-lines")
            yield Label(self._command, markup=False, classes="faint")
            yield Label("esc closes · c copies the command", markup=False, classes="faint", id="result-keys")

    def action_copy(self) -> None:
        """Copy the command."""
        self.post_message(Copy(self._command))
        self.query_one("#result-keys", Label).update("Copied.")
