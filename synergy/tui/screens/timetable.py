"""Processes × timeperiods, one glyph per job; the facts of the job under the cursor in the lines below."""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult
from textual.timer import Timer

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.control.grid_requests import RollUp
from synergy.core.counting import counted
from synergy.core.errors import InvalidArgument, NotFound, SynergyError
from synergy.core.timeperiods import Qualifier, ordinal_of, timeperiod_of
from synergy.tui.model.cell_facts import job_lines, rolled_lines
from synergy.tui.model.formats import period, read_stamp
from synergy.tui.model.glyphs import look_of_cell
from synergy.tui.model.grid_cache import CHUNK
from synergy.tui.model.grid_text import drawn_cells, grid_text
from synergy.tui.model.grid_view import GridLine, cells_of, grid_lines, missing_of
from synergy.tui.model.health import Line, legend
from synergy.tui.model.jumps import parse_at
from synergy.tui.model.listings import GREY, states_of
from synergy.tui.model.problem_search import problem_columns
from synergy.tui.model.reducer import Step, has_problem
from synergy.tui.model.sheets import grid_table
from synergy.tui.model.table import Table
from synergy.tui.model.trail import Place
from synergy.tui.model.zoom import coarser, finer
from synergy.tui.screens.frame import bindings_of
from synergy.tui.screens.grid_marking import GridMarking
from synergy.tui.seeking import next_problem, oldest_problem
from synergy.tui.widgets.chrome import TypedLine
from synergy.tui.widgets.lines import LinesView
from synergy.tui.widgets.period_grid import PeriodGrid

FACTS_SECONDS: Final = 0.15
"""The cursor must rest so long before the daemon is asked about its job."""
FACTS_LINES: Final = 4


class TimetableScreen(GridMarking):
    """The grid."""

    screen_name = "timetable"
    BINDINGS = bindings_of(screen_name)
    _facts_timer: Timer | None = None
    _detail: r.JobDetail | None = None
    _rolled: tuple[str, r.RollUpRow] | None = None
    _placed = False

    def body(self) -> ComposeResult:
        """Grid, legend, facts."""
        yield PeriodGrid(self.desk.cache, self.desk.style.glyphs, id="main")
        yield LinesView([legend(self.desk.style)], id="legend")
        yield LinesView(fold=True, id="facts")

    def show(self) -> None:
        """Show the processes there are, and ask for the cells that are missing."""
        self.narrow()
        self._show_facts()
        self.chrome()

    def narrow(self) -> None:
        """Filter the processes."""
        if not self.is_mounted:
            return
        rows = [
            row
            for row in self.desk.view.processes
            if self.wanted.passes(
                f"{row.process_name} {row.tree_name}",
                {
                    "process": row.process_name,
                    "tree": row.tree_name,
                    "state": states_of(row.counts, row.invalid),
                },
            )
            and (not self.only_problems or has_problem(row.counts, row.invalid))
        ]
        self.grid.only_problems = self.only_problems
        self.grid.show_processes(grid_lines(rows))
        if self.place.target and rows and not self._placed:
            self._placed = True
            self._go_to_place(self.place.target)

    def _go_to_place(self, target: str) -> None:
        """``PROCESS``, ``PROCESS@WHEN`` or ``@WHEN``."""
        process_name, at, when = target.partition("@")
        if process_name:
            self._go_to_process(process_name)
        if at:
            self._jump(when)

    def takes(self, place: Place) -> bool:
        """A time is gone to within this screen."""
        if place.screen == self.screen_name and place.target.startswith("@"):
            self._jump(place.target[1:])
            return True
        return False

    def _jump(self, when: str) -> None:
        if when == "oldest":
            self.do_oldest_problem()
            return
        stamp = read_stamp(self.desk.view.schedule_time)
        try:
            jump = parse_at(when, stamp.timestamp() if stamp else 0.0)
        except InvalidArgument as problem:
            self.notify(str(problem), severity="error", markup=False)
            return
        if self.grid.lines and not self.grid.jump(*jump):
            self.notify("There are no such periods: this is the nearest.", timeout=4)

    def do_jump(self) -> None:
        """Type a time."""
        self.query_one(TypedLine).open("command", ":", "at ")

    def _go_to_process(self, process_name: str) -> None:
        row = self.desk.view.process(process_name)
        if row is not None and row.last_timeperiod:
            qualifier = Qualifier(row.time_qualifier)
            self.grid.zoom(qualifier)
            at = row.next_timeperiod or row.last_timeperiod
            self.grid.go_to(process_name, ordinal_of(qualifier, at))

    def on_step(self, step: Step, cells: frozenset[str]) -> None:
        """Changed cells are drawn again, nothing else; facts follow when their job changed."""
        if cells:
            self.grid.redraw_cells(cells)
        if step.resync or step.grew or not self.grid.lines:
            self.show()
            self._ask_for_cells()
        self._ask_for_cells(periodic=True)
        if self._concerns(step):
            self._want_facts()

    def _concerns(self, step: Step) -> bool:
        """Whether the job under the cursor, or one of those that its cell stands for, changed."""
        line, periods = self.grid.line, self.grid.periods
        return line is not None and any(
            change.process_name == line.process_name and ordinal_of(line.qualifier, change.timeperiod) in periods
            for _, change in step.jobs
        )

    async def read(self) -> None:
        """Fetch the missing cells around the window, chunk by chunk."""
        cache = self.desk.cache
        keys, stretches = missing_of(self.grid.lines, self.grid.window, cache)
        for key in keys:
            start = max(0, key.first)
            request = q.Grid(key.qualifier, timeperiod_of(key.qualifier, start), CHUNK - (start - key.first))
            cache.store(key, await self.desk.feed.call(request))
            self.grid.redraw()
        for stretch in stretches:
            answer = await self.desk.feed.call(RollUp(stretch.qualifier, stretch.timeperiod, stretch.columns))
            cache.store_rollup(stretch, answer)
            self.grid.redraw()

    def on_period_grid_moved(self) -> None:
        """Another job, or another window."""
        self._ask_for_cells()
        self._show_facts()
        self._want_facts()
        self.chrome()

    def _ask_for_cells(self, *, periodic: bool = False) -> None:
        if any(missing_of(self.grid.lines, self.grid.window, self.desk.cache)):
            self.reload(periodic=periodic)

    def _want_facts(self) -> None:
        if self._facts_timer is not None:
            self._facts_timer.stop()
        self._facts_timer = self.set_timer(FACTS_SECONDS, self._ask_for_facts)

    def _ask_for_facts(self) -> None:
        if self.desk.link.is_live and self.grid.target:
            reading = self._read_facts(self.grid.job) if self.grid.job else self._count()
            self.work(reading, "facts", exclusive=True)

    async def _read_facts(self, job: str) -> None:
        try:
            self._detail = await self.desk.feed.call(q.Show(job))
        except NotFound:
            self._detail = None
        except SynergyError:
            return  # the state under the cursor is shown; the connection's trouble is told in the panel
        self._show_facts()

    async def _count(self) -> None:
        line, window, target = self.grid.line, self.grid.window, self.grid.target
        if line is None or target is None:
            return
        request = RollUp(window.qualifier, timeperiod_of(window.qualifier, window.cursor), 1, (line.process_name,))
        try:
            answer = await self.desk.feed.call(request)
        except SynergyError:
            return
        self._rolled = (target, answer.rows[0])
        self._show_facts()

    def _show_facts(self) -> None:
        self.query_one("#facts", LinesView).show_lines(self._facts()[:FACTS_LINES])

    def _facts(self) -> list[Line]:
        line, window, target = self.grid.line, self.grid.window, self.grid.target
        style, detail = self.desk.style, self._detail
        if line is None or target is None:
            return [[(self._why_empty() if line is None else "No such period.", GREY)]]
        if self.grid.is_rolled_up:
            row = self._rolled[1] if self._rolled is not None and self._rolled[0] == target else None
            label = period(timeperiod_of(window.qualifier, window.cursor), window.qualifier)
            return rolled_lines(line.process_name, label, row, style)
        if detail is not None and f"{detail.job.process_name}@{detail.job.timeperiod}" == target:
            process = self.desk.view.process(line.process_name)
            return job_lines(detail, process, self.desk.view.real_time, style)
        look = look_of_cell(cells_of(line, window, self.desk.cache)[window.cursor - window.first])
        return [[(target, "bold")], [(style.glyphs.labelled(look), look.color)]]

    def _why_empty(self) -> str:
        if self.wanted:
            return f"No process passes /{self.wanted.source}{self.wanted.note}: esc drops the filter."
        return "Nothing is wrong here: ctrl+z shows all." if self.only_problems else "No process has periods yet."

    def title_text(self) -> str:
        """Zoom, window, filter."""
        window, lines = self.grid.window, self.grid.lines
        if not lines:
            return "timetable"
        ends = (max(0, window.first), window.within(self.grid.bounds).last)
        names = " .. ".join(period(timeperiod_of(window.qualifier, at), window.qualifier) for at in ends)
        total = len(self.desk.view.processes)
        shown = f"[{len(lines):,}/{total:,}]" if len(lines) != total else f"[{total:,}]"
        filtered = f" /{self.wanted.source}{self.wanted.note}" if self.wanted else ""
        problems = " problems only" if self.only_problems else ""
        return f"timetable {shown} {window.qualifier} {names}{filtered}{problems}{self.told_marks()}{self._loading()}"

    def _loading(self) -> str:
        """Said while cells of the window are not there yet: they look unlike those of no period."""
        loading = any(missing_of(self.grid.lines, self.grid.window, self.desk.cache))
        return f" · loading{self.desk.style.glyphs.choose('…', '...')}" if loading else ""

    def target(self) -> str | None:
        """The job under the cursor, or the range of those that its cell stands for."""
        return self.grid.target

    def plain_lines(self) -> list[str]:
        """As it is read: the heading, a line per process, the legend, and the facts of the cell under the cursor."""
        grid, window = self.grid, self.grid.window.within(self.grid.bounds)
        cells = (drawn_cells(line, window, self.desk.cache, self.desk.style.glyphs) for line in grid.lines)
        drawn = grid_text(list(zip(grid.names, cells, strict=True)), window) if grid.lines else []
        below = (self.query_one(f"#{name}", LinesView).text for name in ("legend", "facts"))
        return [self.title_text(), *drawn, "", *(line for text in below for line in text.split("\n"))]

    def shown_table(self) -> Table:
        """A row per process, a column per period that there is."""
        return grid_table(self.grid.lines, self.grid.window.within(self.grid.bounds), self.desk.cache)

    def do_enter(self) -> None:
        """Into finer periods while there are any, then into the job."""
        window = self.grid.window
        qualifier = finer(window.qualifier)
        if qualifier is None or not self.grid.zoom(qualifier):
            self.go_into_job()

    def do_zoom_in(self) -> None:
        """Finer periods."""
        self._zoom(finer(self.grid.window.qualifier), "finer")

    def do_zoom_out(self) -> None:
        """Coarser periods."""
        self._zoom(coarser(self.grid.window.qualifier), "coarser")

    def _zoom(self, qualifier: Qualifier | None, word: str) -> None:
        if qualifier is None or not self.grid.zoom(qualifier):
            self.notify(f"No process has {word} periods.", timeout=2)

    def do_why(self) -> None:
        """The job's screen says why."""
        if self._is_one("why"):
            self.go_into_job()

    def do_log(self) -> None:
        """The log of the newest attempt, or of all marked jobs as one."""
        if len(self.grid.marks) > 1 or self._is_one("log"):
            super().do_log()

    def _is_one(self, what: str) -> bool:
        """Whether the cursor stands on a single job; says so where it does not."""
        if self.grid.is_rolled_up:
            told = counted(len(self.grid.periods), "job")
            self.notify(f"{what}: this cell stands for {told}; enter looks closer, e goes to the next problem")
        return not self.grid.is_rolled_up

    def do_newest(self) -> None:
        """The newest period."""
        self.grid.action_last()

    def do_next_problem(self) -> None:
        """The next invalid or skipped job of this row; behind the newest comes the oldest."""
        line = self.grid.line
        if line is not None and self.desk.link.is_live:
            self.work(self._next_problem(line), "problem", exclusive=True)

    async def _next_problem(self, line: GridLine) -> None:
        here = self.grid.periods
        after = here[0] if here else line.bounds.last
        try:
            found = await next_problem(self.desk.feed, line, after)
        except SynergyError as problem:
            self.tell_failure(problem)
            return
        if found is None:
            self.notify(f"No problem in {line.process_name}.", markup=False, timeout=3)
            return
        if found <= after:
            text = f"No later one: this is the oldest problem of {line.process_name}."
            self.notify(text, markup=False, timeout=3)
        self._go_to_job(line, found)

    def do_only_problems(self) -> None:
        """Only rows with problems, all else in them dimmed; where none of them is in sight, to the oldest."""
        super().do_only_problems()
        shown = "".join(cells_of(line, self.grid.window, self.desk.cache) for line in self.grid.lines)
        if self.only_problems and self.grid.lines and not problem_columns(shown):
            self.do_oldest_problem()

    def do_oldest_problem(self) -> None:
        """The oldest invalid or skipped job of all rows."""
        if self.desk.link.is_live:
            self.work(self._oldest_problem(), "problem", exclusive=True)

    async def _oldest_problem(self) -> None:
        try:
            found = await oldest_problem(self.desk.feed, self.grid.lines)
        except SynergyError as problem:
            self.tell_failure(problem)
            return
        if found is None:
            self.notify("No problem in any row.", timeout=3)
        else:
            self._go_to_job(*found)

    def _go_to_job(self, line: GridLine, ordinal: int) -> None:
        if self.grid.window.qualifier is not line.qualifier:
            self.grid.zoom(line.qualifier)
        self.grid.go_to(line.process_name, ordinal)
