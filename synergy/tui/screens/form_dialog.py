"""A few lines to fill in before a plan is made. Nothing is changed by it: the plan follows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label

from synergy.core.errors import SynergyError
from synergy.tui.model.forms import Field, Form, Seen, Sheet
from synergy.tui.model.glyphs import GlyphSet
from synergy.tui.widgets.choice import Choice

Values = Mapping[str, str]


def _nothing(_given: Values) -> Seen:
    return Seen()


class FormDialog(ModalScreen[Values | None]):
    """The values by the fields' names; None when the operator did not go on.

    ``look`` tells of values while they are typed what is wrong, which is shown beside the field, and what follows from
    them. ``check`` raises InvalidArgument for values that cannot be used: the form stays, to be corrected; so it does
    when what ``check`` returns is waited for and fails.
    """

    AUTO_FOCUS = "Choice, Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "cancel", show=False),
        Binding("enter", "go_on", "plan", show=False),
        # At once, before what is typed behind it in the same burst goes to the field that is left.
        Binding("up,shift+tab", "app.focus_previous", show=False, priority=True),
        Binding("down,tab", "app.focus_next", show=False, priority=True),
    ]

    def __init__(
        self,
        form: Form | Sheet,
        glyphs: GlyphSet,
        check: Callable[[Values], Awaitable[object] | object],
        look: Callable[[Values], Seen] = _nothing,
    ) -> None:
        super().__init__()
        self._form = form
        self._arrows = (glyphs.choose("‹", "<"), glyphs.choose("›", ">"))
        self._check = check
        self._look = look
        self._touched: set[str] = set()
        self._is_busy = False

    def compose(self) -> ComposeResult:
        """What it is about, the fields, and two buttons."""
        with Vertical(classes="dialog form") as dialog:
            dialog.border_title = self._form.title
            yield Label(self._form.explained, classes="faint explained", markup=False)
            with VerticalScroll(classes="fields", can_focus=False):
                for field in self._form.fields:
                    with Horizontal(classes="field"):
                        yield Label(field.label, markup=False)
                        yield self._widget(field)
                    yield Label("", id=f"{field.name}-problem", markup=False, classes="problem beside")
            yield Label("", id="notes", markup=False, classes="notes")
            yield Label("", id="problem", markup=False, classes="problem")
            with Horizontal(classes="buttons"):
                yield Label("enter goes on · ↑↓ fields · esc leaves", classes="faint hint", markup=False)
                yield Button("Cancel", id="no")
                yield Button("Show plan", id="yes", variant="warning")

    def _widget(self, field: Field) -> Choice | Input:
        if field.options:
            return Choice(field.options, arrows=self._arrows, value=field.value, id=field.name)
        line = Input(field.value, placeholder=field.hint, id=field.name, compact=True)
        line.cursor_blink = False
        return line

    def on_mount(self) -> None:
        """What there is to begin with is looked at, too."""
        self._touched = {field.name for field in self._form.fields if field.value and not field.options}
        self._tell(self._look(self._given()))

    def action_leave(self) -> None:
        """Nothing is asked for."""
        self.dismiss(None)

    def action_go_on(self) -> None:
        """On to the plan, if the values can be used."""
        if not self._is_busy:
            self.run_worker(self._go_on(), exclusive=True)

    async def _go_on(self) -> None:
        given = self._given()
        self._touched = {field.name for field in self._form.fields}
        seen = self._look(given)
        self._tell(seen)
        wrong = next((field.name for field in self._form.fields if field.name in seen.problems), None)
        if wrong is not None:
            self.query_one(f"#{wrong}").focus()
            return
        self._is_busy = True
        try:
            asked = self._check(given)
            if isinstance(asked, Awaitable):
                await asked
        except SynergyError as problem:
            self.query_one("#problem", Label).update(str(problem))
            return
        finally:
            self._is_busy = False
        self.dismiss(given)

    def _given(self) -> Values:
        return {field.name: self._value(field).strip() for field in self._form.fields}

    def _value(self, field: Field) -> str:
        if field.options:
            return self.query_one(f"#{field.name}", Choice).value
        return self.query_one(f"#{field.name}", Input).value

    def _tell(self, seen: Seen) -> None:
        """Say beside each field what is wrong with it: of one that nobody has typed into yet not that it is empty."""
        for field in self._form.fields:
            beside = self.query_one(f"#{field.name}-problem", Label)
            text = seen.problems.get(field.name, "") if field.name in self._touched else ""
            beside.update(text)
            beside.display = bool(text)
        notes = self.query_one("#notes", Label)
        notes.update("\n".join(seen.notes))
        notes.display = bool(seen.notes)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Look at what was typed."""
        if any(field.name == event.input.id and field.value != event.value for field in self._form.fields):
            self._touched.add(event.input.id or "")
        self._look_again()

    def on_choice_changed(self) -> None:
        """Look at what was chosen."""
        self._look_again()

    def _look_again(self) -> None:
        self.query_one("#problem", Label).update("")
        self._tell(self._look(self._given()))

    def on_input_submitted(self) -> None:
        """Enter in any line goes on."""
        self.action_go_on()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """On, or back."""
        if event.button.id == "yes":
            self.action_go_on()
        else:
            self.action_leave()
