"""The daemon's plan, shown before anything changes: how many, which, what is stopped; the focus is on Cancel.

The plan's id goes back with the operator's word, and a plan that is stale by then is refused with the difference.
"""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import PlanStale, SynergyError
from synergy.tui.desk import Desk
from synergy.tui.model.plans import plan_lines, plan_table, word_to_type
from synergy.tui.widgets.line_table import LineTable
from synergy.tui.widgets.lines import LinesView


class PlanDialog(ModalScreen[r.Applied | None]):
    """What was applied; None when the operator did not agree."""

    AUTO_FOCUS = "#no"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "no", "cancel", show=False),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, desk: Desk, plan: r.Plan, targets: tuple[str, ...]) -> None:
        super().__init__()
        self._desk = desk
        self._plan = plan
        self._targets = targets
        self._word = word_to_type(plan, desk.view.processes)
        self._busy = False

    def compose(self) -> ComposeResult:
        """Totals, the list, a reason, and two buttons."""
        with Vertical(classes="dialog wide") as dialog:
            dialog.border_title = f"Plan: {self._plan.verb}"
            yield LinesView(plan_lines(self._plan, self._targets), fold=True, id="plan-lines")
            yield LineTable(empty="No job would change.", id="plan-table")
            yield Input(placeholder="reason, kept in the history (may stay empty)", id="reason", compact=True)
            if self._word:
                yield Label(f"This is a big change. Type {self._word} to go on:", markup=False, classes="warning")
                yield Input(placeholder=self._word, id="word", compact=True)
            yield Label("", id="problem", markup=False, classes="problem")
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="no")
                yield Button(
                    self._plan.verb.capitalize(), id="yes", variant="warning", disabled=not self._may_agree("")
                )

    def on_mount(self) -> None:
        """Fill the list."""
        self.query_one(LineTable).show_table(plan_table(self._plan, self._desk.style))
        for line in self.query(Input):
            line.cursor_blink = False

    def on_input_changed(self, event: Input.Changed) -> None:
        """The button waits for the name."""
        if event.input.id == "word":
            self.query_one("#yes", Button).disabled = not self._may_agree(event.value)

    def on_input_submitted(self) -> None:
        """Enter goes on to the buttons; it never agrees by itself."""
        self.query_one("#no", Button).focus()

    def action_no(self) -> None:
        """Leave everything as it is."""
        if not self._busy:
            self.dismiss(None)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """The operator's word."""
        if event.button.id == "no":
            self.action_no()
        elif not self._busy:
            self._busy = True
            self.run_worker(self._apply(), exclusive=True)

    async def _apply(self) -> None:
        reason = self.query_one("#reason", Input).value.strip() or None
        self._desk.is_changing = True
        try:
            with self._desk.feed.gate.hold():
                applied = await self._desk.feed.call(q.ApplyPlan(plan_id=self._plan.plan_id, reason=reason))
        except PlanStale as stale:
            self._refuse(f"Nothing was changed. {stale}; close and ask for a new plan.")
        except SynergyError as problem:
            self._refuse(str(problem))
        else:
            self.dismiss(applied)
        finally:
            self._desk.is_changing = False
            self._busy = False

    def _refuse(self, text: str) -> None:
        self.query_one("#problem", Label).update(text)
        self.query_one("#yes", Button).disabled = True
        self.query_one("#no", Button).focus()

    def _may_agree(self, typed: str) -> bool:
        return bool(self._plan.changes) and (self._word is None or typed.strip() == self._word)
