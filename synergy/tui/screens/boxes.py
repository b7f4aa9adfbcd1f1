"""Boxes with what they use, and one box with its daemon processes and children."""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.tui.model.boxes import box_lines, box_summary, box_table, boxes_table
from synergy.tui.model.health import Line
from synergy.tui.model.listings import GREY
from synergy.tui.model.reducer import Step
from synergy.tui.model.table import Table
from synergy.tui.model.trail import Place
from synergy.tui.places import GoTo
from synergy.tui.screens.detailed import Detailed
from synergy.tui.screens.frame import bindings_of
from synergy.tui.screens.tabular import Tabular
from synergy.tui.widgets.line_table import LineTable
from synergy.tui.widgets.lines import LinesView

AGAIN_SECONDS: Final = 2.0
"""Ages, footprints and what runs are read again this often: on a busy deployment something changes all the time."""


class _Reading(Tabular):
    """What both screens read."""

    boxes: tuple[r.BoxRow, ...] = ()
    people: tuple[r.WorkerRow, ...] = ()

    async def read(self) -> None:
        """Boxes, and what runs there."""
        self.boxes = (await self.desk.feed.call(q.Boxes())).boxes
        self.people = (await self.desk.feed.call(q.Workers())).workers
        self.show()

    def on_step(self, step: Step, cells: frozenset[str]) -> None:
        """Read again, now and then."""
        del step, cells
        self.reload_in_time(AGAIN_SECONDS, changed=True)

    def workers_of(self, box_id: str) -> list[r.WorkerRow]:
        """What runs on a box."""
        return [worker for worker in self.people if worker.box_id == box_id]

    def box_of(self, box_id: str | None) -> r.BoxRow | None:
        """A box by its name."""
        return next((box for box in self.boxes if box.box_id == box_id), None)


class WorkersScreen(_Reading, Detailed):
    """Every box, and below what the one under the cursor runs."""

    screen_name = "workers"
    BINDINGS = bindings_of(screen_name)
    empty = "No supervisor is known; start one with: synergyd supervisor start"

    def make_table(self) -> Table:
        """Boxes."""
        return boxes_table(self.boxes, self.desk.style)

    def row_lines(self, key: str) -> list[Line]:
        """What a box runs."""
        box = self.box_of(key)
        return box_summary(box, self.workers_of(key), self.desk.view.real_time) if box else []

    def heading(self) -> str:
        """The deployment may be told to start nothing."""
        status = self.desk.view.status
        return "boxes, draining" if status is not None and status.draining else "boxes"

    def do_log(self) -> None:
        """The supervisor's."""
        if box_id := self.table.key:
            self.post_message(GoTo(Place("logs", f"supervisor@{box_id}"), inside=True))

    def do_enter(self) -> None:
        """Into the box."""
        if box_id := self.table.key:
            self.post_message(GoTo(Place("box", box_id), inside=True))


class BoxScreen(_Reading):
    """One box, or that there is none."""

    screen_name = "box"
    BINDINGS = bindings_of(screen_name)
    empty = "Nothing runs there."

    def body(self) -> ComposeResult:
        """How it stands, and what it runs."""
        yield LinesView([[("Reading …", GREY)]], fold=True, id="job-facts")
        yield LineTable(empty=self.empty, id="main")

    def show(self) -> None:
        """Show what was read."""
        box, status = self.box_of(self.place.target), self.desk.view.status
        if box is not None:
            lines = box_lines(box, status.draining if status else None, self.desk.style)
            self.query_one("#job-facts", LinesView).show_lines(lines)
        elif self.is_read or self.boxes:
            lines = [[(f"No box is called {self.place.target}.", "problem")], [("esc goes back; :boxes", GREY)]]
            self.query_one("#job-facts", LinesView).show_lines(lines)
        super().show()

    def make_table(self) -> Table:
        """What runs there."""
        box = self.box_of(self.place.target)
        return box_table(box, self.workers_of(box.box_id), self.desk.view.real_time) if box else Table(())

    def heading(self) -> str:
        """The box."""
        return f"box {self.place.target}"

    def target(self) -> str | None:
        """The unit of work that the row's child works on."""
        return (self.table.row.fields.get("uow") or None) if self.table.row else None

    def targets(self) -> tuple[str, ...]:
        """That one."""
        return (target,) if (target := self.target()) else ()

    def do_log(self) -> None:
        """Of what it works on, of the daemon process, or else the supervisor's."""
        row = self.table.row
        if row is not None and row.fields.get("uow"):
            super().do_log()
        else:
            name = row.fields["process"] if row and row.fields.get("kind") == "daemon" else "supervisor"
            self.post_message(GoTo(Place("logs", f"{name}@{self.place.target}"), inside=True))

    def do_enter(self) -> None:
        """Into the log of what it works on."""
        self.do_log()

    def do_switch(self) -> None:
        """Start or stop the daemon process under the cursor, on this box."""
        row = self.table.row
        if row is None or row.fields.get("kind") != "daemon":
            self.notify("on/off: that is no daemon process; x stops what a child works on", severity="warning")
            return
        name, box_id = row.fields["process"], self.place.target
        is_on = row.fields["state"] == "off"
        verb = "start" if is_on else "stop"
        request = q.SwitchOnBox(box_id, name, is_on=is_on)
        self.change(f"{verb.capitalize()} {name} on {box_id}?", request, f"synergyctl box {verb} {box_id} {name}")

    def plain_lines(self) -> list[str]:
        """How it stands, and what it runs."""
        return [self.query_one("#job-facts", LinesView).text, *super().plain_lines()]
