"""Health in one glance: what is wrong, the deployment's parts, and each tree's counts, lag and last failure.

Each line leads to the screen that shows what it tells of; the cursor goes from the trees up into the lines above.
"""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult

from synergy.tui.feed import Announcement
from synergy.tui.model.connection import LinkState
from synergy.tui.model.health import Told, health, health_lines
from synergy.tui.model.listings import trees_table
from synergy.tui.model.table import Table
from synergy.tui.model.trail import Place
from synergy.tui.places import GoTo
from synergy.tui.screens.frame import bindings_of
from synergy.tui.screens.tabular import Tabular
from synergy.tui.widgets.line_table import LineTable
from synergy.tui.widgets.link_lines import LinkLines

LOW: Final = 32
"""A terminal of fewer lines tells less above the trees."""

TRIES: Final = 3
"""A lost connection that is not had again by then is told above the trees, with what helps."""


class OverviewScreen(Tabular):
    """The first screen."""

    screen_name = "overview"
    empty = "No tree is defined; see synergyd check."
    BINDINGS = bindings_of(screen_name)

    def body(self) -> ComposeResult:
        """Health, then trees."""
        yield LinkLines(indent=8, id="health")
        yield LineTable(id="main")

    @property
    def head(self) -> LinkLines:
        """The lines above the trees."""
        return self.query_one(LinkLines)

    def show(self) -> None:
        """Show what is known."""
        is_low = self.app.size.height < LOW
        told = health(self.desk.view, self.desk.style, is_low=is_low)
        if not is_low:
            told = [each._replace(is_cut=False) for each in told]
        if trouble := self._trouble():
            told = [*trouble, *(told if self.desk.link.is_stale else ())]
        self.head.show_told(told)
        super().show()

    def _trouble(self) -> list[Told]:
        """Why there is no daemon, and what helps; a connection that is just lost may be back at once."""
        link = self.desk.link
        if link.is_live or not link.reason or (link.is_stale and link.attempt < TRIES):
            return []
        return [Told([("! ", "bold problem"), (link.reason, "")]), Told([(f"  {link.remedy}", "faint")])]

    def hear(self, announcement: Announcement, cells: frozenset[str]) -> None:
        """A lost connection is told above all else, too, and no longer than it lasts."""
        super().hear(announcement, cells)
        if isinstance(announcement, LinkState):
            self.show()

    def on_resize(self) -> None:
        """A low terminal tells less."""
        super().on_resize()
        self.call_after_refresh(self.show)

    def make_table(self) -> Table:
        """Trees."""
        return trees_table(self.desk.view.trees, self.desk.style)

    def heading(self) -> str:
        """The screen, and what its rows are."""
        return "overview · trees"

    def target(self) -> str | None:
        """The tree, or the job that a line above is of."""
        if not self.head.has_focus:
            return super().target()
        leads = self.head.told.leads if self.head.told else None
        return leads.target if leads is not None and leads.screen == "job" else None

    def copied(self) -> str:
        """The tree; of a line above, the job that it is of, or all that it says."""
        told = self.head.told
        if self.head.has_focus and told is not None:
            return self.target() or "".join(text for text, _ in told.line).strip()
        return super().copied()

    def do_enter(self) -> None:
        """Into the tree, or to where the line leads."""
        told = self.head.told
        if not self.head.has_focus:
            if tree := self.target():
                self.post_message(GoTo(Place("tree", tree), inside=True))
        elif told is not None and told.leads is not None:
            self.post_message(GoTo(told.leads, inside=True, filter_source=told.filter_source))

    def on_line_table_over_top(self) -> None:
        """Up from the first tree: into the lines above."""
        self.head.focus()
        self.head.go_to(last=True)

    def on_link_lines_below(self) -> None:
        """Down from the last line: to the trees."""
        self.table.focus()

    def on_link_lines_chosen(self) -> None:
        """A double click is enter."""
        self.do_enter()

    def plain_lines(self) -> list[str]:
        """Health and trees."""
        lines = health_lines(self.desk.view, self.desk.style)
        return [*("".join(text for text, _ in line) for line in lines), "", *super().plain_lines()]
