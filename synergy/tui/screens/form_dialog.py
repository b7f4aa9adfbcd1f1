"""A few lines to fill in before a plan is made. Nothing is changed by it: the plan follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label

from synergy.core.errors import InvalidArgument
from synergy.tui.model.forms import Field, Form
from synergy.tui.model.glyphs import GlyphSet
from synergy.tui.widgets.choice import Choice


class FormDialog(ModalScreen[Mapping[str, str] | None]):
    """The values by the fields' names; None when the operator did not go on.

    ``check`` raises InvalidArgument for values that cannot be used: the form stays, to be corrected.
    """

    AUTO_FOCUS = "Choice, Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "cancel", show=False),
        Binding("enter", "go_on", "plan", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    def __init__(self, form: Form, glyphs: GlyphSet, check: Callable[[Mapping[str, str]], object]) -> None:
        super().__init__()
        self._form = form
        self._arrows = (glyphs.choose("‹", "<"), glyphs.choose("›", ">"))
        self._check = check

    def compose(self) -> ComposeResult:
        """What it is about, the fields, and two buttons."""
        with Vertical(classes="dialog form") as dialog:
            dialog.border_title = self._form.title
            yield Label(self._form.explained, classes="faint explained", markup=False)
            for field in self._form.fields:
                with Horizontal(classes="field"):
                    yield Label(field.label, markup=False)
                    yield self._widget(field)
            yield Label("", id="problem", markup=False, classes="problem")
            with Horizontal(classes="buttons"):
                yield Label("enter goes on · ↑↓ fields · esc leaves", classes="faint hint", markup=False)
                yield Button("Cancel", id="no")
                yield Button("Show plan", id="yes", variant="warning")

    def _widget(self, field: Field) -> Choice | Input:
        if field.options:
            return Choice(field.options, arrows=self._arrows, id=field.name)
        line = Input(field.value, placeholder=field.hint, id=field.name, compact=True)
        line.cursor_blink = False
        return line

    def action_leave(self) -> None:
        """Nothing is asked for."""
        self.dismiss(None)

    def action_go_on(self) -> None:
        """On to the plan, if the values can be used."""
        given = {field.name: self._value(field).strip() for field in self._form.fields}
        try:
            self._check(given)
        except InvalidArgument as problem:
            self.query_one("#problem", Label).update(str(problem))
            return
        self.dismiss(given)

    def _value(self, field: Field) -> str:
        if field.options:
            return self.query_one(f"#{field.name}", Choice).value
        return self.query_one(f"#{field.name}", Input).value

    def on_input_submitted(self) -> None:
        """Enter in any line goes on."""
        self.action_go_on()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """On, or back."""
        if event.button.id == "yes":
            self.action_go_on()
        else:
            self.action_leave()
