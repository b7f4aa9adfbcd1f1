"""What stands on the terminal already: only what is different is written.

Textual paints whole screens whenever one is pushed, popped or laid out anew, several times while a place opens, and a
changed cell together with all that is left of it. Over 64 kbit/s that is felt. Here each piece of a line is compared
with what was written there last.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.control import Control
from rich.segment import Segment
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip


class Canvas:
    """The terminal's lines as pieces: where each begins, and what it is. What is not in a piece is not known."""

    def __init__(self) -> None:
        self._lines: dict[int, dict[int, Strip]] = {}

    def forget(self) -> None:
        """The terminal was written to by others, or is another one: nothing is known of it."""
        self._lines.clear()

    def update(self, renderable: RenderableType | None) -> RenderableType | None:
        """What to display instead of an update of Textual's; it is compared when it is written."""
        if isinstance(renderable, LayoutUpdate | ChopsUpdate):
            return _Difference(self, renderable)
        return renderable

    def write(self, update: LayoutUpdate | ChopsUpdate, console: Console) -> str:
        """The text that makes the terminal show an update."""
        pieces = _pieces(update) if isinstance(update, LayoutUpdate) else _parts(update)
        return "".join(self._write(y, x, strip, console) for y, x, strip in pieces)

    def _write(self, y: int, x: int, strip: Strip, console: Console) -> str:
        line = self._lines.setdefault(y, {})
        before = line.get(x)
        if before is not None and before.cell_length > strip.cell_length:
            strip = Strip.join([strip, before.crop(strip.cell_length)])
        if before is not None and before.cell_length == strip.cell_length:
            offset, rest = _difference(before, strip)
        else:
            offset, rest = 0, strip
            end = x + strip.cell_length
            for start in [start for start, piece in line.items() if start < end and start + piece.cell_length > x]:
                del line[start]
        line[x] = strip
        return f"{Control.move_to(x + offset, y).segment.text}{rest.render(console)}" if rest else ""


class _Difference(CompositorUpdate):
    def __init__(self, canvas: Canvas, update: LayoutUpdate | ChopsUpdate) -> None:
        self._canvas, self._update = canvas, update

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        return self._update.__rich_console__(console, options)

    def render_segments(self, console: Console) -> str:
        return self._canvas.write(self._update, console)


def _pieces(update: LayoutUpdate) -> Iterator[tuple[int, int, Strip]]:
    """Of a whole picture: line, column, piece."""
    for y, strips in enumerate(update.strips, update.region.y):
        x = update.region.x
        for strip in strips:
            yield y, x, strip
            x += strip.cell_length


def _parts(update: ChopsUpdate) -> Iterator[tuple[int, int, Strip]]:
    """Of a picture in part, as Textual itself would write them."""
    for y, left, right in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is None or x > right or end <= left:
                continue
            yield y, x, strip if x >= left and end <= right else strip.crop(0, min(end, right) - x)


def _difference(before: Strip, strip: Strip) -> tuple[int, Strip]:
    """How far two pieces of one length begin alike, and what is different behind that, up to where they end alike."""
    old, new = list(before), list(strip)
    if old == new:
        return 0, Strip([])
    offset = 0
    while old and new and old[0] == new[0]:
        offset += new[0].cell_length
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    if not old or not new:  # something that takes no cell
        return 0, strip
    alike = _alike(old[0], new[0])
    new[0] = Segment(new[0].text[alike:], new[0].style)
    if not alike or len(new) > 1:  # else both ends would be counted twice
        trailing = _alike(old[-1], new[-1], from_end=True)
        new[-1] = Segment(new[-1].text[: len(new[-1].text) - trailing], new[-1].style)
    return offset + alike, Strip([segment for segment in new if segment.text])


def _alike(old: Segment, new: Segment, *, from_end: bool = False) -> int:
    """How many characters two segments of one style begin with, or end with, in common; a cell each, or none count."""
    if old.style != new.style or cell_len(old.text) != len(old.text) or cell_len(new.text) != len(new.text):
        return 0
    step = -1 if from_end else 1
    pairs = zip(old.text[::step], new.text[::step], strict=False)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(old.text), len(new.text)))
