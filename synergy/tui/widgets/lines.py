"""A few fixed lines of coloured parts: heads of screens, facts under a grid, the top and bottom of the console."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from synergy.tui.model.health import Line
from synergy.tui.widgets.colors import style_of

WHOLE_CELLS: Final = 24
"""A part that is no longer than this is not broken: ``○ 2 skipped``."""


class LinesView(Widget):
    """Shows lines; only those that differ from before are drawn again. Too long ones are cut, or folded if asked.

    ``keeps_end``: where there is no room for all, the first line, a heading, and the last ones are shown.
    """

    def __init__(
        self,
        lines: Sequence[Line] = (),
        *,
        fold: bool = False,
        indent: int = 4,
        keeps_end: bool = False,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self._given: list[Line] = list(lines)
        self._fold = fold
        self._indent = indent
        self._keeps_end = keeps_end
        self._lines: list[Line] = list(lines)

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show these lines; the height follows when the stylesheet says ``auto``."""
        self._given = list(lines)
        self._lay_out()

    @property
    def text(self) -> str:
        """What is shown, without colours."""
        return "\n".join("".join(text for text, _ in line) for line in self._given)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many as there are lines."""
        del container, viewport
        return len(fold_lines(self._given, width, self._indent)) if self._fold else len(self._given)

    def on_resize(self) -> None:
        """Fold anew."""
        self._lay_out()

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        base = self.rich_style
        missing = max(0, len(self._lines) - self.size.height) if self._keeps_end and y > 0 else 0
        parts = self._lines[y + missing] if y + missing < len(self._lines) else []
        segments = [
            Segment(text, base + style_of(color)) for text, color in shorten_line(parts, self.size.width) if text
        ]
        return Strip(segments or [Segment("", base)]).adjust_cell_length(self.size.width, base)

    def _lay_out(self) -> None:
        before = self._lines
        self._lines = fold_lines(self._given, self.size.width, self._indent) if self._fold else self._given
        if len(before) != len(self._lines):
            self.refresh(layout=True)
        elif before != self._lines:
            self.refresh()


def width_of(line: Line) -> int:
    """How many cells a line takes."""
    return sum(cell_len(text) for text, _ in line)


def shorten_line(line: Line, room: int) -> Line:
    """Cut a line at its end, and say so with an ellipsis, so that it takes at most ``room`` cells."""
    if width_of(line) <= room:
        return line
    kept: Line = []
    for text, color in line:
        left = room - width_of(kept)
        if cell_len(text) >= left:
            return [*kept, (set_cell_size(text, max(0, left - 1)), color), ("…" if left > 0 else "", color)]
        kept.append((text, color))
    return kept


def fold_lines(lines: Sequence[Line], width: int, indent: int = 4) -> list[Line]:
    """Break lines that are too long at blanks; what follows is indented."""
    if width < indent + 20:
        return list(lines)
    folded: list[Line] = []
    for line in lines:
        folded.extend(_fold(line, width, indent))
    return folded


def _fold(line: Line, width: int, indent: int) -> list[Line]:
    folded: list[Line] = [[]]
    room = width
    for text, color in line:
        rest = text
        while len(rest.rstrip()) > room:
            cut = rest.rfind(" ", 1, room + 1) if len(rest) > WHOLE_CELLS else 0
            if cut <= 0:  # one long word: begins on a line of its own, and is broken where that ends
                cut = room if room >= (width if len(folded) == 1 else width - indent) else 0
            folded[-1].append((rest[:cut].rstrip(), color))
            rest = rest[cut:].lstrip()
            folded.append([(" " * indent, "")])
            room = width - indent
        folded[-1].append((rest, color))
        room -= len(rest)
    return folded
