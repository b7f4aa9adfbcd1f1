"""What drivers and file systems raise, as errors of ours that say what to do."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import msgspec
import pytest

from synergy.core.errors import DiskFull, InvalidArgument, NotFound, StoreCorrupt, StoreDown, SynergyError
from synergy.stores.sqlite.failures import is_busy, translate

PATH = Path("/var/lib/synergy.db")


def raised(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("what SQLite says")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (raised(sqlite3.SQLITE_FULL), DiskFull),
        (raised(sqlite3.SQLITE_CORRUPT_INDEX), StoreCorrupt),
        (raised(sqlite3.SQLITE_NOTADB), StoreCorrupt),
        (raised(sqlite3.SQLITE_ERROR), StoreCorrupt),
        (raised(sqlite3.SQLITE_BUSY_RECOVERY), StoreDown),
        (raised(sqlite3.SQLITE_READONLY_DIRECTORY), StoreDown),
        (raised(sqlite3.SQLITE_CANTOPEN), StoreDown),
        (raised(sqlite3.SQLITE_IOERR_FSYNC), StoreDown),
        (raised(sqlite3.SQLITE_CONSTRAINT_UNIQUE), InvalidArgument),
        (sqlite3.ProgrammingError("Cannot operate on a closed database."), StoreDown),
        (sqlite3.InterfaceError("type not supported"), InvalidArgument),
        (OSError(errno.ENOSPC, "No space left on device"), DiskFull),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), DiskFull),
        (PermissionError(errno.EACCES, "Permission denied"), StoreDown),
        (OverflowError("int too big"), InvalidArgument),
        (UnicodeDecodeError("utf-8", b"\x90", 0, 1, "invalid start byte"), StoreCorrupt),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"), InvalidArgument),
        (msgspec.ValidationError("Invalid enum value"), StoreCorrupt),
    ],
    ids=lambda value: getattr(value, "__name__", repr(value)),
)
def test_every_failure_names_the_file_and_a_remedy(error: BaseException, told: type[SynergyError]) -> None:
    answer = translate(error, PATH)
    assert type(answer) is told
    assert str(PATH) in answer.message
    assert answer.remedy


def test_an_error_of_ours_stays_what_it_is() -> None:
    error = NotFound("x")
    assert translate(error, PATH) is error


def test_only_locks_are_worth_waiting_for() -> None:
    assert is_busy(raised(sqlite3.SQLITE_BUSY_SNAPSHOT))
    assert not is_busy(raised(sqlite3.SQLITE_IOERR))
    assert not is_busy(ValueError())
