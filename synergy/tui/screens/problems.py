"""What keeps all jobs that do not go on, folded into its roots: where an operator begins at night."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from textual.app import ComposeResult

from synergy.core.control import replies as r
from synergy.core.control import why_requests as y
from synergy.tui.model.health import Line
from synergy.tui.model.problems import key_of, problems_table, root_lines, summary
from synergy.tui.model.reducer import Step
from synergy.tui.model.table import Table
from synergy.tui.screens.detailed import Detailed
from synergy.tui.screens.frame import bindings_of
from synergy.tui.widgets.lines import LinesView

MOST_ROOTS: Final = 200
AGAIN_SECONDS: Final = 5.0
"""All unfinished jobs are looked at for one answer: while things change it is asked for no more often."""


class ProblemsScreen(Detailed):
    """The roots, the worst first."""

    screen_name = "problems"
    BINDINGS = bindings_of(screen_name)
    empty = "Nothing keeps a job: what is not finished goes on by itself."
    _answer: r.WhyAll | None = None

    def body(self) -> ComposeResult:
        """The sum, the roots, all of one root."""
        yield LinesView(id="sum")
        yield from super().body()

    async def read(self) -> None:
        """All roots, up to a limit."""
        self._answer = await self.desk.feed.call(y.WhyAll(MOST_ROOTS))
        self.show()

    def on_step(self, step: Step, cells: frozenset[str]) -> None:
        """Read again, now and then, while things change."""
        del cells
        self.reload_in_time(AGAIN_SECONDS, changed=bool(step.jobs or step.uows or step.stale))

    def show(self) -> None:
        """Show what was read."""
        if self._answer is not None:
            self.query_one("#sum", LinesView).show_lines([summary(self._answer)])
        super().show()

    def make_table(self) -> Table:
        """The roots."""
        return problems_table(self._answer, self.desk.style) if self._answer else Table(())

    def row_lines(self, key: str) -> list[Line]:
        """All of a root."""
        root = self._root(key)
        return root_lines(root, self.desk.style, self.desk.shell_line) if root else []

    def heading(self) -> str:
        """What the rows are."""
        return "problems"

    def target(self) -> str | None:
        """The root's job."""
        root = self._root(self.table.key)
        return root.job if root else None

    def targets(self) -> tuple[str, ...]:
        """The jobs of the marked roots, or of the one under the cursor."""
        return tuple(
            dict.fromkeys(root.job for key in self.chosen_keys() for root in self._roots() if key_of(root) == key)
        )

    def fix(self) -> str | None:
        """The command that helps against the root."""
        root = self._root(self.table.key)
        return root.command if root else None

    def plain_lines(self) -> list[str]:
        """The sum, the roots, all of one root."""
        parts = [self.query_one(f"#{name}", LinesView).text for name in ("sum", "row-facts")]
        return [parts[0], *super().plain_lines(), *parts[1:]]

    def _roots(self) -> Iterator[r.RootCause]:
        yield from self._answer.roots if self._answer else ()

    def _root(self, key: str | None) -> r.RootCause | None:
        return next((root for root in self._roots() if key_of(root) == key), None)
