"""Only what is different is written, and the terminal shows all the same what it should."""

from __future__ import annotations

import re
from collections.abc import Iterable
from io import StringIO

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from synergy.tui.canvas import Canvas

WIDTH, HEIGHT = 12, 3
STYLES = (Style(color="red"), Style(bold=True))
CONSOLE = Console(file=StringIO(), force_terminal=True, color_system="256", legacy_windows=False)
PLACE = re.compile(r"\x1b\[(\d+);(\d+)H|\x1b\[([0-9;]*)m|(.)", re.DOTALL)

Picture = list[list[tuple[str, int]]]
"""Per line a character and a style per cell."""
Span = tuple[int, int, int]
Cut = int
"""Where a second widget begins."""


class Terminal:
    """What a terminal shows of what is written to it."""

    def __init__(self) -> None:
        self.cells = [[("?", "")] * WIDTH for _ in range(HEIGHT)]
        self.x = self.y = 0

    def write(self, text: str) -> None:
        style = ""
        for found in PLACE.finditer(text):
            row, column, sgr, character = found.groups()
            if row:
                self.y, self.x = int(row) - 1, int(column) - 1
            elif sgr is not None:
                style = "" if sgr == "0" else sgr
            elif character != "\n":
                self.cells[self.y][self.x] = (character, style)
                self.x += 1


def strip_of(cells: list[tuple[str, int]]) -> Strip:
    """Equal neighbours in one segment, as the console's widgets make them."""
    segments: list[Segment] = []
    for character, style in cells:
        if segments and segments[-1].style == STYLES[style]:
            segments[-1] = Segment(segments[-1].text + character, STYLES[style])
        else:
            segments.append(Segment(character, STYLES[style]))
    return Strip(segments)


def whole(picture: Picture, cut: Cut) -> LayoutUpdate:
    pieces: list[Iterable[Strip]] = [[strip_of(line[:cut]), strip_of(line[cut:])] for line in picture]
    return LayoutUpdate(pieces, Region(0, 0, WIDTH, HEIGHT))


def part(picture: Picture, cut: Cut, y: int, left: int, right: int) -> ChopsUpdate:
    """The cells of a line from ``left`` to ``right``, as Textual would have them drawn."""
    chops = [{0: strip_of(line[:cut]), cut: strip_of(line[cut:])} for line in picture]
    return ChopsUpdate(chops, [(y, left, right)], [[cut, WIDTH]] * HEIGHT)


def bytes_of(canvas: Canvas, update: LayoutUpdate | ChopsUpdate) -> str:
    return canvas.write(update, CONSOLE)


CELLS = st.tuples(st.sampled_from("ab■"), st.integers(0, 1))
PICTURES = st.lists(st.lists(CELLS, min_size=WIDTH, max_size=WIDTH), min_size=HEIGHT, max_size=HEIGHT)
CUTS = st.integers(1, WIDTH - 1)
SPANS = st.tuples(st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 1), st.integers(1, WIDTH))
STEPS = st.lists(st.tuples(PICTURES, CUTS, st.none() | SPANS), min_size=1, max_size=8)


@given(STEPS)
def test_the_terminal_shows_the_same_as_if_all_were_written(
    steps: list[tuple[Picture, Cut, tuple[int, int, int] | None]],
) -> None:
    canvas, seen, expected = Canvas(), Terminal(), Terminal()
    for picture, cut, span in steps:
        if span is None:
            update: LayoutUpdate | ChopsUpdate = whole(picture, cut)
        else:
            y, left, right = span
            update = part(picture, cut, y, min(left, right - 1), right)
        expected.write(update.render_segments(CONSOLE))
        seen.write(bytes_of(canvas, update))
        assert seen.cells == expected.cells


def plain(text: str) -> Picture:
    return [[(character, 0) for character in text.ljust(WIDTH)]] * HEIGHT


def test_a_picture_that_repeats_the_one_before_costs_nothing() -> None:
    canvas = Canvas()
    assert bytes_of(canvas, whole(plain("one"), 4))
    assert bytes_of(canvas, whole(plain("one"), 4)) == ""
    assert bytes_of(canvas, part(plain("one"), 4, 1, 0, WIDTH)) == ""


def test_of_a_line_only_the_cells_that_changed_are_written() -> None:
    canvas = Canvas()
    bytes_of(canvas, whole(plain("■■■■■■■■■"), 11))
    picture = plain("■■■■■■■■■")
    picture[1] = [*picture[1][:6], ("b", 1), *picture[1][7:]]
    written = bytes_of(canvas, whole(picture, 11))
    assert written.count("H") == 1
    assert "\x1b[2;7H" in written
    assert "■" not in written


def test_a_terminal_that_others_wrote_to_is_drawn_anew() -> None:
    canvas = Canvas()
    bytes_of(canvas, whole(plain("one"), 4))
    canvas.forget()
    assert bytes_of(canvas, whole(plain("one"), 4)).count("one") == HEIGHT


def test_what_takes_no_cell_is_written_too() -> None:
    canvas = Canvas()
    for segments in ([Segment("ab")], [Segment("ab"), Segment("\u0301")], [Segment("\u200b"), Segment("ab")]):
        update = LayoutUpdate([[Strip(segments, 2)]], Region(0, 0, 2, 1))
        assert "".join(segment.text for segment in segments) in bytes_of(canvas, update)


def test_wide_and_combining_characters_are_never_torn() -> None:
    canvas = Canvas()
    for text in ("日本語のログ", "日本記のログ", "e\u0301clair"):
        line = Strip([Segment(text, STYLES[0])])
        update = LayoutUpdate([[line]], Region(0, 0, line.cell_length, 1))
        assert text in bytes_of(canvas, update)
