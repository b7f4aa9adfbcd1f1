"""Output of jobs on its way into the log store and out again, and what is looked for in it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

from synergy.core.records import LogLine, UnitOfWork, UowId
from synergy.stores.log_search import LogSearch
from synergy.stores.sqlite.log_files import LogFiles
from synergy.worker.lines import CUT_MARK, MAX_LINE_CHARS, LineSplitter
from synergy.worker.logs import AttemptLog
from tests.fuzz.target import Attempt, Target
from tests.fuzz.targets.written_texts import text_of

SEEDS = (
    b"started\nworking\rdone\n", "Größe 𝟙 \u202e\n".encode(), b"\x1b[31mred\x1b[0m\x07\n", b"a\0b\xff\xfe\n\n\n",
    b"x" * 300, b'{"level":"ERROR","message":"no"}\n', b"10 %\r50 %\r\r\n", b"\xf0\x9f\x98",
)  # fmt: skip
UOW = UnitOfWork(UowId("A@1.1"), "A", "2013010100", 1, "2013010100", "2013010101")


def _fresh(number: int) -> AttemptLog:
    """The log of an attempt that nobody has used."""
    uow = UnitOfWork(UowId(f"A@1.{number}"), "A", "2013010100", number, "2013010100", "2013010101")
    return AttemptLog(uow, lambda _log: None)


@contextmanager
def opened() -> Iterator[Attempt]:
    """Log files in a folder."""
    numbers = count()
    with tempfile.TemporaryDirectory(prefix="fuzz") as folder, closing(LogFiles(Path(folder))) as files:

        def keep(data: bytes) -> None:
            splitter, log = LineSplitter(), _fresh(next(numbers))
            middle = len(data) // 3
            texts = [*splitter.feed(data[:middle]), *splitter.feed(data[middle:]), *splitter.rest()]
            log.add([LogLine(1.0, "stdout", "", text) for text in texts])
            files.append(log.take())
            stored = files.page(log.uow_id, 1, 0, len(texts) + 1)
            assert [line.text for line in stored.lines] == texts
            assert all(len(text) <= MAX_LINE_CHARS + len(CUT_MARK) and "\n" not in text for text in texts)

        yield keep


@contextmanager
def searched() -> Iterator[Attempt]:
    """A log in which a pattern would have to go back and forth for ever: what is looked for is a text."""
    with tempfile.TemporaryDirectory(prefix="fuzz") as folder, closing(LogFiles(Path(folder))) as files:
        log = _fresh(1)
        texts = ["a" * 60_000, "ab" * 20_000, "(a+)+$", "Größe", "x" * 10]
        log.add([LogLine(1.0, "stdout", "", text) for text in texts])
        files.append(log.take())

        def look(data: bytes) -> None:
            wanted = text_of(data)
            found = files.search(log.uow_id, 1, LogSearch(wanted, 10, len(data) - 5))
            told = [number for number, text in enumerate(texts) if wanted.casefold() in text.casefold()]
            assert list(found.lines) == told

        yield look


TARGET = Target("log_bytes", lambda: SEEDS, opened, (), (b"\r", b"\n", b"\xed\xb0\x80", b"\x1b]0;", b"x" * 70_000))
SEARCH_TARGET = Target("log_search", lambda: (b"(a+)+$", b"a", "GRÖSSE".encode(), b".*"), searched, ())
