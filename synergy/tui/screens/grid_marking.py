"""The marks of the timetable: jobs that a verb is about together, by cell, by range, or by what a filter says."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from synergy.core.errors import SynergyError
from synergy.core.states import JobState
from synergy.tui.model.glyphs import INVALID, JOB_LOOKS
from synergy.tui.model.grid_view import GridLine, is_rolled_up, matching
from synergy.tui.model.marks import MOST_MARKS
from synergy.tui.screens.frame import Frame
from synergy.tui.seeking import inside
from synergy.tui.widgets.period_grid import PeriodGrid

PROBLEM_WORDS: Final = frozenset({INVALID.word, JobState.SKIPPED.word})
WORDS: Final = frozenset({INVALID.word, *(look.word for look in JOB_LOOKS.values())})
"""What a cell may say."""


class GridMarking(Frame):
    """Part of the timetable."""

    @property
    def grid(self) -> PeriodGrid:
        """The grid."""
        return self.query_one("#main", PeriodGrid)

    def targets(self) -> tuple[str, ...]:
        """The marked jobs of the rows that are shown, or what is under the cursor."""
        if len(self.grid.marks):
            return self.grid.marks.targets(line.process_name for line in self.grid.lines)
        return super().targets()

    def log_targets(self) -> tuple[str, ...]:
        """Each of the marked jobs, neighbours too, or what is under the cursor."""
        if len(self.grid.marks):
            return self.grid.marks.jobs(line.process_name for line in self.grid.lines)
        return super().log_targets()

    def hidden_marks(self) -> int:
        """Marked jobs of rows that are not shown."""
        return self.grid.marks.hidden(line.process_name for line in self.grid.lines)

    def told_marks(self) -> str:
        """How many are marked, for the title."""
        hidden = self.hidden_marks()
        told = f", {hidden:,} of them hidden" if hidden else ""
        return f" · {len(self.grid.marks):,} marked{told}" if len(self.grid.marks) else ""

    def drop_marks(self) -> bool:
        """Unmark all jobs."""
        had = len(self.grid.marks) > 0
        self.grid.marks.clear()
        self.grid.redraw()
        self.chrome()
        return had

    def do_mark(self) -> None:
        """Mark the job."""
        self.grid.toggle_mark()
        self.chrome()

    def do_mark_range(self) -> None:
        """Mark from the last mark to here, in all rows between."""
        if not self.grid.mark_range():
            self._too_many("mark range")
        self.chrome()

    def do_mark_all(self) -> None:
        """Mark the jobs of the window that the filter means: of its states, or with problems."""
        meant = frozenset(word for word in WORDS if self._is_meant(word))
        if meant == WORDS or not any(is_rolled_up(line, self.grid.window) for line in self.grid.lines):
            self._mark({line: self._matching(line, meant) for line in self.grid.lines})
        elif self.desk.link.is_live:
            self.work(self._mark_inside(meant), "marking", exclusive=True)

    def _is_meant(self, word: str) -> bool:
        return self.wanted.passes_state(word) and (not self.only_problems or word in PROBLEM_WORDS)

    def _matching(self, line: GridLine, meant: Collection[str]) -> set[int]:
        return matching(line, self.grid.window, self.desk.cache, meant.__contains__)

    async def _mark_inside(self, meant: frozenset[str]) -> None:
        """A cell that stands for several shows the worst of them only: what is inside is read."""
        found: dict[GridLine, Collection[int]] = {}
        window = self.grid.window
        try:
            for line in self.grid.lines:
                if not is_rolled_up(line, window):
                    found[line] = self._matching(line, meant)
                    continue
                seen = PROBLEM_WORDS if meant <= PROBLEM_WORDS else WORDS  # a problem is never hidden by what is worse
                found[line] = await inside(self.desk.feed, line, self._matching(line, seen), meant)
        except SynergyError as problem:
            self.tell_failure(problem)
            return
        self._mark(found)

    def _mark(self, found: dict[GridLine, Collection[int]]) -> None:
        if self.grid.marks.add(found):
            self.tell_marked(len(self.grid.marks), "job")
        else:
            self._too_many("mark all")
        self.grid.redraw()
        self.chrome()

    def _too_many(self, what: str) -> None:
        text = f"{what}: more than {MOST_MARKS:,} jobs; filter, look closer (>), or name a process or tree"
        self.notify(text, severity="warning")
