"""Managed processes: whether each is on, what triggers it, and what it comes to next; and one of them in full."""

from __future__ import annotations

import time
from typing import Final

from msgspec.structs import replace
from textual.app import ComposeResult

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.control.process_requests import ShowProcess
from synergy.core.errors import NotFound
from synergy.tui.model.formats import is_past
from synergy.tui.model.listings import GREY, processes_table
from synergy.tui.model.process_page import process_lines, settings_table
from synergy.tui.model.reducer import Step, Topic
from synergy.tui.model.table import Table
from synergy.tui.model.trail import Place
from synergy.tui.places import GoTo
from synergy.tui.screens.filling import Filling
from synergy.tui.screens.frame import bindings_of
from synergy.tui.widgets.line_table import LineTable
from synergy.tui.widgets.lines import LinesView

AGAIN_SECONDS: Final = 5.0
"""What changes with time alone, and how long runs take, is asked for no more often."""


class ProcessVerbs(Filling):
    """What can be done with the process that the cursor or the screen is on."""

    _wanted = 0.0

    def on_step(self, step: Step, cells: frozenset[str]) -> None:
        """What is left till the next run counts down; a run that was due makes the row another one."""
        is_past_due = any(row.is_on and is_past(row.next_run, self.now) for row in self.desk.view.processes)
        if is_past_due and time.monotonic() - self._wanted >= AGAIN_SECONDS:
            self._wanted = time.monotonic()
            self.desk.feed.want(Topic.PROCESSES)
        super().on_step(step, cells)

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


class ProcessesScreen(ProcessVerbs):
    """Managed processes."""

    screen_name = "processes"
    BINDINGS = bindings_of(screen_name)
    empty = "No managed process is defined; see synergyd check."

    def make_table(self) -> Table:
        """Processes."""
        return processes_table(self.desk.view.processes, self.desk.style, self.now)

    def do_enter(self) -> None:
        """Into the process."""
        if name := self.target():
            self.post_message(GoTo(Place("process", name), inside=True))


class ProcessScreen(ProcessVerbs):
    """One process, or why there is none."""

    screen_name = "process"
    BINDINGS = bindings_of(screen_name)
    empty = "Nothing is known of it yet."
    _detail: r.ProcessDetail | None = None
    _missing = ""

    def body(self) -> ComposeResult:
        """How it stands, and its definition."""
        yield LinesView([[("Reading …", GREY)]], fold=True, indent=8, id="job-facts")
        yield LineTable(empty=self.empty, id="main")

    async def read(self) -> None:
        """The process."""
        try:
            self._detail = await self.desk.feed.call(ShowProcess(self.place.target))
        except NotFound as problem:
            self._missing = str(problem)
        self.show()

    def on_step(self, step: Step, cells: frozenset[str]) -> None:
        """Read again, now and then, while things change; counts and what is left are known at once."""
        super().on_step(step, cells)
        self.reload_in_time(AGAIN_SECONDS, changed=bool(step.stale))

    def show(self) -> None:
        """Show what was read, with the row as the feed knows it by now."""
        head = self.query_one("#job-facts", LinesView)
        if self._detail is not None:
            row = self.desk.view.process(self.place.target) or self._detail.process
            detail = replace(self._detail, process=row)
            head.show_lines(process_lines(detail, self.now, self.desk.style))
        elif self._missing:
            head.show_lines([[(self._missing, "problem")], [("esc goes back; :processes", GREY)]])
        super().show()

    def make_table(self) -> Table:
        """Its definition."""
        return settings_table(self._detail) if self._detail else Table(())

    def heading(self) -> str:
        """Its name."""
        return f"process {self.place.target}"

    def target(self) -> str | None:
        """The process, whatever setting the cursor stands on."""
        return self.place.target if self._detail is not None else None

    def targets(self) -> tuple[str, ...]:
        """That one."""
        return (target,) if (target := self.target()) else ()

    def do_enter(self) -> None:
        """Into the timetable, at this process."""
        if name := self.target():
            self.post_message(GoTo(Place("timetable", name), inside=True))

    def do_log(self) -> None:
        """Of what failed last."""
        if self._detail is not None and self._detail.last_failure:
            self.post_message(GoTo(Place("log", self._detail.last_failure), inside=True))
        else:
            self.notify("Nothing of it failed since the daemon started.", severity="warning")

    def plain_lines(self) -> list[str]:
        """How it stands, and its definition."""
        return [self.query_one("#job-facts", LinesView).text, *super().plain_lines()]
