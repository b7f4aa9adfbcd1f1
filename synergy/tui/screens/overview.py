"""Health in one glance: what is wrong, the deployment's parts, and each tree's counts, lag and last failure."""

from __future__ import annotations

from textual.app import ComposeResult

from synergy.tui.model.health import health_lines
from synergy.tui.model.listings import trees_table
from synergy.tui.model.table import Table
from synergy.tui.model.trail import Place
from synergy.tui.places import GoTo
from synergy.tui.screens.frame import bindings_of
from synergy.tui.screens.tabular import Tabular
from synergy.tui.widgets.line_table import LineTable
from synergy.tui.widgets.lines import LinesView


class OverviewScreen(Tabular):
    """The first screen."""

    screen_name = "overview"
    empty = "No tree is defined; see synergyd check."
    BINDINGS = bindings_of(screen_name)

    def body(self) -> ComposeResult:
        """Health, then trees."""
        yield LinesView(fold=True, indent=8, id="health")
        yield LineTable(id="main")

    def show(self) -> None:
        """Show what is known."""
        lines = health_lines(self.desk.view, self.desk.style)
        link = self.desk.link
        if not link.is_live and link.heard is None and link.reason:
            lines = [[("! ", "bold problem"), (link.reason, "")], [(f"  {link.remedy}", "faint")]]
        self.query_one("#health", LinesView).show_lines(lines)
        super().show()

    def make_table(self) -> Table:
        """Trees."""
        return trees_table(self.desk.view.trees, self.desk.style)

    def heading(self) -> str:
        """The screen, and what its rows are."""
        return "overview · trees"

    def do_enter(self) -> None:
        """Into the tree."""
        if tree := self.target():
            self.post_message(GoTo(Place("tree", tree), inside=True))

    def plain_lines(self) -> list[str]:
        """Health and trees."""
        health = ["".join(text for text, _ in line) for line in health_lines(self.desk.view, self.desk.style)]
        return [*health, "", *super().plain_lines()]
