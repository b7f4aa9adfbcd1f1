"""A screen that is one table: filter, sort, marks and only-problems come from here, rows from the screen itself."""

from __future__ import annotations

from textual.app import ComposeResult

from synergy.tui.model.table import Table
from synergy.tui.screens.frame import Frame
from synergy.tui.widgets.line_table import LineTable


class Tabular(Frame):
    """One table under the panel's title."""

    empty = "Nothing to show."

    def body(self) -> ComposeResult:
        """The table."""
        yield LineTable(empty=self.empty, id="main")

    @property
    def table(self) -> LineTable:
        """The table."""
        return self.query_one("#main", LineTable)

    def make_table(self) -> Table:
        """What is known, as rows."""
        return Table(())

    def show(self) -> None:
        """Show what is known; whether there is nothing is known once it was read."""
        self.table.empty = (
            self.empty if self.is_read else "Reading …" if self.desk.link.is_live else "No connection yet."
        )
        self.table.show_table(self.make_table())
        self.chrome()

    def narrow(self) -> None:
        """Filter the rows."""
        if self.is_mounted:
            self.table.narrow(self.wanted, only_problems=self.only_problems)

    def title_text(self) -> str:
        """What, and how many."""
        filtered = f" /{self.wanted.source}{self.wanted.note}" if self.wanted else ""
        problems = " problems only" if self.only_problems else ""
        order = f" by {self.table.unseen_order}" if self.table.unseen_order else ""
        return f"{self.heading()} {self.table.counts}{filtered}{problems}{order}{self._told_marks()}"

    def _told_marks(self) -> str:
        if not self.table.marks:
            return ""
        hidden = f", {self.table.hidden_marks:,} of them hidden" if self.table.hidden_marks else ""
        return f" · {len(self.table.marks):,} marked{hidden}"

    def heading(self) -> str:
        """What the rows are."""
        return self.place.crumb

    def target(self) -> str | None:
        """The row's key."""
        return self.table.key

    def chosen_keys(self) -> tuple[str, ...]:
        """The marked rows that are shown, or the one under the cursor where none is marked."""
        if self.table.marks:
            return tuple(row.key for row in self.table.shown.rows if row.key in self.table.marks)
        return () if self.table.key is None else (self.table.key,)

    def targets(self) -> tuple[str, ...]:
        """The marked rows that are shown, or the one under the cursor."""
        return self.chosen_keys() if self.table.marks else super().targets()

    def copied(self) -> str:
        """The marked rows, or what the cursor stands on; of a row that is of no thing, all that it says."""
        if self.table.marks:
            return "\n".join(self.chosen_keys())
        row = self.table.row
        return self.target() or ("  ".join(cell.text for cell in row.cells if cell.text) if row else "")

    def hidden_marks(self) -> int:
        """Marked rows that are not shown."""
        return self.table.hidden_marks

    def drop_marks(self) -> bool:
        """Unmark all rows."""
        had = bool(self.table.marks)
        self.table.drop_marks()
        self.chrome()
        return had

    def do_mark(self) -> None:
        """Mark the row."""
        self.table.toggle_mark()
        self.chrome()

    def do_mark_range(self) -> None:
        """Mark from the last mark to here."""
        self.table.mark_range()
        self.chrome()

    def do_mark_all(self) -> None:
        """Mark all rows that are shown."""
        self.tell_marked(self.table.mark_all(), "row")
        self.chrome()

    def on_line_table_sorted(self) -> None:
        """The title may tell by what."""
        self.chrome()

    def on_line_table_chosen(self) -> None:
        """A double click is enter."""
        self.do_enter()

    def shown_table(self) -> Table:
        """The rows shown."""
        return self.table.shown

    def plain_lines(self) -> list[str]:
        """The rows shown."""
        return [self.title_text(), *self.table.shown.lines()]
