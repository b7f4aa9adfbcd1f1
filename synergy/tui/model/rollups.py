"""What was fetched of processes whose own periods are shorter than those shown: of each cell the worst state inside.

An event that makes a cell worse changes it in place. One that may have ended what was worst leaves the cell as it is,
and notes that it has to be asked for again: only the daemon knows what else is inside.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, NamedTuple

from synergy.core.control.cells import ABSENT, badness
from synergy.core.control.events import JobChanged
from synergy.core.control.replies import RollUp
from synergy.core.states import JOB_CODES, JobState
from synergy.core.timeperiods import Qualifier, cast, is_coarser, ordinal_of, timeperiod_of
from synergy.tui.model.glyphs import EMBRYO_CELL, INVALID_CELL, UNLOADED_CELL
from synergy.tui.model.zoom import Bounds

CHUNK: Final = 256
"""Periods per chunk: wider than most terminals, for these are long periods."""
MAX_CHUNKS: Final = 32


class RollKey(NamedTuple):
    """A qualifier's ordinals [number·CHUNK, number·CHUNK + CHUNK)."""

    qualifier: Qualifier
    number: int

    @property
    def first(self) -> int:
        """The first ordinal."""
        return self.number * CHUNK


class Stretch(NamedTuple):
    """Periods to ask for: ``columns`` of a qualifier from ``first`` on. ``whole``: all that exists of a chunk."""

    qualifier: Qualifier
    first: int
    columns: int
    whole: bool

    @property
    def timeperiod(self) -> str:
        """Where it begins."""
        return timeperiod_of(self.qualifier, self.first)


class RollUps:
    """Rolled-up cells by qualifier, process and ordinal."""

    def __init__(self) -> None:
        self._chunks: OrderedDict[RollKey, dict[str, list[str]]] = OrderedDict()
        self._doubtful: dict[Qualifier, set[int]] = {}

    def clear(self) -> None:
        """Forget all."""
        self._chunks.clear()
        self._doubtful.clear()

    def cells(self, process_name: str, qualifier: Qualifier, first: int, columns: int) -> str:
        """One character a period; what is not held is ``UNLOADED_CELL``."""
        parts: list[str] = []
        at, end = first, first + columns
        while at < end:
            key = RollKey(qualifier, at // CHUNK)
            until = min(end, key.first + CHUNK)
            row = self._chunks.get(key, {}).get(process_name)
            parts.append("".join(row[at - key.first : until - key.first]) if row else UNLOADED_CELL * (until - at))
            at = until
        return "".join(parts)

    def missing(self, qualifier: Qualifier, first: int, last: int, bounds: Bounds) -> list[Stretch]:
        """What has to be asked for so that all from ``first`` to ``last`` is held: chunks, and cells in doubt."""
        stretches = []
        for number in range(bounds.clamp(first) // CHUNK, bounds.clamp(last) // CHUNK + 1):
            key = RollKey(qualifier, number)
            if key not in self._chunks:
                start, end = max(bounds.first, key.first), min(bounds.last, key.first + CHUNK - 1)
                stretches.append(Stretch(qualifier, start, end - start + 1, whole=True))
        if doubtful := [at for at in self._doubtful.get(qualifier, ()) if first <= at <= last]:
            stretches.append(Stretch(qualifier, min(doubtful), max(doubtful) - min(doubtful) + 1, whole=False))
        return stretches

    def store(self, stretch: Stretch, reply: RollUp) -> None:
        """Take the answer for a stretch."""
        if stretch.whole:
            self._chunks[RollKey(stretch.qualifier, stretch.first // CHUNK)] = {}
        for row in reply.rows:
            for at, cell in enumerate(row.cells, stretch.first):
                self._put(stretch.qualifier, row.process_name, at, cell)
        asked = range(stretch.first, stretch.first + stretch.columns)
        self._doubtful.get(stretch.qualifier, set()).difference_update(asked)
        while len(self._chunks) > MAX_CHUNKS:
            self._chunks.popitem(last=False)

    def _put(self, qualifier: Qualifier, process_name: str, at: int, cell: str) -> None:
        chunk = self._chunks.get(RollKey(qualifier, at // CHUNK))
        if chunk is not None:
            chunk.setdefault(process_name, [ABSENT] * CHUNK)[at % CHUNK] = cell

    def grow(self, own: Qualifier, process_name: str, ordinal: int) -> None:
        """A process has one more period, whose job has not been started."""
        for key, rows in self._chunks.items():
            row = rows.get(process_name)
            if row is not None and is_coarser(key.qualifier, own):
                around = cast(own, ordinal, key.qualifier)
                if around // CHUNK == key.number and badness(EMBRYO_CELL) < badness(row[around % CHUNK]):
                    row[around % CHUNK] = EMBRYO_CELL

    def change(self, own: Qualifier, change: JobChanged) -> bool:
        """Apply an event; True when a held cell looks different now."""
        ordinal, changed = ordinal_of(own, change.timeperiod), False
        for key, rows in self._chunks.items():
            row = rows.get(change.process_name)
            if row is None or not is_coarser(key.qualifier, own):
                continue
            around = cast(own, ordinal, key.qualifier)
            if around // CHUNK != key.number:
                continue
            before = row[around % CHUNK]
            if badness(change.cell) < badness(before):
                row[around % CHUNK] = change.cell
                changed = True
            elif change.cell != before and before in {INVALID_CELL, _code(change.old_state)}:
                self._doubtful.setdefault(key.qualifier, set()).add(around)
        return changed


def _code(state: str) -> str:
    """The character of a stored state; an unknown one has none."""
    try:
        return str(JOB_CODES[JobState(state)])
    except ValueError:
        return ""
