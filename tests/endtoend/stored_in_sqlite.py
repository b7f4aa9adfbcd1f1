"""What the file of an embedded store holds. See Stored."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from synergy.core.records import Attempt, HistoryEntry, Job, JobKey, UnitOfWork, UowId

Record = TypeVar("Record", bound=Struct)

TABLES: Final = (
    "job", "unit_of_work", "attempt", "history", "plan", "audit", "process_override", "freerun_entry", "box_process",
)  # fmt: skip
PACKED: Final = frozenset({"arguments", "kill"})
FINISHED: Final = (
    "SELECT count(*) AS number FROM unit_of_work"
    " WHERE uow_type = 'type_managed' AND state IN ('state_processed', 'state_noop') AND applied"
)


class SqliteStored:
    """See Stored. It opens the file for each question, since tests rename and replace it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def job(self, key: JobKey) -> Job | None:
        """See Stored."""
        query = "SELECT * FROM job WHERE process_name = ? AND timeperiod = ?"
        return next(iter(self._records(Job, query, (key.process_name, key.timeperiod))), None)

    def jobs(self) -> list[Job]:
        """See Stored."""
        return self._records(Job, "SELECT * FROM job ORDER BY process_name, timeperiod")

    def uow(self, uow_id: UowId) -> UnitOfWork | None:
        """See Stored."""
        return next(iter(self._records(UnitOfWork, "SELECT * FROM unit_of_work WHERE uow_id = ?", (uow_id,))), None)

    def uows(self) -> list[UnitOfWork]:
        """See Stored."""
        return self._records(UnitOfWork, "SELECT * FROM unit_of_work ORDER BY uow_id")

    def count_finished(self) -> int:
        """See Stored."""
        return sum(row["number"] for row in self._rows(FINISHED))

    def attempts(self) -> list[Attempt]:
        """See Stored."""
        return self._records(Attempt, "SELECT * FROM attempt ORDER BY uow_id, attempt, started")

    def history(self) -> list[HistoryEntry]:
        """See Stored."""
        return self._records(HistoryEntry, "SELECT * FROM history ORDER BY seq")

    def everything(self) -> Mapping[str, Sequence[object]]:
        """See Stored."""
        return {table: self._rows(f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in TABLES}  # noqa: S608 - names

    def close(self) -> None:
        """See Stored."""

    def _records(self, kind: type[Record], query: str, parameters: Sequence[object] = ()) -> list[Record]:
        # Not strict: a boolean is a number there.
        return [msgspec.convert(_unpacked(row), kind, strict=False) for row in self._rows(query, parameters)]

    def _rows(self, query: str, parameters: Sequence[object] = ()) -> list[dict[str, Any]]:
        return read(self._path, query, parameters) if self._path.exists() else []


def _unpacked(row: dict[str, Any]) -> dict[str, Any]:
    """Sub-values lie there as JSON text."""
    return {name: json.loads(value) if name in PACKED and value is not None else value for name, value in row.items()}


def read(path: Path, query: str, parameters: Sequence[object] = ()) -> list[dict[str, Any]]:
    """The rows of an SQLite file that others write."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10, isolation_level=None)) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute(query, parameters)]
