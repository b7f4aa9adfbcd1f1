"""A connection that notices when its file was removed or replaced behind its back.

SQLite would go on with the removed file: what is written into it would be lost without a word, and what is read from it
would be the past, while the other connections of the program are in the present already.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from synergy.core.errors import StoreDown
from synergy.stores.sqlite.connection import identity


class WatchedConnection:
    """Takes over a connection that was opened just now."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._identity = identity(path)
        self.connection = connection

    def check(self) -> None:
        """Make sure that the path still names the file that is open.

        Raises:
            StoreDown: it does not.
        """
        if identity(self._path) != self._identity:
            raise StoreDown(
                f"store {self._path} was removed or replaced while in use",
                remedy="put the file back; a replaced one is opened by the next try",
            )

    def checked(self) -> sqlite3.Connection:
        """The connection, if its file is still there; see check."""
        self.check()
        return self.connection

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()
