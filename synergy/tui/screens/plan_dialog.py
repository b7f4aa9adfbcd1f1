"""The daemon's plan, shown before anything changes: how many, which, what is stopped; the focus is on Cancel.

The plan's id goes back with the operator's word. A plan that is stale by then is refused with the difference, and a key
asks for a new one. Another key changes how far it reaches and what else it was asked for with. A plan of sealed jobs
is agreed to only with the seal's breaking chosen and a reason.
"""

from __future__ import annotations

import secrets
from typing import ClassVar, Final, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import PlanStale, SynergyError, WorldError
from synergy.tui.desk import Desk
from synergy.tui.model.forms import Asked, Form, Option
from synergy.tui.model.plans import button_labels, does_anything, plan_lines, plan_table, word_to_type
from synergy.tui.model.wishes import BREAK
from synergy.tui.screens.confirm import BUTTONS_HINT
from synergy.tui.widgets.choice import Choice
from synergy.tui.widgets.line_table import LineTable
from synergy.tui.widgets.lines import LinesView, fold_lines

_SEAL: Final = (Option("", "kept: nothing can be changed"), Option(BREAK, "the sealed jobs change, too; give a reason"))
_SHARE: Final = 0.96
"""Of the terminal's height; as the stylesheet says."""
_TABLE_ROWS: Final = 5
"""What the list of jobs keeps of a low terminal, its heading among them, before the lines above have to be scrolled."""


class Anew(NamedTuple):
    """The plan is stale, and the operator wants a new one; ``reason`` was typed already."""

    reason: str


class Otherwise(NamedTuple):
    """The operator wants another plan, by this form; ``reason`` was typed already."""

    reason: str
    form: Form


PlanAnswer = r.Applied | Anew | Otherwise | None


class PlanDialog(ModalScreen[PlanAnswer]):
    """What was applied; None when the operator did not agree."""

    AUTO_FOCUS = "#no"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "no", "cancel", show=False),
        Binding("n", "anew", "plan anew", show=False),
        Binding("o", "otherwise", "options", show=False),
        Binding("left,up", "app.focus_previous", show=False),
        Binding("right,down", "app.focus_next", show=False),
        Binding("pageup", "look(-1)", "lines before", show=False),
        Binding("pagedown", "look(1)", "more lines", show=False),
    ]

    def __init__(self, desk: Desk, plan: r.Plan, asked: Asked, *, note: str = "") -> None:
        super().__init__()
        self._desk = desk
        self._plan = plan
        self._asked = asked
        self._lines = plan_lines(plan, asked.request.targets, desk.style)
        self._note = note
        self._word = word_to_type(plan, desk.view.processes)
        self._key = f"console-{secrets.token_hex(6)}"  # asked for again after a lost answer, it is done once only
        self._busy = False
        self._is_stale = False

    def compose(self) -> ComposeResult:
        """Totals, the list, a reason, and two buttons."""
        arrows = (self._desk.style.glyphs.choose("‹", "<"), self._desk.style.glyphs.choose("›", ">"))
        with Vertical(classes="dialog wide") as dialog:
            dialog.border_title = f"Plan: {self._plan.verb}"
            with VerticalScroll(id="plan-head", can_focus=False):
                yield LinesView(self._lines, fold=True, id="plan-lines")
            yield LineTable(id="plan-table")
            if self._plan.sealed:
                with Horizontal(classes="field"):
                    yield Label("Seal", markup=False, classes="warning")
                    yield Choice(_SEAL, arrows=arrows, value=self._asked.given.get("seal", ""), id="seal")
            with Horizontal(classes="field"):
                yield Label("Reason", markup=False)
                reason = self._asked.given.get("reason", "")
                yield Input(reason, placeholder=self._reason_hint(), id="reason", compact=True)
            if self._word:
                yield Label(f"This is a big change. Type {self._word} to go on:", markup=False, classes="warning")
                yield Input(placeholder=self._word, id="word", compact=True)
            yield Label(self._note, id="problem", markup=False, classes="warning" if self._note else "problem")
            with Horizontal(classes="buttons"):
                options = "o options · " if self._asked.form is not None else ""
                up = self._desk.style.glyphs.choose("↑", "up")
                yield Label(f"{options}{up} reason · {BUTTONS_HINT}", classes="faint hint", markup=False)
                leave, agree = button_labels(self._plan.verb)
                yield Button(leave, id="no")
                yield Button(agree, id="yes", variant="warning", disabled=True)

    def _reason_hint(self) -> str:
        needed = "needed to break the seal" if self._plan.sealed else "may stay empty"
        return f"kept in the history ({needed})"

    def on_mount(self) -> None:
        """Fill the list."""
        self.query_one(LineTable).show_table(plan_table(self._plan, self._desk.style))
        self.query_one(LineTable).display = bool(self._plan.changes)
        for line in self.query(Input):
            line.cursor_blink = False
        self._weigh()
        self.call_after_refresh(self._share_rows)

    def on_resize(self) -> None:
        """The rows are shared anew."""
        self.call_after_refresh(self._share_rows)

    def _share_rows(self) -> None:
        """Share the rows there are between lines and list, so that the buttons are always seen."""
        head, table = self.query_one("#plan-head", VerticalScroll), self.query_one(LineTable)
        dialog = self.query_one(".dialog")
        others = [at for at in dialog.children if at not in (head, table)]
        room = int(self.app.size.height * _SHARE) - 3 - sum(at.outer_size.height for at in others)
        lines = len(fold_lines(self._lines, dialog.size.width - 2, 4))
        rows = len(self._plan.changes) + 1 if table.display else 0
        shown = max(1, min(lines, room - min(rows, _TABLE_ROWS)))
        head.styles.height = shown
        # It takes no focus, which could not be seen on it: what was typed would go nowhere.
        dialog.border_subtitle = "page down: more of what is told" if shown < lines else ""
        table.styles.height = max(1, min(rows, room - shown))

    def on_input_changed(self) -> None:
        """The button waits for the name, and for the reason of a broken seal."""
        self._weigh()

    def on_choice_changed(self) -> None:
        """The button waits for the seal's breaking."""
        self._weigh()

    def on_input_submitted(self) -> None:
        """Enter goes on to the buttons; it never agrees by itself."""
        self.query_one("#no", Button).focus()

    def action_no(self) -> None:
        """Leave everything as it is."""
        if not self._busy:
            self.dismiss(None)

    def action_anew(self) -> None:
        """Ask for a new plan, when this one is stale."""
        if self._is_stale and not self._busy:
            self.dismiss(Anew(self._typed("reason")))

    def action_look(self, pages: int) -> None:
        """Scroll what is told of the plan, wherever the focus is."""
        head = self.query_one("#plan-head", VerticalScroll)
        head.scroll_relative(y=pages * max(1, head.size.height - 1), animate=False)

    def action_otherwise(self) -> None:
        """Choose how far it reaches, and what else it is asked for with."""
        if self._asked.form is not None and not self._busy:
            self.dismiss(Otherwise(self._typed("reason"), self._asked.form))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """The operator's word."""
        if event.button.id == "no":
            self.action_no()
        elif self._is_stale:
            self.action_anew()
        elif not self._busy:
            self._busy = True
            self.run_worker(self._apply(), exclusive=True)

    async def _apply(self) -> None:
        request = q.ApplyPlan(
            plan_id=self._plan.plan_id,
            reason=self._typed("reason") or None,
            key=self._key,
            break_seal=self._breaks_seal,
        )
        self._desk.is_changing = True
        try:
            with self._desk.feed.gate.hold():
                applied = await self._desk.feed.call(request)
        except PlanStale as stale:
            self._is_stale = True
            self._refuse(f"Nothing was changed: {stale.message}. n makes a new plan.", "Plan anew")
        except WorldError as problem:
            self._refuse(f"{problem}. To ask again is safe: it is done once only.", "Try again")
        except SynergyError as problem:
            self._refuse(str(problem), None)
        else:
            self.dismiss(applied)
        finally:
            self._desk.is_changing = False
            self._busy = False

    def _refuse(self, text: str, again: str | None) -> None:
        """Say why not; ``again``: what the button does now, None: nothing."""
        problem, agree = self.query_one("#problem", Label), self.query_one("#yes", Button)
        problem.set_classes("problem")
        problem.update(text)
        agree.disabled = again is None
        agree.label = again or agree.label
        self.query_one("#no", Button).focus()
        self.call_after_refresh(self._share_rows)

    def _weigh(self) -> None:
        self.query_one("#yes", Button).disabled = not (self._is_stale or self._may_agree())

    def _may_agree(self) -> bool:
        return (
            does_anything(self._plan)
            and (self._word is None or self._typed("word") == self._word)
            and (not self._plan.sealed or (self._breaks_seal and bool(self._typed("reason"))))
        )

    @property
    def _breaks_seal(self) -> bool:
        return bool(self._plan.sealed) and self.query_one("#seal", Choice).value == BREAK

    def _typed(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value.strip()
