"""What operators have ordered: holds, seals and batches in force; and one batch with what became of its jobs."""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import NotFound
from synergy.core.wishes import Verb
from synergy.tui.desk import Desk
from synergy.tui.model.listings import GREY
from synergy.tui.model.orders import batch_lines, batch_table, directives_table, is_drain, of_kind
from synergy.tui.model.reducer import Step, Topic
from synergy.tui.model.table import Table
from synergy.tui.model.trail import Place
from synergy.tui.places import GoTo
from synergy.tui.screens.frame import bindings_of
from synergy.tui.screens.tabular import Tabular
from synergy.tui.widgets.line_table import LineTable
from synergy.tui.widgets.lines import LinesView

EMPTY: Final = {
    "holds": "Nothing is held: h on a job, process or tree holds it.",
    "seals": "Nothing is sealed: ctrl+l on a finished job seals its period.",
    "batches": "No batch is under way: b on a job reprocesses it as one.",
}
"""Why there is nothing to see, and the key that changes it."""

AGAIN_SECONDS: Final = 1.0


class DirectivesScreen(Tabular):
    """Holds, seals and batches in force, or those of one kind."""

    screen_name = "directives"
    BINDINGS = bindings_of(screen_name)
    _known: tuple[r.Directive, ...] = ()

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.empty = EMPTY.get(place.target, "Nothing is held, sealed or under way as a batch (h on a job holds it).")

    async def read(self) -> None:
        """All of them."""
        self._known = of_kind((await self.desk.feed.call(q.Directives())).directives, self.place.target)
        self.show()

    def on_step(self, step: Step, cells: frozenset[str]) -> None:
        """An order tells of itself; how far a batch has come shows in its jobs."""
        del cells
        moved = bool(step.jobs) and any(one.kind == "batch" for one in self._known)
        self.reload_in_time(AGAIN_SECONDS, changed=moved or Topic.DIRECTIVES in step.stale)

    def make_table(self) -> Table:
        """Directives."""
        return directives_table(self._known, self.desk.style)

    def heading(self) -> str:
        """All, or what kind."""
        return self.place.target or "holds, seals and batches"

    def do_enter(self) -> None:
        """Into the batch, or to what is held or sealed."""
        one = self._one()
        if one is not None and one.kind == "batch":
            self.post_message(GoTo(Place("batch", one.directive_id), inside=True))
        elif one is not None and not is_drain(one):
            name = one.reach.partition("@")[0]
            screen = "tree" if self.desk.view.tree(name) is not None else "timetable"
            self.post_message(GoTo(Place(screen, name), inside=True))

    def do_release(self) -> None:
        """Lift the marked ones, or that under the cursor; they must be of one kind."""
        chosen = self._chosen()
        if any(is_drain(one) for one in chosen):
            self.plan("resume", ())
        elif all(one.kind == "hold" for one in chosen):
            self.plan("release", self.targets())
        elif all(one.kind == "seal" for one in chosen):
            self.plan("unseal", self.targets())
        else:
            self.notify("release: a batch is paused with p or canceled with x", severity="warning")

    def do_pause(self) -> None:
        """Pause the batch, or go on with it."""
        one = self._one()
        self._act_on_batches("batch resume" if one is not None and one.is_paused else "batch pause")

    def do_cancel(self) -> None:
        """End the batch."""
        self._act_on_batches("batch cancel")

    def _act_on_batches(self, verb: Verb) -> None:
        if any(one.kind != "batch" for one in self._chosen()):
            self.notify(f"{verb}: that is no batch; h releases it", severity="warning")
            return
        self.plan(verb, self.targets())

    def _one(self) -> r.Directive | None:
        return next((one for one in self._known if one.directive_id == self.target()), None)

    def _chosen(self) -> list[r.Directive]:
        chosen = self.targets()
        return [one for one in self._known if one.directive_id in chosen]


class BatchScreen(Tabular):
    """One batch, or why there is none."""

    screen_name = "batch"
    BINDINGS = bindings_of(screen_name)
    empty = "It has no jobs."
    _detail: r.BatchDetail | None = None
    _missing = ""

    def body(self) -> ComposeResult:
        """How it stands, and its jobs."""
        yield LinesView([[("Reading …", GREY)]], fold=True, id="job-facts")
        yield LineTable(empty=self.empty, id="main")

    async def read(self) -> None:
        """The batch."""
        try:
            self._detail = await self.desk.feed.call(q.ShowBatch(self.place.target))
        except NotFound as problem:
            self._missing = str(problem)
        self.show()

    def on_step(self, step: Step, cells: frozenset[str]) -> None:
        """It tells of itself, and how far it has come shows in its jobs."""
        del cells
        self.reload_in_time(AGAIN_SECONDS, changed=bool(step.jobs) or Topic.DIRECTIVES in step.stale)

    def show(self) -> None:
        """Show what was read."""
        head = self.query_one("#job-facts", LinesView)
        if self._detail is not None:
            head.show_lines(batch_lines(self._detail, self.desk.style))
        elif self._missing:
            head.show_lines([[(self._missing, "problem")], [("esc goes back; :batches", GREY)]])
        super().show()

    def make_table(self) -> Table:
        """Its jobs."""
        return batch_table(self._detail, self.desk.style) if self._detail else Table(())

    def heading(self) -> str:
        """The batch's id."""
        return f"batch {self.place.target}"

    def do_pause(self) -> None:
        """Pause it, or go on with it."""
        is_paused = self._detail is not None and self._detail.batch.is_paused
        self.plan("batch resume" if is_paused else "batch pause", (self.place.target,))

    def do_cancel(self) -> None:
        """End it."""
        self.plan("batch cancel", (self.place.target,))

    def plain_lines(self) -> list[str]:
        """How it stands, and its jobs."""
        return [self.query_one("#job-facts", LinesView).text, *super().plain_lines()]
