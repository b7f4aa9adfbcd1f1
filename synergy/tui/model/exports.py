"""What a screen shows, as a file: lines of text, CSV or JSON; pure. A picture (SVG) is the app's to draw.

In CSV and JSON a figure stands for its wording: seconds for ``3d 4h``, bytes for ``96.4 MB``, a share from 0 to 1, a
time as ISO 8601, a state as its word. Unknown is empty, and null.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Final, NamedTuple

import msgspec

from synergy.core.errors import InvalidArgument
from synergy.tui.model.formats import DASH
from synergy.tui.model.glyphs import CELL_LOOKS, JOB_LOOKS, UOW_LOOKS, GlyphSet, Look
from synergy.tui.model.table import Cell, Table

TEXT, CSV, JSON, SVG = FORMATS = ("txt", "csv", "json", "svg")
"""How a file may be written, which is how its name ends."""

MOST_STEM: Final = 120
"""A longer name is cut: file systems take 255 bytes."""


_FORMULA: Final = re.compile(r"[=+\-@\t\r\n＝＋－＠].", re.DOTALL)
"""How what a spreadsheet computes begins, the wide signs too; a sign alone is none."""

_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)


class Sheet(NamedTuple):
    """What is shown. ``lines``: all of it as text; ``table``: its rows; ``freshness``: as the border says it."""

    deployment: str
    place: str
    title: str
    freshness: str
    lines: list[str]
    table: Table


class Wanted(NamedTuple):
    """Where to: ``path`` None is a new file of the current folder. ``overwrites``: what is there may be replaced."""

    format: str
    path: PurePath | None = None
    overwrites: bool = False


def read_wanted(text: str, *, overwrites: bool) -> Wanted:
    """What follows ``:save``: a format, or a file whose name ends like one.

    Raises:
        InvalidArgument: it is neither.
    """
    if text.lower() in FORMATS and not overwrites:
        return Wanted(text.lower())
    path = PurePath(text)
    ending = path.suffix.lower().removeprefix(".")
    if ending not in FORMATS or not path.stem:
        known = ", ".join(FORMATS)
        what = f'"{text}" is no file that can be written' if text else ":save! needs a file"
        raise InvalidArgument(what, remedy=f"end its name with a dot and one of {known}; or :save {FORMATS[1]}")
    return Wanted(ending, path, overwrites)


def stem_of(screen: str, target: str) -> str:
    """How a file is called that nobody named: ``synergy-job-FlightsDaily@2013010100``."""
    name = f"synergy-{screen}-{target}" if target else f"synergy-{screen}"
    return "".join(sign if (sign.isascii() and sign.isalnum()) or sign in "-_.@" else "_" for sign in name)[:MOST_STEM]


def text_of(sheet: Sheet) -> str:
    """As it is read on the screen."""
    return "".join(f"{line.rstrip()}\n" for line in "\n".join(sheet.lines).split("\n"))


def csv_of(sheet: Sheet) -> str:
    """The rows, as RFC 4180 wants them; the first column is what each row is of."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(map(_inert, ["key", *_titles(sheet.table)]))
    for row in sheet.table.rows:
        writer.writerow(map(_inert, [row.key, *(_figure(cell) for cell in row.cells)]))
    return written.getvalue()


def _inert(field: str | float | None) -> str | float | None:
    """A field that no spreadsheet computes: texts are of whoever wrote a job (OWASP, CSV Injection)."""
    if isinstance(field, str) and _FORMULA.match(field) and not _NUMBER.fullmatch(field):
        return f"'{field}"
    return field


def json_of(sheet: Sheet) -> str:
    """All of it; rows by the titles of their columns."""
    titles = _titles(sheet.table)
    rows = [{"key": row.key, **dict(zip(titles, map(_figure, row.cells), strict=True))} for row in sheet.table.rows]
    said = {**sheet._asdict(), "rows": rows}
    del said["table"]
    return msgspec.json.format(msgspec.json.encode(said), indent=2).decode() + "\n"


def _titles(table: Table) -> list[str]:
    """Each once: a second column of a title is numbered, as two would be one in JSON."""
    seen: dict[str, int] = {}
    titles = []
    for column in table.columns:
        seen[column.title] = number = seen.get(column.title, 0) + 1
        titles.append(column.title if number == 1 else f"{column.title} {number}")
    return titles


def _looks() -> Mapping[str, str]:
    looks: tuple[Look, ...] = (*JOB_LOOKS.values(), *UOW_LOOKS.values(), *CELL_LOOKS.values())
    return {GlyphSet(unicode).labelled(look): look.word for look in looks for unicode in (True, False)}


_WORDS: Final = _looks()


def _figure(cell: Cell) -> str | int | float | None:
    """The value behind a cell where it has one; a sum behind several parts, or one side of ``3/8``, says less."""
    if cell.text in {"", DASH}:
        return None
    if cell.value is None or cell.parts or "/" in cell.text:
        return _WORDS.get(cell.text, cell.text)
    if isinstance(cell.value, float) and cell.value.is_integer():
        return int(cell.value)
    return cell.value
