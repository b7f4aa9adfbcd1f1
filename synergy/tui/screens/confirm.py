"""What a change without a plan of jobs would do, in the daemon's words; the focus is on Cancel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label

BUTTONS_HINT: Final = "←→ enter · esc leaves"
"""How the buttons of a dialog are pressed."""


class ConfirmDialog(ModalScreen[str | None]):
    """The reason, which may be empty, when the operator agreed; None when not.

    ``told``: what the daemon says that it would do; ``reason``: what it begins with, None when none is kept.
    """

    AUTO_FOCUS = "#no"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "no", "cancel", show=False),
        Binding("left,up", "app.focus_previous", show=False),
        Binding("right,down", "app.focus_next", show=False),
    ]

    def __init__(self, question: str, command: str, *, told: Sequence[str] = (), reason: str | None = None) -> None:
        super().__init__()
        self._question = question
        self._command = command
        self._told = told
        self._reason = reason

    def compose(self) -> ComposeResult:
        """Question, what would be done, the command that does the same, and two buttons."""
        with Vertical(classes="dialog"):
            yield Label(self._question, markup=False)
            for line in self._told:
                yield Label(f"  {line}", markup=False, classes="told")
            if self._command:
                yield Label(self._command, markup=False, classes="faint")
            if self._reason is not None:
                yield Input(
                    self._reason, placeholder="reason, kept in the audit (may stay empty)", id="reason", compact=True
                )
            with Horizontal(classes="buttons"):
                yield Label(BUTTONS_HINT, classes="faint hint", markup=False)
                yield Button("Cancel", id="no")
                yield Button("Do it", id="yes", variant="warning")

    def on_mount(self) -> None:
        """Nothing blinks."""
        for line in self.query(Input):
            line.cursor_blink = False

    def action_no(self) -> None:
        """Leave everything as it is."""
        self.dismiss(None)

    def on_input_submitted(self) -> None:
        """Enter goes on to the buttons; it never agrees by itself."""
        self.query_one("#no", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """The operator's word."""
        if event.button.id == "no":
            self.action_no()
        else:
            self.dismiss(self.query_one("#reason", Input).value.strip() if self._reason is not None else "")
