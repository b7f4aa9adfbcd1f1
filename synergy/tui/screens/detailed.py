"""A table, and below it all of the row under the cursor: what no column of a narrow terminal has room for."""

from __future__ import annotations

from textual.app import ComposeResult

from synergy.tui.model.health import Line
from synergy.tui.screens.tabular import Tabular
from synergy.tui.widgets.line_table import LineTable
from synergy.tui.widgets.lines import LinesView


class Detailed(Tabular):
    """One table, and the lines of its row."""

    def body(self) -> ComposeResult:
        """The table, and its row."""
        yield LineTable(empty=self.empty, id="main")
        yield LinesView(fold=True, id="row-facts")

    def row_lines(self, key: str) -> list[Line]:
        """What is known of a row."""
        raise NotImplementedError

    def show(self) -> None:
        """Show what is known."""
        super().show()
        self.show_row()

    def show_row(self) -> None:
        """Show the row under the cursor in full."""
        key = self.table.key
        self.query_one("#row-facts", LinesView).show_lines([] if key is None else self.row_lines(key))

    def on_line_table_moved(self) -> None:
        """Another row."""
        self.show_row()
