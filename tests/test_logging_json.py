"""Logs as JSON lines."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from synergy import logging_json
from synergy.logging_json import JsonFormatter, log_to_file


def record(message: str, *args: object, **extra: object) -> logging.LogRecord:
    made = logging.makeLogRecord({"msg": message, "args": args, "levelname": "INFO", "name": "synergy", **extra})
    made.created = 1385218983.25
    made.msecs = 250
    return made


def test_a_line_has_its_action_and_extras() -> None:
    line = json.loads(JsonFormatter().format(record("claimed %s", "A", action="uow_claimed", path=Path("/x"))))
    assert line == {
        "at": "2013-11-23T15:03:03.250Z",
        "level": "INFO",
        "logger": "synergy",
        "action": "uow_claimed",
        "message": "claimed A",
        "path": "/x",
    }


def test_what_cannot_be_encoded_is_escaped() -> None:
    assert "udc80" in json.loads(JsonFormatter().format(record("odd \udc80")))["message"]


def test_a_program_s_log_rotates_within_its_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging_json, "MAX_FILE_BYTES", 1_000)
    path = tmp_path / "daemon.log"
    handler = log_to_file(path, "info")
    try:
        for number in range(100):
            logging.getLogger("synergy.test").info("event %d", number)
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()
    files = sorted(tmp_path.iterdir())
    assert [one.name for one in files] == ["daemon.log", *(f"daemon.log.{number}" for number in (1, 2, 3, 4))]
    assert all(one.stat().st_size <= 1_000 for one in files)
    assert "event 99" in path.read_text()


def test_a_file_takes_events_of_its_level(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "daemon.log"
    handler = log_to_file(path, "warning")
    try:
        log = logging.getLogger("synergy.test")
        log.info("quiet")
        try:
            int("broken")
        except ValueError:
            log.exception("loud")
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()
    (line,) = [json.loads(text) for text in path.read_text().splitlines()]
    assert line["message"] == "loud"
    assert line["action"] == "log"
    assert "ValueError: invalid literal" in line["traceback"]
