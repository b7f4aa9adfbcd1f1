"""A question with the focus on No: for changes that touch no job directly."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Label

BUTTONS_HINT: Final = "←→ enter · esc leaves"
"""How the buttons of a dialog are pressed."""


class ConfirmDialog(ModalScreen[bool]):
    """True when the operator said yes."""

    AUTO_FOCUS = "#no"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "no", "cancel", show=False),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, question: str, command: str) -> None:
        super().__init__()
        self._question = question
        self._command = command

    def compose(self) -> ComposeResult:
        """Question, the command that does the same, and two buttons."""
        with Vertical(classes="dialog"):
            yield Label(self._question, markup=False)
            yield Label(self._command, markup=False, classes="faint")
            with Horizontal(classes="buttons"):
                yield Label(BUTTONS_HINT, classes="faint hint", markup=False)
                yield Button("Cancel", id="no")
                yield Button("Do it", id="yes", variant="warning")

    def action_no(self) -> None:
        """Leave everything as it is."""
        self.dismiss(False)  # noqa: FBT003 - the dialog's answer

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """The operator's word."""
        self.dismiss(event.button.id == "yes")
