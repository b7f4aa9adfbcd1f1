"""Two logs compared, a row a line: a sign, the line's numbers in both, and what of it is different."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from rich.segment import Segment
from rich.style import Style

from synergy.tui.model.log_diff import DiffRow, Kind, beginnings
from synergy.tui.widgets.colors import GREY, SELECTED_BLURRED, style_of
from synergy.tui.widgets.scrolled_lines import ScrolledLines

CURSOR: Final = "›"
_COLORS: Final[Mapping[Kind, str]] = {
    Kind.SAME: "", Kind.FOLDED: GREY, Kind.REMOVED: "problem", Kind.ADDED: "good", Kind.WAS: "warning",
    Kind.IS: "warning",
}  # fmt: skip
_DIFFERENT: Final = Style(bold=True, underline=True)


class DiffView(ScrolledLines):
    """The rows of a comparison."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(empty="Reading both logs …", id=id)
        self.shown: Sequence[DiffRow] = ()
        self._longest = 0
        self._digits = 1
        self._beginnings: list[int] = []

    def show_rows(self, rows: Sequence[DiffRow]) -> None:
        """Show a comparison; the line under the cursor stays, or the first difference is shown."""
        at = self.row
        self.shown = rows
        self._beginnings = beginnings(rows)
        self._longest = max((len(row.text) for row in rows), default=0)
        self._digits = len(str(max((max(row.old or 0, row.new or 0) for row in rows), default=0) + 1))
        self.resize()
        same = [index for index, row in enumerate(rows) if at is not None and (row.old, row.new) == (at.old, at.new)]
        self.go((same or self._beginnings or [0])[0], centre=True)

    @property
    def rows(self) -> int:
        """See ScrolledLines."""
        return len(self.shown)

    @property
    def row(self) -> DiffRow | None:
        """The row under the cursor."""
        return self.shown[self.cursor] if self.cursor < len(self.shown) else None

    @property
    def frozen(self) -> int:
        """See ScrolledLines."""
        return 1 + 2 * (self._digits + 1) + 3

    @property
    def longest(self) -> int:
        """See ScrolledLines."""
        return self._longest + self.frozen

    @property
    def place(self) -> str:
        """Which of the differences the cursor stands on or behind: ``2/7``."""
        passed = sum(at <= self.cursor for at in self._beginnings)
        return f"{passed}/{len(self._beginnings)}"

    def step(self, by: int) -> None:
        """To the next difference, or the one before, round the ends."""
        if not self._beginnings:
            return
        if by > 0:
            wanted = next((at for at in self._beginnings if at > self.cursor), self._beginnings[0])
        else:
            wanted = next((at for at in reversed(self._beginnings) if at < self.cursor), self._beginnings[-1])
        self.go(wanted, centre=True)
        self.post_message(self.Moved(at_end=self.at_end))

    def draw(self, index: int, base: Style) -> list[Segment]:
        """See ScrolledLines."""
        row = self.shown[index]
        selected = index == self.cursor
        if selected:
            base += style_of(SELECTED_BLURRED)
        style = base + style_of(_COLORS[row.kind])
        old, new = (f"{'' if number is None else number + 1:>{self._digits}} " for number in (row.old, row.new))
        return [
            Segment(CURSOR if selected else " ", base + style_of(GREY)),
            Segment(f"{old}{new}", base + style_of(GREY)),
            Segment(f"{row.kind.value} ", style),
            Segment(row.text[: row.begin], style),
            Segment(row.text[row.begin : row.end], style + _DIFFERENT),
            Segment(row.text[row.end :], style),
        ]
