"""The cells of the timetable that were fetched, in chunks; events change them in place.

A chunk is asked for once and kept until too many are held. A reply may have been made before an event that was
already folded in: the newest changes are kept, and those younger than the reply's number are applied to it again.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Final, NamedTuple

from synergy.core.control.events import JobChanged
from synergy.core.control.replies import Grid, RollUp
from synergy.core.errors import InvalidArgument
from synergy.core.timeperiods import Qualifier, ordinal_of
from synergy.tui.model.glyphs import ABSENT_CELL, EMBRYO_CELL, UNLOADED_CELL
from synergy.tui.model.rollups import RollUps, Stretch

CHUNK: Final = 512
"""Periods per chunk: wider than most terminals, so that scrolling seldom asks."""
MAX_CHUNKS: Final = 64
MAX_JOURNAL: Final = 5000


class ChunkKey(NamedTuple):
    """A qualifier's ordinals [number·CHUNK, number·CHUNK + CHUNK)."""

    qualifier: Qualifier
    number: int

    @property
    def first(self) -> int:
        """The first ordinal."""
        return self.number * CHUNK


class GridCache:
    """Cells by process and ordinal; ``generation`` rises with every change that can be seen."""

    def __init__(self) -> None:
        self.generation = 0
        self.rollups = RollUps()
        self._qualifiers: dict[str, Qualifier] = {}
        self._chunks: OrderedDict[ChunkKey, dict[str, list[str]]] = OrderedDict()
        self._journal: deque[tuple[int, JobChanged]] = deque(maxlen=MAX_JOURNAL)

    def know(self, qualifiers: dict[str, Qualifier]) -> None:
        """Learn the processes' qualifiers; chunks that a new process is missing from are dropped."""
        if qualifiers != self._qualifiers:
            self._qualifiers = dict(qualifiers)
            self.clear()

    def clear(self) -> None:
        """Forget all cells: after a reconnect nothing held is known to be true."""
        self._chunks.clear()
        self._journal.clear()
        self.rollups.clear()
        self.generation += 1

    def missing(self, qualifier: Qualifier, first: int, columns: int) -> list[ChunkKey]:
        """The chunks that a window needs and that are not held, left to right."""
        numbers = range(first // CHUNK, (first + columns - 1) // CHUNK + 1)
        keys = [ChunkKey(qualifier, number) for number in numbers]
        return [key for key in keys if key not in self._chunks]

    def cells(self, process_name: str, first: int, columns: int) -> str:
        """One character per period from ``first`` on; what is not held is ``UNLOADED_CELL``."""
        qualifier = self._qualifiers.get(process_name)
        if qualifier is None:
            return UNLOADED_CELL * columns
        parts: list[str] = []
        at, end = first, first + columns
        while at < end:
            key = ChunkKey(qualifier, at // CHUNK)
            until = min(end, key.first + CHUNK)
            row = self._row(key, process_name)
            parts.append("".join(row[at - key.first : until - key.first]) if row else UNLOADED_CELL * (until - at))
            at = until
        return "".join(parts)

    def store(self, key: ChunkKey, reply: Grid) -> None:
        """Take a reply for a chunk; what it lacks at either end are periods that do not exist."""
        first = _ordinal(key.qualifier, reply.from_timeperiod)
        if first is None:
            return
        rows = {row.process_name: _fit(row.cells, first - key.first) for row in reply.rows}
        self._chunks[key] = rows
        self._chunks.move_to_end(key)
        while len(self._chunks) > MAX_CHUNKS:
            self._chunks.popitem(last=False)
        for seq, change in self._journal:
            if seq > reply.seq:
                self._put(change)
        self.generation += 1

    def store_rollup(self, stretch: Stretch, reply: RollUp) -> None:
        """Take a reply of rolled-up cells."""
        self.rollups.store(stretch, reply)
        for seq, change in self._journal:
            if seq > reply.seq:
                self._roll(change)
        self.generation += 1

    def change(self, seq: int, change: JobChanged) -> bool:
        """Apply an event; True when a held cell is different now."""
        self._journal.append((seq, change))
        changed = self._put(change) | self._roll(change)
        self.generation += changed
        return changed

    def forget_end(self, process_name: str, last_timeperiod: str) -> None:
        """Schedule time went on: the chunk with the last period is asked for again, for it holds blanks."""
        qualifier = self._qualifiers.get(process_name)
        last = _ordinal(qualifier, last_timeperiod) if qualifier else None
        if qualifier is None or last is None:
            return
        row = self._row(ChunkKey(qualifier, last // CHUNK), process_name)
        if row is not None and row[last % CHUNK] == ABSENT_CELL:
            row[last % CHUNK] = EMBRYO_CELL
        self.rollups.grow(qualifier, process_name, last)
        self.generation += 1

    def _row(self, key: ChunkKey, process_name: str) -> list[str] | None:
        chunk = self._chunks.get(key)
        return chunk.get(process_name) if chunk is not None else None

    def _roll(self, change: JobChanged) -> bool:
        qualifier = self._qualifiers.get(change.process_name)
        if qualifier is None or _ordinal(qualifier, change.timeperiod) is None:
            return False
        return self.rollups.change(qualifier, change)

    def _put(self, change: JobChanged) -> bool:
        qualifier = self._qualifiers.get(change.process_name)
        ordinal = _ordinal(qualifier, change.timeperiod) if qualifier else None
        if qualifier is None or ordinal is None:
            return False
        row = self._row(ChunkKey(qualifier, ordinal // CHUNK), change.process_name)
        if row is None or row[ordinal % CHUNK] == change.cell:
            return False
        row[ordinal % CHUNK] = change.cell
        return True


def _ordinal(qualifier: Qualifier, timeperiod: str) -> int | None:
    """The ordinal; None for what a newer daemon may send and this console cannot read."""
    try:
        return ordinal_of(qualifier, timeperiod)
    except InvalidArgument:
        return None


def _fit(cells: str, offset: int) -> list[str]:
    """A chunk's worth of cells: ``offset`` blanks before, or so many cut off when negative, filled up with blanks."""
    shifted = " " * offset + cells if offset > 0 else cells[-offset:]
    return list(shifted[:CHUNK].ljust(CHUNK))
