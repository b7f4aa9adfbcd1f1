"""Managed processes: whether each is on, what triggers it, and what it comes to next."""

from __future__ import annotations

from synergy.core.control import requests as q
from synergy.tui.model.listings import processes_table
from synergy.tui.model.table import Table
from synergy.tui.model.trail import Place
from synergy.tui.places import GoTo
from synergy.tui.screens.filling import Filling
from synergy.tui.screens.frame import bindings_of


class ProcessesScreen(Filling):
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

    def do_edit(self) -> None:
        """Change the trigger."""
        row = self.desk.view.process(self.target() or "")
        if row is not None:
            from synergy.tui.model import entry_form as form  # noqa: PLC0415 - see FreerunScreen

            name, frequency = row.process_name, row.trigger_frequency
            self.fill_in(
                form.frequency_sheet(name, frequency),
                lambda given: form.look_at_trigger(given, self.schedule_seconds, self.desk.style.zone),
                lambda given: form.frequency_request(given, name, frequency),
            )
