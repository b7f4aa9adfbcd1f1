"""One job: what it is and why it does not run, its neighbours, attempts and history, and the end of its log."""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.control import why_requests as y
from synergy.core.errors import CallerError
from synergy.tui.model.formats import time_of_day
from synergy.tui.model.health import Line
from synergy.tui.model.job_page import facts, job_table
from synergy.tui.model.listings import GREY
from synergy.tui.model.log_text import printable
from synergy.tui.model.reducer import Step
from synergy.tui.model.table import Table
from synergy.tui.model.trail import Place
from synergy.tui.model.why_lines import why_lines
from synergy.tui.places import GoTo
from synergy.tui.screens.frame import bindings_of
from synergy.tui.screens.tabular import Tabular
from synergy.tui.widgets.line_table import LineTable
from synergy.tui.widgets.lines import LinesView

TAIL_LINES: Final = 12


class JobScreen(Tabular):
    """One job, or why there is none."""

    screen_name = "job"
    empty = "No neighbours, no attempts, no history yet."
    BINDINGS = bindings_of(screen_name)
    _detail: r.JobDetail | None = None
    _why: r.Why | None = None
    _whole_why = False
    _attempts: r.Attempts | None = None
    _tail: r.LogPage | None = None
    _missing: str = ""

    def body(self) -> ComposeResult:
        """Facts, neighbours and history, the log's tail."""
        yield LinesView([[("Reading …", GREY)]], fold=True, id="job-facts")
        yield LineTable(id="main")
        yield LinesView(id="tail")

    async def read(self) -> None:
        """The job, its attempts, and the tail of the newest log."""
        call = self.desk.feed.call
        try:
            self._detail = await call(q.Show(self.place.target))
        except CallerError as problem:
            self._missing = str(problem)
            self.show()
            return
        self._missing = ""
        self._why = await call(y.Why(self.place.target))
        self.show()
        self._attempts = await call(q.Attempts(self.place.target))
        if self._attempts.attempts:
            self._tail = await call(q.Logs(self.place.target, first_line=-TAIL_LINES, limit=TAIL_LINES))
        self.show()

    def on_step(self, step: Step, cells: frozenset[str]) -> None:
        """Read again when it, or something around it, changed."""
        del cells
        around = self._around()
        changed = {f"{change.process_name}@{change.timeperiod}" for _, change in step.jobs}
        changed |= {f"{change.process_name}@{change.timeperiod}" for change in step.uows}
        if changed & around:
            self.reload()

    def _around(self) -> set[str]:
        detail = self._detail
        if detail is None:
            return {self.place.target}
        near = [
            *detail.children,
            *detail.dependencies,
            *detail.dependants,
            *((detail.parent,) if detail.parent else ()),
        ]
        return {self.place.target} | {f"{at.process_name}@{at.timeperiod}" for at in near}

    def show(self) -> None:
        """Show what was read."""
        head = self.query_one("#job-facts", LinesView)
        if self._missing:
            head.show_lines([[(self._missing, "problem")], [("esc goes back; :job PROCESS@TIMEPERIOD", GREY)]])
        elif self._detail is not None:
            head.show_lines(facts(self._detail, self.desk.style, self._why_lines()))
        self.query_one("#tail", LinesView).show_lines(self._tail_lines())
        super().show()

    def _why_lines(self) -> list[Line] | None:
        if self._why is None:
            return None
        return why_lines(self._why, self.desk.shell_line, whole=self._whole_why)

    def _tail_lines(self) -> list[Line]:
        tail = self._tail
        if tail is None:
            return []
        state = "running" if tail.live else tail.exit_reason or "ended"
        count = f"{tail.total:,} line{'' if tail.total == 1 else 's'}"
        head = f"log of attempt {tail.number} of {tail.attempts} · {count} · {state} · l shows all"
        shown = [
            [(f"{time_of_day(line.at, self.desk.style.zone)} ", GREY), (printable(line.text), "")]
            for line in tail.lines
        ]
        return [[(head, "bold heading")], *shown]

    def make_table(self) -> Table:
        """Everything around the job."""
        if self._detail is None:
            return Table(())
        return job_table(self._detail, self._attempts, self.desk.style)

    def heading(self) -> str:
        """The job's name."""
        return self.place.target

    def target(self) -> str | None:
        """The job; the cursor only leads on."""
        return self.place.target

    def do_enter(self) -> None:
        """Into the neighbour, or into the attempt's log."""
        key = self.table.key or ""
        if key.startswith("attempt:"):
            self.post_message(GoTo(Place("log", f"{self.place.target}#{key.removeprefix('attempt:')}"), inside=True))
        elif "@" in key:
            self.post_message(GoTo(Place("job", key), inside=True))

    def do_diff(self) -> None:
        """Compare the logs of the attempt under the cursor and the one before, or of the last two."""
        key = self.table.key or ""
        number = f" {key.removeprefix('attempt:')}" if key.startswith("attempt:") else ""
        self.post_message(GoTo(Place("diff", f"{self.place.target}{number}"), inside=True))

    def do_why(self) -> None:
        """All of why it does not go on, or only the first of it; read anew."""
        self._whole_why = not self._whole_why
        self.reload()

    def plain_lines(self) -> list[str]:
        """Facts, rows and tail."""
        head = self.query_one("#job-facts", LinesView).text
        return [head, *super().plain_lines(), self.query_one("#tail", LinesView).text]
