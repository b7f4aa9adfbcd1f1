"""Log shipping."""

from __future__ import annotations

import pytest

from synergy.core.records import LogLine, UnitOfWork, derive_uow_id
from synergy.worker import logs
from synergy.worker.logs import CHUNK_BYTES, AttemptLog

UOW = UnitOfWork(derive_uow_id("A", None, "2013010100", 1), "A", "2013010100", 1, "2013010100", "2013010101")


def line(text: str) -> LogLine:
    return LogLine(1.0, "stdout", "", text)


def test_lines_are_numbered_through_all_chunks() -> None:
    told: list[AttemptLog] = []
    log = AttemptLog(UOW, told.append)
    log.add([line("x" * 40_000) for _ in range(5)])
    log.add([])
    chunks = log.take()
    assert [(chunk.first_line, len(chunk.lines)) for chunk in chunks] == [(0, 2), (2, 2), (4, 1)]
    assert all(sum(len(one.text) for one in chunk.lines) < 2 * CHUNK_BYTES for chunk in chunks)
    log.add([line("last")])
    assert log.take()[0].first_line == 5
    assert log.lines == 6
    assert log.take() == []
    assert set(told) == {log}


def test_a_log_beyond_its_limit_ends_with_a_line_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MAX_ATTEMPT_BYTES", 3 * 1024 * 1024)
    log = AttemptLog(UOW, lambda _: None)
    for _ in range(100):
        log.add([line("x" * 60_000)])
    texts = [one.text for chunk in log.take() for one in chunk.lines]
    assert texts[-1] == "log cut here: an attempt may log 3 MB"
    assert len(texts) == 53


def test_a_log_that_is_not_stored_asks_its_source_to_wait() -> None:
    log = AttemptLog(UOW, lambda _: None)
    log.add([line("x" * 60_000) for _ in range(80)])
    assert log.is_full
    log.take()
    assert not log.is_full
