"""One process's periods as a column: one byte of state per period, and a cursor to the first unfinished one.

A period is addressed by its ordinal (``synergy.core.timeperiods``). Embryo jobs cost one zero byte and nothing else:
building a column of a million periods is one allocation. Only ``put`` changes a state, so that the cursor, the ordered
set of reopened periods and the counts always agree with the bytes.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from itertools import compress
from typing import Final

from synergy.core import grouping, timeperiods
from synergy.core.states import FINISHED_JOB_STATES, JOB_CODES, JOB_STATES, JobState
from synergy.core.timeperiods import Qualifier

COVERED: Final = len(JOB_STATES)
"""The byte of a period between grouping checkpoints: noop by arithmetic, never stored, never changed."""

_DONE: Final = bytes([*(JOB_CODES[state] for state in sorted(FINISHED_JOB_STATES)), COVERED])
_IS_DONE: Final = frozenset(_DONE)
_NOOP: Final = JOB_CODES[JobState.NOOP]
_PROCESSED: Final = JOB_CODES[JobState.PROCESSED]
_SKIPPED: Final = JOB_CODES[JobState.SKIPPED]
_GOOD: Final = bytes([_PROCESSED, _NOOP, COVERED])
_UNFINISHED_MARK: Final = bytes.maketrans(_DONE, b"\xff" * len(_DONE))
_ANY_UNFINISHED: Final = bytes(0 if code == 0xFF else 1 for code in _UNFINISHED_MARK)


class Column:
    """The states of one process's periods, [first, end).

    Invariant: every period below ``cursor`` is finished, but for those in ``reopened``, which is sorted.

    Args:
        qualifier: the length of a period.
        group: time_grouping; above 1, periods between checkpoints are ``COVERED``.
        first: ordinal of the first period.
        limit: ordinal that the column never grows to (exclusive), or None.
    """

    def __init__(self, qualifier: Qualifier, group: int, first: int, limit: int | None) -> None:
        self.qualifier = qualifier
        self.group = group
        self.first = first
        self.limit = limit
        self.states = bytearray()
        self.cursor = first
        self.reopened: list[int] = []
        self.counts = [0] * len(JOB_STATES)

    @property
    def end(self) -> int:
        """The ordinal after the last period."""
        return self.first + len(self.states)

    def __contains__(self, ordinal: int) -> bool:
        """Whether the column has this period (a covered one too)."""
        return self.first <= ordinal < self.end

    def grow(self, end: int) -> bool:
        """Make periods up to ``end`` (exclusive), cut at the limit; True when there are new ones."""
        if self.limit is not None:
            end = min(end, self.limit)
        missing = end - self.end
        if missing <= 0:
            return False
        if self.group == 1:
            self.states.extend(bytes(missing))
            self.counts[0] += missing
            return True
        old_end = self.end
        self.states.extend(bytes([COVERED]) * missing)
        for ordinal in grouping.checkpoints(self.qualifier, self.group, range(old_end, end)):
            self.states[ordinal - self.first] = 0
            self.counts[0] += 1
        self._move_cursor()
        return True

    def get(self, ordinal: int) -> JobState:
        """The state of a period of the column; a covered one is noop."""
        code = self.states[ordinal - self.first]
        return JobState.NOOP if code == COVERED else JOB_STATES[code]

    def is_finished(self, ordinal: int) -> bool:
        """Whether the period is processed, skipped, noop or covered."""
        return self.states[ordinal - self.first] in _IS_DONE

    def is_checkpoint(self, ordinal: int) -> bool:
        """Whether the period carries a job of its own."""
        return self.states[ordinal - self.first] != COVERED

    def put(self, ordinal: int, state: JobState) -> None:
        """Change the state of a period that carries a job."""
        index = ordinal - self.first
        old, new = self.states[index], JOB_CODES[state]
        self.states[index] = new
        self.counts[old] -= 1
        self.counts[new] += 1
        was_done, is_done = old in _IS_DONE, new in _IS_DONE
        if was_done and not is_done and ordinal < self.cursor:
            insort(self.reopened, ordinal)
        elif is_done and not was_done:
            if ordinal < self.cursor:
                del self.reopened[bisect_left(self.reopened, ordinal)]
            elif ordinal == self.cursor:
                self._move_cursor()

    def load(self, names: Sequence[str], codes: bytes) -> int:
        """Take a page of stored states (ascending). Returns how many fit.

        Periods before the first one and from the limit on are ignored; the column grows to those that lie in the future
        of a clock that was set back.

        Raises:
            InvalidArgument: a timeperiod is not one of this qualifier.
        """
        if not names:
            return 0
        first = timeperiods.ordinal_of(self.qualifier, names[0])
        last = timeperiods.ordinal_of(self.qualifier, names[-1])
        self.grow(last + 1)
        if last - first + 1 == len(names) and first >= self.first and last < self.end and self.group == 1:
            self.states[first - self.first : last - self.first + 1] = codes
            return len(names)
        taken = 0
        for ordinal, code in zip(timeperiods.ordinals_of(self.qualifier, names), codes, strict=True):
            if self.first <= ordinal < self.end and self.states[ordinal - self.first] != COVERED:
                self.states[ordinal - self.first] = code
                taken += 1
        return taken

    def settle(self) -> None:
        """After loading: count, and set the cursor to the first unfinished period."""
        self.counts = [self.states.count(code) for code in range(len(JOB_STATES))]
        self.reopened.clear()
        self.cursor = self.first
        self._move_cursor()

    def unfinished(self, start: int | None = None) -> Iterator[int]:
        """Ordinals of unfinished periods from ``start`` on (None: from the first), ascending."""
        begin = self.first if start is None else start
        at = self.next_unfinished(begin)
        while at is not None:
            yield at
            at = self.next_unfinished(at + 1)

    def unfinished_in(self, start: int, stop: int) -> list[int]:
        """Ordinals of unfinished periods in [start, stop), ascending, as far as there are such periods."""
        begin, end = max(start, self.first), min(stop, self.end)
        marks = self.states[begin - self.first : max(begin, end) - self.first].translate(_ANY_UNFINISHED)
        return list(compress(range(begin, end), marks))

    def next_unfinished(self, start: int | None = None) -> int | None:
        """The first unfinished ordinal at or after ``start`` (None: of all), or None."""
        begin = self.first if start is None else start
        if begin < self.cursor:
            at = bisect_left(self.reopened, begin)
            if at < len(self.reopened):
                return self.reopened[at]
        found = self._next_unfinished(max(begin, self.cursor))
        return found if found < self.end else None

    def oldest_unfinished(self) -> int | None:
        """The ordinal of the oldest unfinished period, or None."""
        if self.reopened:
            return self.reopened[0]
        return self.cursor if self.cursor < self.end else None

    def all_finished(self, ordinals: range) -> bool:
        """Whether all of these are finished; those below the first or beyond the limit are no periods and do not count.

        A period that is still to come counts as unfinished.
        """
        start, stop = self.clip(ordinals)
        if stop > self.end:
            return False
        return not self.states[start - self.first : stop - self.first].translate(None, _DONE)

    def all_good(self, ordinals: range) -> bool:
        """As all_finished, for processed and noop only."""
        start, stop = self.clip(ordinals)
        if stop > self.end:
            return False
        return not self.states[start - self.first : stop - self.first].translate(None, _GOOD)

    def any_skipped(self, ordinals: range) -> bool:
        """Whether one of these is skipped."""
        start, stop = self.clip(ordinals)
        return self.states.find(_SKIPPED, start - self.first, stop - self.first) >= 0

    def all_skipped(self, ordinals: range) -> bool:
        """Whether there are such periods, and all of those that carry a job are skipped."""
        start, stop = self.clip(ordinals)
        cells = self.states[start - self.first : stop - self.first].translate(None, bytes([COVERED]))
        return stop <= self.end and bool(cells) and cells.count(_SKIPPED) == len(cells)

    def clip(self, ordinals: range) -> tuple[int, int]:
        """The part of the range that the column has or will have, as (start, stop); (first, first) for none."""
        start = max(ordinals.start, self.first)
        stop = ordinals.stop if self.limit is None else min(ordinals.stop, self.limit)
        return (start, stop) if start < stop else (self.first, self.first)

    def _next_unfinished(self, ordinal: int) -> int:
        """The first unfinished ordinal at or after this one, or ``end``; looks ahead in growing windows."""
        begin, window = ordinal - self.first, 64
        while begin < len(self.states):
            found = self.states[begin : begin + window].translate(_ANY_UNFINISHED).find(1)
            if found >= 0:
                return self.first + begin + found
            begin, window = begin + window, min(window * 4, 1 << 16)
        return self.end

    def _move_cursor(self) -> None:
        self.cursor = self._next_unfinished(self.cursor)
