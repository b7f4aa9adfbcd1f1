"""What sqlite3 and the file system raise, told as errors of ours; no driver's exception leaves this folder."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path
from typing import Final

import msgspec

from synergy.core.errors import DiskFull, InvalidArgument, StoreCorrupt, StoreDown, SynergyError

CORRUPT_REMEDY: Final = "restore it from a backup, or move it away and start with an empty store"

_CORRUPT: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})
_REFUSED: Final = frozenset(
    {sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_RANGE},
)
_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_DENIED: Final = frozenset(
    {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH},
)
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})

RAISED: Final = (sqlite3.Error, sqlite3.Warning, OSError, OverflowError, UnicodeError, msgspec.MsgspecError)
"""What work on a store may raise besides errors of ours; ``translate`` takes each of them."""


def primary_code(error: BaseException) -> int | None:
    """SQLite's primary result code; None for errors of the sqlite3 module itself."""
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None


def is_busy(error: BaseException) -> bool:
    """Whether another connection held the lock that was wanted."""
    return primary_code(error) in _BUSY


def is_damage(error: BaseException) -> bool:
    """Whether the file itself is damaged, or is no database at all."""
    return primary_code(error) in _CORRUPT or (error.__cause__ is not None and is_damage(error.__cause__))


def translate(error: BaseException, path: Path) -> SynergyError:
    """The error of ours that says the same; the message names the file."""
    match error:
        case SynergyError():
            return error
        case sqlite3.Error():
            return _from_sqlite(error, path)
        case msgspec.MsgspecError():
            return StoreCorrupt(f"store {path}: a record cannot be read: {error}", remedy=CORRUPT_REMEDY)
        case OSError():
            return from_os(error, path)
        case UnicodeDecodeError():  # a text that was stored, or SQLite's own words about a damaged schema
            return StoreCorrupt(f"store {path} cannot be read: {error}", remedy=CORRUPT_REMEDY)
        case _:
            return InvalidArgument(f"store {path}: a record cannot be stored: {error}", remedy="correct the record")


def from_os(error: OSError, path: Path) -> SynergyError:
    """Trouble with the store's files and folders."""
    reason = error.strerror or str(error)
    if error.errno in _NO_ROOM:
        return DiskFull(f"store {path}: {reason}", remedy="free some space; nothing of the last write was stored")
    return StoreDown(f"store {path}: {reason}", remedy="check that the folder exists and that this user may write it")


def _from_sqlite(error: sqlite3.Error, path: Path) -> SynergyError:
    code = primary_code(error)
    if code == sqlite3.SQLITE_FULL:
        return DiskFull(
            f"store {path}: the disk is full", remedy="free some space; nothing of the last write was stored"
        )
    if code in _CORRUPT or code == sqlite3.SQLITE_ERROR:  # the latter: tables or columns are missing
        return StoreCorrupt(f"store {path} cannot be read: {error}", remedy=CORRUPT_REMEDY)
    if code in _REFUSED or isinstance(error, sqlite3.InterfaceError | sqlite3.DataError):
        return InvalidArgument(f"store {path}: a record cannot be stored: {error}", remedy="correct the record")
    if code in _BUSY:
        return StoreDown(f"store {path} is locked by another process", remedy="find out who holds it: fuser or lsof")
    if code in _DENIED:
        return StoreDown(f"store {path}: {error}", remedy="check that this user may write the file and its folder")
    return StoreDown(f"store {path}: {error}", remedy="check the disk and the system's log")
