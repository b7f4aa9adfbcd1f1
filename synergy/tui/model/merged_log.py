"""Several logs as one, ordered by time: what is held of each, and how far back all of them are known; pure.

Of a log whose older lines are not held it is not known what stood between those of the others: lines are shown from the
moment on from which every log is held.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import chain
from typing import Final

from synergy.core.control.replies import LogPage, LogRow
from synergy.tui.model.log_buffer import MAX_LINES, SLACK, LogBuffer, held
from synergy.tui.model.log_lens import Held
from synergy.tui.model.log_levels import LevelReader

_LAST: Final = "~"
"""Behind every stamp."""


class OneLog:
    """What is held of one log. ``about``: the unit of work and its attempt; another one has another log.

    ``oldest``: the number of its oldest line that can be read.
    """

    def __init__(self) -> None:
        self.first = 0
        self.oldest = 0
        self.total = 0
        self.about: tuple[str, int] | None = None
        self.is_live = False
        self.lines: list[Held] = []
        self.levels = LevelReader()

    @property
    def end(self) -> int:
        """The number after the last line held."""
        return self.first + len(self.lines)

    @property
    def has_older(self) -> bool:
        """Whether there are lines before those held."""
        return self.first > self.oldest

    @property
    def since(self) -> str:
        """From when on its lines are held; where none is, older ones are needed first."""
        return self.lines[0].at if self.lines else _LAST


class MergedBuffer(LogBuffer):
    """The lines of all logs; a line's place is its time, and among equal ones the order of the logs."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.logs = [OneLog() for _ in range(count)]

    @property
    def has_older(self) -> bool:
        """See LogBuffer."""
        return any(log.has_older for log in self.logs)

    @property
    def has_newer(self) -> bool:
        """See LogBuffer."""
        return any(log.end < log.total for log in self.logs)

    def key(self, line: Held) -> tuple[str, int, int]:
        """See LogBuffer."""
        return (line.at, line.source, line.number)

    def place(self, line: Held) -> int:
        """See LogBuffer."""
        return bisect_left(self._lines, self.key(line), key=self.key)

    def look_at(self, index: int, page: LogPage) -> None:
        """Learn how long a log is by now, and whether it still grows, without taking its lines."""
        log = self.logs[index]
        if log.about == (page.uow_id, page.attempt):
            log.total, log.is_live = page.total, page.live

    def is_other(self, index: int, page: LogPage) -> bool:
        """Whether a page is of another attempt than the one that is held."""
        return self.logs[index].about not in {None, (page.uow_id, page.attempt)}

    def end_at(self, index: int) -> None:
        """Before what is held of a log nothing can be read any more."""
        self.logs[index].oldest = self.logs[index].first
        self._arrange()

    def reopen(self, index: int) -> None:
        """A log that could not be read can be read again."""
        self.logs[index].oldest = 0
        self._arrange()

    @property
    def lines_in_all(self) -> int:
        """How many lines the logs have, held or not."""
        return sum(max(log.end, log.total) - log.oldest for log in self.logs)

    def take_of(self, index: int, page: LogPage) -> None:
        """Take a page of one of the logs: what was added to it, older lines, or its end anew."""
        log = self.logs[index]
        about = (page.uow_id, page.attempt)
        log.total, log.is_live = page.total, page.live
        begin, end = page.first_line, page.first_line + len(page.lines)
        if log.about == about and log.lines and log.first <= begin <= log.end:
            added = _held(page.lines[log.end - begin :], log.levels, index, log.lines[-1].at)
            log.lines += added
            self._amend(added)
        elif log.about == about and log.lines and begin < log.first <= end:
            older = _held(page.lines[: log.first - begin], LevelReader(), index, "")
            log.first, log.lines = begin, older + log.lines
            self._arrange()
        else:
            log.first, log.oldest, log.about, log.levels = begin, 0, about, LevelReader()
            log.lines = _held(page.lines, log.levels, index, "")
            self._arrange()

    def behind(self) -> list[int]:
        """The logs of which older lines are needed next: those that are held the shortest way back."""
        latest = max((log.since for log in self.logs if log.has_older), default="")
        return [index for index, log in enumerate(self.logs) if log.has_older and log.since == latest]

    def shown_from(self, index: int) -> int:
        """The number of the first line of a log that is shown, or would be."""
        log = self.logs[index]
        return log.first + bisect_left(log.lines, self._frontier(), key=lambda line: line.at)

    def _frontier(self) -> str:
        """The moment from which on all logs are held."""
        return max((log.since for log in self.logs if log.has_older and log.lines), default="")

    def _amend(self, added: Sequence[Held]) -> None:
        """Put lines in their places; mostly that is the end."""
        if not added:
            return
        place = bisect_left(self._lines, min(self.key(line) for line in added), key=self.key)
        self._lines[place:] = sorted([*self._lines[place:], *added], key=self.key)
        self._show(place)
        if len(self._lines) > MAX_LINES + SLACK:
            self._let_go(len(self._lines) - MAX_LINES)

    def _let_go(self, count: int) -> None:
        """Hold the oldest lines no more; of each log its last one stays, for its time says when to read older ones."""
        begin = self.key(self._lines[count])
        for log in self.logs:
            gone = max(0, min(bisect_left(log.lines, begin, key=self.key), len(log.lines) - 1))
            del log.lines[:gone]
            log.first += gone
        self._arrange()

    def _arrange(self) -> None:
        """Order all lines anew, from the moment on from which every log is held."""
        frontier = self._frontier()
        every = chain.from_iterable(log.lines for log in self.logs)
        self._lines = sorted((line for line in every if line.at >= frontier), key=self.key)
        self.total = len(self._lines)
        self.look_through(self.lens)


def _held(rows: Sequence[LogRow], levels: LevelReader, index: int, at: str) -> list[Held]:
    """Lines as they are held; one without a time has that of the line before, the first one ``at``."""
    found = []
    for row in rows:
        line = held(row, levels, index)
        at = line.at or at
        found.append(line._replace(at=at))
    return found
