"""A file that takes the raw output of a daemon process and never grows beyond bounds."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Final

from synergy.runtime_files import append_to_own

MAX_FILE_BYTES: Final = 10 * 1024 * 1024
KEPT_FILES: Final = 3

log = logging.getLogger(__name__)


class RotatingLog:
    """``NAME.log``, and ``NAME.log.1`` … ``.3`` before it; rotated between writes."""

    def __init__(self, path: Path, max_bytes: int = MAX_FILE_BYTES) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._size = path.stat().st_size if path.exists() else 0
        self._failed = False

    def write(self, data: bytes) -> None:
        """Append; a disk that is full loses the data, which is logged once and stops nobody."""
        try:
            if self._size + len(data) > self._max_bytes and self._size:
                self._rotate()
            with os.fdopen(append_to_own(self._path), "ab") as file:
                file.write(data)
            self._size += len(data)
            self._failed = False
        except OSError as error:
            if not self._failed:
                log.warning("%s: %s", self._path, error.strerror, extra={"action": "daemon_log_failed"})
            self._failed = True

    def _rotate(self) -> None:
        for number in range(KEPT_FILES - 1, 0, -1):
            older = self._numbered(number)
            if older.exists():
                older.replace(self._numbered(number + 1))
        self._path.replace(self._numbered(1))
        self._size = 0

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")
