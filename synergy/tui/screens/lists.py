"""The screens that are one table read from the daemon: processes, freerun entries, the collector, workers."""

from __future__ import annotations

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.tui.model.formats import duration
from synergy.tui.model.listings import processes_table
from synergy.tui.model.operations import collector_table, entries_table, workers_table
from synergy.tui.model.reducer import Step, Topic
from synergy.tui.model.table import Table
from synergy.tui.model.trail import Place
from synergy.tui.places import GoTo
from synergy.tui.screens.frame import bindings_of
from synergy.tui.screens.tabular import Tabular


class ProcessesScreen(Tabular):
    """Managed processes."""

    screen_name = "processes"
    BINDINGS = bindings_of(screen_name)
    empty = "No managed process is defined; see synergyd check."

    def make_table(self) -> Table:
        """Processes."""
        return processes_table(self.desk.view.processes, self.desk.style)

    def do_enter(self) -> None:
        """Into the timetable, at this process."""
        if name := self.target():
            self.post_message(GoTo(Place("timetable", name), inside=True))

    def do_trigger(self) -> None:
        """Make all closed periods due."""
        if name := self.target():
            question = f"Make all closed periods of {name} due now?"
            self.change(question, q.Trigger(name), f"synergyctl trigger {name}")

    def do_switch(self) -> None:
        """On or off."""
        row = self.desk.view.process(self.target() or "")
        if row is not None:
            verb = "deactivate" if row.is_on else "activate"
            request = q.SwitchProcess(row.process_name, is_on=not row.is_on)
            self.change(f"{verb.capitalize()} {row.process_name}?", request, f"synergyctl {verb} {row.process_name}")


class FreerunScreen(Tabular):
    """Freerun entries."""

    screen_name = "freerun"
    BINDINGS = bindings_of(screen_name)
    empty = "No freerun entry is defined."
    entries: tuple[r.EntryRow, ...] = ()

    async def read(self) -> None:
        """All entries."""
        self.entries = (await self.desk.feed.call(q.ListEntries())).entries
        self.show()

    def on_step(self, step: Step, cells: frozenset[str]) -> None:
        """Read again when an entry or its work changed."""
        del cells
        if Topic.ENTRIES in step.stale:
            self.reload()

    def make_table(self) -> Table:
        """Entries."""
        return entries_table(self.entries, self.desk.style)

    def do_enter(self) -> None:
        """Into the newest log."""
        self.do_log()

    def do_trigger(self) -> None:
        """Run the entry now."""
        if name := self.target():
            self.change(f"Run {name} now?", q.Trigger(name), f"synergyctl freerun run {name}")

    def do_switch(self) -> None:
        """On or off."""
        name = self.target()
        entry = next((at for at in self.entries if f"{at.process_name}::{at.entry_name}" == name), None)
        if entry is not None and name:
            word = "off" if entry.is_on else "on"
            request = q.SaveEntry(name, is_on=not entry.is_on)
            self.change(f"Switch {name} {word}?", request, f"synergyctl freerun set {name} --{word}")


class CollectorScreen(Tabular):
    """What waits for its retry."""

    screen_name = "collector"
    BINDINGS = bindings_of(screen_name)
    empty = "Nothing waits for a retry."
    answer: r.Collector | None = None

    async def read(self) -> None:
        """The queues."""
        self.answer = await self.desk.feed.call(q.Collector())
        self.show()

    def on_step(self, step: Step, cells: frozenset[str]) -> None:
        """Read again at the feed's pace: the title counts down."""
        del cells, step
        self.reload(periodic=True)

    def make_table(self) -> Table:
        """The queues."""
        return collector_table(self.answer, self.desk.style) if self.answer else Table(())

    def heading(self) -> str:
        """When it runs next."""
        return f"collector, next run in {duration(self.answer.next_run_in)}" if self.answer else "collector"

    def do_collect(self) -> None:
        """Run it now."""
        self.change("Run the garbage collector now?", q.CollectorRefresh(), "synergyctl gc refresh")

    def do_flush(self) -> None:
        """Resubmit the row's process's queue."""
        row = self.table.row
        name = row.fields.get("process") if row else None
        if name:
            question = f"Resubmit everything of {name} that waits, now?"
            self.change(question, q.CollectorFlush(name), f"synergyctl gc flush {name}")


class WorkersScreen(Tabular):
    """Supervisors and their children."""

    screen_name = "workers"
    BINDINGS = bindings_of(screen_name)
    empty = "No supervisor is known; start one with: synergyd supervisor start"
    rows: tuple[r.WorkerRow, ...] = ()

    async def read(self) -> None:
        """All of them."""
        self.rows = (await self.desk.feed.call(q.Workers())).workers
        self.show()

    def on_step(self, step: Step, cells: frozenset[str]) -> None:
        """Read again at the feed's pace."""
        del cells, step
        self.reload(periodic=True)

    def make_table(self) -> Table:
        """Workers."""
        return workers_table(self.rows, self.desk.style)

    def do_enter(self) -> None:
        """Into the log of what it works on."""
        row = self.table.row
        uow = row.fields.get("uow") if row else None
        if uow:
            self.post_message(GoTo(Place("log", uow), inside=True))
