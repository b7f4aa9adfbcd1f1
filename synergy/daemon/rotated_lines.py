"""The lines of a log file and of the older files it was rotated into, numbered as one; only what is asked for is read.

Numbers stay true while files are rotated: the oldest file takes its lines away, and no number is given twice.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from synergy.runtime_files import open_own

CHUNK_BYTES: Final = 64 * 1024
"""After so many bytes a place is noted from which lines can be counted."""

PAGE_BYTES: Final = 1024 * 1024
"""A page has at most so many bytes, and at least one line."""

LONGEST_LINE_BYTES: Final = 16 * 1024
"""What is behind this in a line is not told."""

MOST_FILES: Final = 16

_HEAD_BYTES: Final = 256
"""By its first bytes a file is known: a number of the file system is soon given to another one."""


class _Place(NamedTuple):
    """Before the byte ``offset`` there are so many whole lines."""

    lines: int
    offset: int


class _File:
    """What is known of one file: how far its lines were counted, and places within it."""

    def __init__(self, path: Path, inode: int) -> None:
        self.path = path
        self._inode = inode
        self._head = b""
        self._places = [_Place(0, 0)]

    @property
    def lines(self) -> int:
        """Whole lines that were counted."""
        return self._places[-1].lines

    def is_still(self, path: Path) -> bool:
        """Whether what lies there is the file that was counted, and no other in its place."""
        with _opened(path) as file:
            long_enough = os.fstat(file.fileno()).st_size >= self._places[-1].offset
            return self._is_this(file) and long_enough and file.read(len(self._head)) == self._head

    def count(self) -> None:
        """Count the lines that were written since."""
        with _opened(self.path) as file:
            if not self._is_this(file):
                return  # it was rotated just now: the next look finds it
            self._head = self._head or file.read(_HEAD_BYTES)
            lines, offset = self._places[-1]
            file.seek(offset)
            unfinished = 0
            while data := file.read(CHUNK_BYTES):
                whole = data.rfind(b"\n") + 1
                if whole:
                    lines += data.count(b"\n")
                    offset += unfinished + whole
                    unfinished = 0
                    self._note(_Place(lines, offset))
                unfinished += len(data) - whole

    def read(self, first: int) -> Iterator[bytes]:
        """The lines from one on, without their ends, cut where they are too long."""
        place = self._places[bisect_right(self._places, first, key=lambda at: at.lines) - 1]
        with _opened(self.path) as file:
            if not self._is_this(file):
                return
            file.seek(place.offset)
            for number in range(place.lines, self.lines):
                line = rest = file.readline(LONGEST_LINE_BYTES)
                while rest and not rest.endswith(b"\n"):
                    rest = file.readline(LONGEST_LINE_BYTES)
                if number >= first:
                    yield line.rstrip(b"\r\n")

    def _note(self, place: _Place) -> None:
        if len(self._places) > 1 and place.offset - self._places[-2].offset < CHUNK_BYTES:
            self._places.pop()
        self._places.append(place)

    def _is_this(self, file: BinaryIO) -> bool:
        return os.fstat(file.fileno()).st_ino == self._inode


def _opened(path: Path) -> BinaryIO:
    """What lies there, and nothing that a link leads to."""
    return os.fdopen(open_own(path, os.O_RDONLY), "rb")


class RotatedLines:
    """``path``, and ``path.1``, ``path.2`` … before it. Belongs to one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files: dict[int, _File] = {}
        self.first = 0
        """The number of the oldest line that is kept."""

    @property
    def total(self) -> int:
        """The number after the newest line."""
        return self.first + sum(file.lines for file in self._files.values())

    def look(self) -> None:
        """Count what was written since the last look.

        Raises:
            OSError: a file cannot be read.
        """
        known, self._files = self._files, {}
        for number in range(MOST_FILES, -1, -1):
            path = self._path.with_name(f"{self._path.name}.{number}") if number else self._path
            with suppress(FileNotFoundError):
                inode = path.stat().st_ino
                file = known.get(inode)
                if file is not None and file.is_still(path):
                    del known[inode]
                    file.path = path
                else:
                    file = _File(path, inode)
                self._files[inode] = file
        self.first += sum(file.lines for file in known.values())
        for file in self._files.values():
            with suppress(FileNotFoundError):
                file.count()

    def lines(self, first: int) -> Iterator[tuple[int, bytes]]:
        """Lines with their numbers, from one on."""
        begin = self.first
        for file in self._files.values():
            wanted = max(0, first - begin)
            if wanted < file.lines:
                with suppress(FileNotFoundError):
                    yield from enumerate(file.read(wanted), begin + wanted)
            begin += file.lines

    def page(self, first: int, limit: int) -> list[tuple[int, bytes]]:
        """Some lines with their numbers; a negative ``first`` counts from the end."""
        begin = max(self.first, self.total + first if first < 0 else first)
        found: list[tuple[int, bytes]] = []
        size = 0
        for number, line in self.lines(begin):
            size += len(line)
            if len(found) >= limit or (found and size > PAGE_BYTES):
                break
            found.append((number, line))
        return found
