"""Opening a SQLite file of ours: made with its schema if it is not there, checked if it is.

The checks are cheap: that this is a database (SQLite finds a truncated one by its header), that it is one of our files,
its schema's version. Damage inside a page is found when that page is read.

A file that this process may have open through SQLite is never opened by other means: closing such a descriptor would
drop SQLite's locks (fcntl locks belong to the process), and another process could take the write-ahead log away.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Final

from msgspec import Struct

from synergy.core.errors import StoreCorrupt, StoreDown
from synergy.stores.sqlite.failures import RAISED, is_busy, translate

LOCK_SECONDS: Final = 10.0
"""How long a write waits for the lock of another process before the store counts as down."""

STEP_SECONDS: Final = 0.0005
CACHED_STATEMENTS: Final = 512


Identity = tuple[int, int]
"""Device and inode of a file."""


class FileKind(Struct, frozen=True):
    """One kind of file: the SQL that makes it, what marks it as ours, and how durable a commit is.

    ``NAME.sql`` makes one of the newest version, ``NAME-VERSION.sql`` one of this version of the version before.
    """

    name: str
    application_id: int
    version: int
    synchronous: str


STORE: Final = FileKind(name="schema", application_id=0x53594E47, version=4, synchronous="FULL")
LOGS: Final = FileKind(name="logs", application_id=0x53594E4C, version=1, synchronous="NORMAL")


def create_or_connect(path: Path, kind: FileKind) -> sqlite3.Connection:
    """Like ``connect``; folder and file are made first, for this user only, when they are missing."""
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise translate(error, path) from error
    try:
        os.mknod(path, 0o600)  # makes it without opening it: see the module's docstring
    except FileExistsError:
        return connect(path, kind)
    except OSError as error:
        raise translate(error, path) from error
    return connect(path, kind)


def connect(path: Path, kind: FileKind) -> sqlite3.Connection:
    """A checked connection in autocommit mode, for one thread.

    Raises:
        StoreCorrupt: the file is no store of ours, truncated, or from a newer version.
        StoreDown: the file is missing, may not be written, or stayed locked for LOCK_SECONDS.
        DiskFull: there is no room to make it.
    """
    limit = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            return _connect(path, kind)
        except RAISED as error:
            # Two processes that make the file at once collide while it becomes a WAL file: nobody waits for that lock.
            if not is_busy(error) or time.monotonic() > limit:
                raise translate(error, path) from error
            time.sleep(STEP_SECONDS)


def connect_reader(path: Path, kind: FileKind) -> sqlite3.Connection:
    """Like ``connect``, for reading only. Readers wait for nobody but another process's recovery or last close."""
    connection = connect(path, kind)
    connection.execute(f"PRAGMA busy_timeout = {int(LOCK_SECONDS * 1000)}")
    connection.execute("PRAGMA query_only = 1")
    return connection


def begin(connection: sqlite3.Connection, seconds: float = LOCK_SECONDS) -> None:
    """Start a transaction that writes; waits so long for the lock.

    SQLite's own waiting sleeps up to 100 ms between two looks; transactions here last about a millisecond.
    """
    limit = time.monotonic() + seconds
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > limit:
                raise
            time.sleep(STEP_SECONDS)
        else:
            return


def roll_back(connection: sqlite3.Connection) -> None:
    """End a failed transaction, if SQLite has not done it by itself."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def identity(path: Path) -> Identity | None:
    """Which file the path names now; None when there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - half of Path.stat's cost, before every transaction
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _connect(path: Path, kind: FileKind) -> sqlite3.Connection:
    if not path.exists():
        raise StoreDown(f"store {path} is missing", remedy="restore it, or start the daemon anew to make an empty one")
    connection = sqlite3.connect(
        path,
        timeout=0,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=CACHED_STATEMENTS,
    )
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {kind.synchronous}")
        connection.execute("PRAGMA journal_size_limit = 67108864")
        connection.execute("PRAGMA temp_store = MEMORY")
        _check_or_make(connection, path, kind)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_or_make(connection: sqlite3.Connection, path: Path, kind: FileKind) -> None:
    connection.execute("BEGIN")  # one snapshot: another process may be making it just now
    try:
        if _version(connection, path, kind) == kind.version:
            return
    finally:
        connection.execute("ROLLBACK")
    begin(connection)
    try:
        found = _version(connection, path, kind)  # another process may have made it meanwhile
        for name in _scripts(kind, found):
            for statement in _statements(name):
                connection.execute(statement)
        if found != kind.version:
            connection.execute(f"PRAGMA application_id = {kind.application_id}")
            connection.execute(f"PRAGMA user_version = {kind.version}")
        connection.execute("COMMIT")
    except BaseException:
        roll_back(connection)
        raise


def _scripts(kind: FileKind, found: int) -> tuple[str, ...]:
    """The SQL that makes a file of the newest version out of one of another; 0: out of an empty one."""
    if not found:
        return (kind.name,)
    return tuple(f"{kind.name}-{version}" for version in range(found + 1, kind.version + 1))


def _version(connection: sqlite3.Connection, path: Path, kind: FileKind) -> int:
    """The version that this file of ours has; 0: it is empty."""
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if mark == kind.application_id and 0 < version <= kind.version:
        return int(version)
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if mark == kind.application_id and version > kind.version:
        raise StoreCorrupt(
            f"store {path} has schema version {version}, this program knows {kind.version}",
            remedy="upgrade Synergy, or restore a backup of before the upgrade",
        )
    if tables or mark or version:
        raise StoreCorrupt(f"store {path} is a database, but no Synergy store", remedy="name another file")
    return 0


def _statements(name: str) -> Iterator[str]:
    statement = ""
    for line in resources.files(__package__).joinpath(f"{name}.sql").read_text("utf-8").splitlines():
        statement += line.partition("--")[0] + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
