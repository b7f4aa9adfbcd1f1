"""The log of a program as JSON lines: one object an event, with a stable ``action`` to search by.

The daemon and the supervisor share it. A call logs with ``extra={"action": "uow_claimed", …}``; every extra field that
msgspec can encode becomes a field of the line.
"""

from __future__ import annotations

import logging
import os
import time
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

import msgspec

from synergy.passwords import without_passwords
from synergy.runtime_files import LOG_FOLDER_MODE, append_to_own, make_own_folder

MAX_FILE_BYTES: Final = 16 * 1024 * 1024
KEPT_FILES: Final = 4

_KNOWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_encode: Final = msgspec.json.Encoder(enc_hook=str).encode


class JsonFormatter(logging.Formatter):
    """``{"at", "level", "logger", "action", "message", …extras, "traceback"?}``; times are ISO-8601 UTC."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"

    @staticmethod
    def converter(timestamp: float | None) -> time.struct_time:
        """Stamps are UTC, whatever the zone of the box."""
        return time.gmtime(timestamp)

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON without a line end."""
        line: dict[str, object] = {
            "at": f"{self.formatTime(record)}Z",
            "level": record.levelname,
            "logger": record.name,
            "action": getattr(record, "action", None) or "log",
            "message": record.getMessage(),
        }
        line.update({key: value for key, value in vars(record).items() if key not in _KNOWN and key != "action"})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        try:
            text = _encode(line).decode()
        except (UnicodeEncodeError, TypeError, ValueError):
            text = _encode({key: ascii(value) for key, value in line.items()}).decode()
        return without_passwords(text)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging's name
        """UTC to the millisecond, ``2026-11-23T14:05:09.123``."""
        text = super().formatTime(record, datefmt or self.default_time_format)
        return f"{text}.{int(record.msecs):03d}"


class _OwnFile(RotatingFileHandler):
    """Opens no link, and what others may not read."""

    def _open(self) -> TextIOWrapper:
        return os.fdopen(append_to_own(Path(self.baseFilename)), "a", encoding=self.encoding)


def log_to_file(path: Path, level: str) -> logging.Handler:
    """Send the root logger's events to a file that rotates at 16 MB, four kept; returns the handler, to be closed.

    Raises:
        OSError: the file cannot be opened.
    """
    make_own_folder(path.parent, LOG_FOLDER_MODE)
    handler = _OwnFile(path, maxBytes=MAX_FILE_BYTES, backupCount=KEPT_FILES, encoding="utf-8")
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level.upper())
    return handler
