"""Processes × timeperiods, one glyph per job; the facts of the job under the cursor in the lines below."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.timer import Timer

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import NotFound, SynergyError
from synergy.core.states import JobState, UowState
from synergy.core.timeperiods import Qualifier, ordinal_of, timeperiod_of
from synergy.tui.model.formats import period
from synergy.tui.model.glyphs import INVALID, look_of_cell
from synergy.tui.model.grid_cache import CHUNK, ChunkKey
from synergy.tui.model.grid_view import cells_of, grid_lines, matching, own_span
from synergy.tui.model.health import Line, legend
from synergy.tui.model.job_page import facts
from synergy.tui.model.listings import GREY, states_of
from synergy.tui.model.reducer import Step, has_problem
from synergy.tui.model.zoom import coarser, finer
from synergy.tui.screens.frame import Frame, bindings_of
from synergy.tui.widgets.lines import LinesView
from synergy.tui.widgets.period_grid import PeriodGrid

FACTS_SECONDS: Final = 0.15
"""The cursor must rest so long before the daemon is asked about its job."""
FACTS_LINES: Final = 4
PROBLEM_WORDS: Final = frozenset({INVALID.word, JobState.SKIPPED.word})


class TimetableScreen(Frame):
    """The grid."""

    screen_name = "timetable"
    BINDINGS = bindings_of(screen_name)
    _facts_timer: Timer | None = None
    _detail: r.JobDetail | None = None
    _placed = False

    def body(self) -> ComposeResult:
        """Grid, legend, facts."""
        yield PeriodGrid(self.desk.cache, self.desk.style.glyphs, id="main")
        yield LinesView([legend(self.desk.style)], id="legend")
        yield LinesView(fold=True, id="facts")

    @property
    def grid(self) -> PeriodGrid:
        """The grid."""
        return self.query_one("#main", PeriodGrid)

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
        self.grid.show_processes(grid_lines(rows))
        if self.place.target and rows and not self._placed:
            self._placed = True
            self._go_to_process(self.place.target)

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
        job = self.grid.job
        if job and any(f"{change.process_name}@{change.timeperiod}" == job for _, change in step.jobs):
            self._want_facts()

    async def read(self) -> None:
        """Fetch the missing cells around the window, chunk by chunk, what is visible first."""
        cache, window = self.desk.cache, self.grid.window
        missing: list[ChunkKey] = []
        for line in self.grid.lines:
            first, count = own_span(line, window)
            missing += [key for key in cache.missing(line.qualifier, first, count) if key not in missing]
        for key in missing:
            start = max(0, key.first)
            request = q.Grid(key.qualifier, timeperiod_of(key.qualifier, start), CHUNK - (start - key.first))
            cache.store(key, await self.desk.feed.call(request))
            self.grid.redraw()

    def on_period_grid_moved(self) -> None:
        """Another job, or another window."""
        self._ask_for_cells()
        self._show_facts()
        self._want_facts()
        self.chrome()

    def _ask_for_cells(self) -> None:
        window, cache = self.grid.window, self.desk.cache
        if any(cache.missing(line.qualifier, *own_span(line, window)) for line in self.grid.lines):
            self.reload()

    def _want_facts(self) -> None:
        if self._facts_timer is not None:
            self._facts_timer.stop()
        self._facts_timer = self.set_timer(FACTS_SECONDS, self._ask_for_facts)

    def _ask_for_facts(self) -> None:
        if self.desk.link.is_live and self.grid.job:
            self.work(self._read_facts(self.grid.job), "facts", exclusive=True)

    async def _read_facts(self, job: str) -> None:
        try:
            self._detail = await self.desk.feed.call(q.Show(job))
        except NotFound:
            self._detail = None
        except SynergyError:
            return  # the state under the cursor is shown; the connection's trouble is told in the panel
        self._show_facts()

    def _show_facts(self) -> None:
        line, window, job = self.grid.line, self.grid.window, self.grid.job
        if line is None or job is None:
            text = self._why_empty() if line is None else "No such period."
            self.query_one("#facts", LinesView).show_lines([[(text, GREY)]])
            return
        lines: list[Line]
        detail = self._detail
        if detail is not None and f"{detail.job.process_name}@{detail.job.timeperiod}" == job:
            lines = [[(job, "bold")], *facts(detail, self.desk.style)]
        else:
            offset = window.cursor - window.first
            look = look_of_cell(cells_of(line, window, self.desk.cache)[offset])
            lines = [[(job, "bold")], [(self.desk.style.glyphs.labelled(look), look.color)]]
        self.query_one("#facts", LinesView).show_lines(lines[:FACTS_LINES])

    def _why_empty(self) -> str:
        if self.wanted:
            return f"No process passes /{self.wanted.source}: esc drops the filter."
        return "Nothing is wrong here: ctrl+z shows all." if self.only_problems else "No process has periods yet."

    def title_text(self) -> str:
        """Zoom, window, filter."""
        window, lines = self.grid.window, self.grid.lines
        if not lines:
            return "timetable"
        first, last = (timeperiod_of(window.qualifier, max(0, at)) for at in (window.first, window.last))
        names = " .. ".join(period(name, window.qualifier) for name in (first, last))
        total = len(self.desk.view.processes)
        shown = f"[{len(lines):,}/{total:,}]" if len(lines) != total else f"[{total:,}]"
        filtered = f" /{self.wanted.source}" if self.wanted else ""
        problems = " problems only" if self.only_problems else ""
        marks = f" · {len(self.grid.marks)} marked" if len(self.grid.marks) else ""
        return f"timetable {shown} {window.qualifier} {names}{filtered}{problems}{marks}"

    def target(self) -> str | None:
        """The job under the cursor."""
        return self.grid.job

    def targets(self) -> tuple[str, ...]:
        """The marked jobs, or the one under the cursor."""
        return self.grid.marks.targets() or super().targets()

    def drop_marks(self) -> bool:
        """Unmark all jobs."""
        had = len(self.grid.marks) > 0
        self.grid.marks.clear()
        self.grid.redraw()
        self.chrome()
        return had

    def plain_lines(self) -> list[str]:
        """The visible cells, a line per process."""
        window = self.grid.window
        glyphs = self.desk.style.glyphs
        rows = [(line.process_name, cells_of(line, window, self.desk.cache)) for line in self.grid.lines]
        return [
            self.title_text(),
            *(f"{name:<28} " + "".join(glyphs.of(look_of_cell(at)) for at in row) for name, row in rows),
        ]

    def do_mark(self) -> None:
        """Mark the job."""
        self.grid.toggle_mark()
        self.chrome()

    def do_mark_range(self) -> None:
        """Mark from the last mark to here."""
        self.grid.mark_range()
        self.chrome()

    def do_mark_all(self) -> None:
        """Mark the jobs of the window that the filter means: of its states, or with problems."""
        grid = self.grid
        for line in grid.lines:
            grid.marks.add(line, matching(line, grid.window, self.desk.cache, self._is_meant))
        grid.redraw()
        self.tell_marked(len(grid.marks), "job")
        self.chrome()

    def _is_meant(self, word: str) -> bool:
        return self.wanted.passes_state(word) and (not self.only_problems or word in PROBLEM_WORDS)

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

    def do_newest(self) -> None:
        """The newest period."""
        self.grid.action_last()

    def do_next_problem(self) -> None:
        """The next invalid or skipped job of this row; behind the newest comes the oldest."""
        line = self.grid.line
        if line is not None and self.desk.link.is_live:
            self.work(self._next_problem(line.process_name, line.qualifier), "problem", exclusive=True)

    async def _next_problem(self, process_name: str, qualifier: Qualifier) -> None:
        here = (self.grid.job or "").partition("@")[2]
        try:
            found = await self._problems(process_name, here)
        except SynergyError as problem:
            self.tell_failure(problem)
            return
        later = [timeperiod for timeperiod in found if timeperiod > here]
        if not found:
            self.notify(f"No problem in {process_name}.", markup=False, timeout=3)
            return
        if not later:
            self.notify(f"No later one: this is the oldest problem of {process_name}.", markup=False, timeout=3)
        if self.grid.window.qualifier is not qualifier:
            self.grid.zoom(qualifier)
        self.grid.go_to(process_name, ordinal_of(qualifier, min(later or found)))

    async def _problems(self, process_name: str, here: str) -> list[str]:
        """Timeperiods with problems, the oldest and the next behind ``here`` among them."""
        call = self.desk.feed.call
        skipped = q.ListJobs(process_name, states=(JobState.SKIPPED,), limit=1)
        oldest = await call(skipped)
        following = await call(replace(skipped, from_timeperiod=here or None, limit=2))
        wanted = q.ListUows(states=(UowState.INVALID,), process_name=process_name)
        page = await call(wanted)
        invalid = [*page.uows]
        while page.more and page.uows:
            page = await call(replace(wanted, before=page.uows[-1].uow_id))
            invalid += page.uows
        found = [at.timeperiod for at in (*oldest.jobs, *following.jobs)]
        return found + [at.timeperiod for at in invalid]
