"""One job: what it is and why it does not run, its neighbours, attempts and history, and the end of its log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from textual.app import ComposeResult

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.control import why_requests as y
from synergy.core.errors import CallerError, SynergyError
from synergy.tui.desk import Desk
from synergy.tui.model.event_page import audited, event_lines, event_summary
from synergy.tui.model.formats import shifted, time_of_day
from synergy.tui.model.gate import Gate
from synergy.tui.model.health import Line
from synergy.tui.model.job_page import attempt_lines, facts, job_table
from synergy.tui.model.listings import GREY
from synergy.tui.model.log_text import printable
from synergy.tui.model.reducer import Step
from synergy.tui.model.table import Table
from synergy.tui.model.trail import Place
from synergy.tui.model.why_rows import command_of, explained, why_line, why_rows
from synergy.tui.places import GoTo
from synergy.tui.screens.detailed import Detailed
from synergy.tui.screens.frame import bindings_of
from synergy.tui.widgets.line_table import LineTable
from synergy.tui.widgets.lines import LinesView

TAIL_LINES: Final = 12
AUDIT_SECONDS: Final = 300
"""The audit's entry of a plan is looked for within so long of what came of it."""


class JobScreen(Detailed):
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
    _followed: str | None = None

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self._growth = Gate()

    def body(self) -> ComposeResult:
        """Facts; roots, neighbours and history, with all of the one under the cursor; the log's tail."""
        yield LinesView([[("Reading …", GREY)]], fold=True, id="job-facts")
        yield LineTable(from_top=True, id="main")
        yield LinesView(fold=True, id="row-facts")
        yield LinesView(keeps_end=True, id="tail")

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
            await self._read_tail()
        self.show()

    async def _read_tail(self) -> None:
        """The end of the newest log; while it grows the daemon tells of each line."""
        call = self.desk.feed.call
        tail = self._tail = await call(q.Logs(self.place.target, first_line=-TAIL_LINES, limit=TAIL_LINES))
        wanted = tail.uow_id if tail.live else None
        if wanted != self._followed:
            await self.leave()
            self._followed = wanted
            if wanted is not None:
                await call(q.FollowLog(wanted))
                await self._read_tail()  # what was written before it was followed

    async def _grow(self) -> None:
        """Only the log's end is read again; what a new attempt is comes with the news of its unit of work."""
        try:
            with suppress(SynergyError):
                await self._read_tail()
                self.query_one("#tail", LinesView).show_lines(self._tail_lines())
        finally:
            if self._growth.end():
                self._want_growth()

    def _want_growth(self, *, periodic: bool = False) -> None:
        """One request in flight, however fast the log grows."""
        if self.desk.link.is_live and self.is_uppermost and self._growth.begin(periodic=periodic):
            self.work(self._grow(), "tail")

    async def leave(self) -> None:
        """Follow nothing any more."""
        followed, self._followed = self._followed, None
        if followed is not None and self.desk.link.is_live:
            await self.desk.feed.call(q.FollowLog(followed, on=False))

    def begin(self) -> None:
        """Whatever was followed may have been lost while another screen was shown."""
        self._followed = None
        super().begin()

    def take_up(self) -> None:
        """A new connection follows nothing yet."""
        self._followed = None
        super().take_up()

    def on_unmount(self) -> None:
        """Say so to the daemon; the app outlives this screen."""
        self.app.run_worker(self.leave(), exit_on_error=False)

    def on_step(self, step: Step, cells: frozenset[str]) -> None:
        """Read again when it, or something around it, changed."""
        del cells
        if step.resync:
            self._followed = None
        around = self._around()
        changed = {f"{change.process_name}@{change.timeperiod}" for _, change in step.jobs}
        changed |= {f"{change.process_name}@{change.timeperiod}" for change in step.uows}
        if changed & around:
            self.reload()
        elif self._tail is not None and self._tail.live:
            self._want_growth(periodic=not any(at.uow_id == self._tail.uow_id for at in step.logs))

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
            head.show_lines(facts(self._detail, self.desk.style, self._why_line()))
        self.query_one("#tail", LinesView).show_lines(self._tail_lines())
        super().show()

    def _why_line(self) -> Line | None:
        return why_line(self._why, whole=self._whole_why) if self._why is not None else None

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
        why = why_rows(self._why, self.desk.style, whole=self._whole_why) if self._why is not None else []
        return job_table(self._detail, self._attempts, self.desk.style, why)

    def row_lines(self, key: str) -> list[Line]:
        """All of what a row is of; of a neighbour the table says all there is."""
        kind, _, number = key.partition(":")
        if kind in {"root", "why"} and self._why is not None:
            return explained(self._why, key, self.desk.style, self.desk.shell_line)
        if kind == "history" and self._detail is not None:
            return event_summary(self._detail.event_log[int(number)], self.desk.style)
        if kind == "attempt" and self._attempts is not None:
            found = (at for at in self._attempts.attempts if at.number == int(number))
            return [line for at in found for line in attempt_lines(at, self.desk.style)]
        row = self.table.row
        return [[(row.text, "")]] if row is not None else []

    def fix(self) -> str | None:
        """The command that helps against the root under the cursor; elsewhere, against the first one."""
        if self._why is None:
            return None
        kind = (self.table.key or "").partition(":")[0]
        if kind in {"root", "why"}:
            return command_of(self._why, self.table.key or "")
        return next((root.command for root in self._why.roots if root.command), None)

    @property
    def marked_attempts(self) -> tuple[int, ...]:
        """The numbers of the attempts that are marked, ascending: what a comparison is of."""
        keys = (key.partition(":") for key in self.table.marks)
        return tuple(sorted(int(number) for kind, _, number in keys if kind == "attempt"))

    def heading(self) -> str:
        """The job's name."""
        return self.place.target

    def target(self) -> str | None:
        """The job; the cursor only leads on."""
        return self.place.target

    def targets(self) -> tuple[str, ...]:
        """The jobs that are marked around it, or it itself; marked attempts are only compared."""
        marked = [row.fields.get("job") for row in self.table.shown.rows if row.key in self.table.marks]
        return tuple(dict.fromkeys(job for job in marked if job)) or (self.place.target,)

    def do_enter(self) -> None:
        """To the root or neighbour, into the attempt's log, or all of the event."""
        row = self.table.row
        kind, _, number = (row.key if row else "").partition(":")
        if kind == "attempt":
            self.post_message(GoTo(Place("log", f"{self.place.target}#{number}"), inside=True))
        elif kind == "history":
            self._show_event(int(number))
        elif row is not None and (job := row.fields.get("job")):
            self.post_message(GoTo(Place("job", job), inside=True))

    def do_diff(self) -> None:
        """Compare the logs of the two marked attempts, of this one and the one before, or of the last two."""
        kind, _, number = (self.table.key or "").partition(":")
        numbers = self.marked_attempts or ((int(number),) if kind == "attempt" else ())
        if len(numbers) > 2:
            self.notify(
                f"compare: {len(numbers)} attempts are marked; mark two (esc drops the marks)", severity="warning"
            )
            return
        words = " ".join((self.place.target, *map(str, numbers)))
        self.post_message(GoTo(Place("diff", words), inside=True))

    def do_why(self) -> None:
        """All of the event under the cursor; elsewhere all of why the job does not go on, or the first of it."""
        kind, _, number = (self.table.key or "").partition(":")
        if kind == "history":
            self._show_event(int(number))
        else:
            self._whole_why = not self._whole_why
            self.reload()

    def _show_event(self, number: int) -> None:
        from synergy.tui.screens.detail_dialog import DetailDialog  # noqa: PLC0415 - seldom wanted

        if self._detail is not None:
            event = self._detail.event_log[number]
            dialog = DetailDialog("Event", event_lines(self.place.target, event, None, self.desk.style))
            self.app.push_screen(dialog)
            if event.plan_id is not None:
                self.work(self._look_who(event, dialog.tell), "looking", exclusive=True)

    async def _look_who(self, event: r.HistoryRow, tell: Callable[[Sequence[Line]], None]) -> None:
        """The audit tells from where it was asked for; what it cannot tell stays untold."""
        around = [shifted(event.at, seconds) for seconds in (-AUDIT_SECONDS, AUDIT_SECONDS)]
        request = q.ListAudit(since=around[0], until=around[1], actor=event.actor)
        with suppress(SynergyError):
            entry = audited((await self.desk.feed.call(request)).entries, event)
            tell(event_lines(self.place.target, event, entry, self.desk.style))

    def plain_lines(self) -> list[str]:
        """Facts, rows and tail."""
        head, row, tail = (self.query_one(f"#{name}", LinesView).text for name in ("job-facts", "row-facts", "tail"))
        return [head, *super().plain_lines(), row, tail]
