"""Freerun entries: what runs outside of the timetable; made, changed and deleted here."""

from __future__ import annotations

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.tui.model.formats import is_past
from synergy.tui.model.operations import entries_table
from synergy.tui.model.reducer import Step, Topic
from synergy.tui.model.table import Table
from synergy.tui.screens.filling import Filling
from synergy.tui.screens.frame import bindings_of


class FreerunScreen(Filling):
    """Freerun entries."""

    screen_name = "freerun"
    BINDINGS = bindings_of(screen_name)
    empty = "No freerun entry is defined; n makes one."
    entries: tuple[r.EntryRow, ...] = ()

    async def read(self) -> None:
        """All entries."""
        self.entries = (await self.desk.feed.call(q.ListEntries())).entries
        self.show()

    def on_step(self, step: Step, cells: frozenset[str]) -> None:
        """Read again when an entry or its work changed, or a run was due; what is left till then counts down."""
        del cells
        if Topic.ENTRIES in step.stale or any(at.is_on and is_past(at.next_run, self.now) for at in self.entries):
            self.reload(periodic=Topic.ENTRIES not in step.stale)
        self.show()

    def make_table(self) -> Table:
        """Entries."""
        return entries_table(self.entries, self.desk.style, self.now)

    def do_enter(self) -> None:
        """Into the newest log."""
        self.do_log()

    def do_trigger(self) -> None:
        """Run the entry now."""
        if name := self.target():
            self.change(f"Run {name} now?", q.RunEntry(name), f"synergyctl freerun run {name}")

    def do_switch(self) -> None:
        """On or off."""
        if (entry := self._entry()) is not None:
            name, word = self.target(), "off" if entry.is_on else "on"
            request = q.SaveEntry(name or "", is_on=not entry.is_on)
            self.change(f"Switch {name} {word}?", request, f"synergyctl freerun set {name} --{word}")

    def do_new_entry(self) -> None:
        """Create one."""
        self._open_form(None)

    def do_edit(self) -> None:
        """Change the one under the cursor."""
        if (entry := self._entry()) is not None:
            self._open_form(entry)

    def do_remove(self) -> None:
        """Delete the one under the cursor."""
        if name := self.target():
            self.change(f"Delete the entry {name}?", q.RemoveEntry(name), f"synergyctl freerun rm {name} --yes")

    def _open_form(self, entry: r.EntryRow | None) -> None:
        from synergy.tui.model import entry_form as form  # noqa: PLC0415 - reading triggers takes more than a picture

        sheet = form.entry_sheet(entry, [each.process_name for each in self.entries])
        self.fill_in(
            sheet,
            lambda given: form.look_at_entry(given, entry, self.schedule_seconds, self.desk.style.zone),
            lambda given: form.entry_request(given, entry),
        )

    def _entry(self) -> r.EntryRow | None:
        name = self.target()
        return next((at for at in self.entries if f"{at.process_name}::{at.entry_name}" == name), None)
