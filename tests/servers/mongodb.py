"""A private MongoDB-wire server for tests: a process of its own, on a free port of the loopback and in its own folder.

The server is a test's only: it is run, never imported. It is ended by its pid; a large database takes it long to drop,
so its folder is thrown away instead.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pymongo import MongoClient

from tests.waiting import poll

START_SECONDS: Final = 60.0

GIVEN_URL: Final = os.environ.get("SYNERGY_TEST_MONGODB_URL")
"""A real MongoDB to be tested as well, without a database: ``mongodb://host:port/?replicaSet=rs0``."""

_LISTENING: Final = re.compile(r"listening on 127\.0\.0\.1:(\d+)")


def new_database() -> str:
    """A name that no test has used."""
    return f"synergy_test_{uuid.uuid4().hex[:12]}"


@contextmanager
def database_of_its_own() -> Iterator[str]:
    """The URL of a database on the given server, which is dropped afterwards."""
    before, mark, options = str(GIVEN_URL).partition("?")
    name = new_database()
    try:
        yield f"{before.rstrip('/')}/{name}{mark}{options}"
    finally:
        with MongoClient[dict[str, object]](GIVEN_URL) as client:
            client.drop_database(name)


class MongoServer:
    """One server; a ``standalone`` one has no transactions and no retryable writes, the other is a set of one."""

    def __init__(self, folder: Path, *, standalone: bool, arguments: Sequence[str] = ()) -> None:
        self._folder = folder
        self._standalone = standalone
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def start(self) -> None:
        """Return once it listens; at a second start on the port of the first."""
        self._folder.mkdir(parents=True, exist_ok=True)
        log = self._folder / "server.log"
        with log.open("wb") as output:
            self._process = subprocess.Popen(self._command(), stdout=output, stderr=subprocess.STDOUT)
        process = self._process

        def listens() -> bool:
            found = _LISTENING.search(log.read_text(errors="replace"))
            self.port = int(found[1]) if found else self.port
            assert found or process.poll() is None, log.read_text(errors="replace")
            return found is not None

        poll(listens, START_SECONDS, f"the server in {self._folder} listens")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it, and to nobody else."""
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self) -> None:
        """End it in order; it takes two seconds."""
        self.signal(signal.SIGTERM)
        assert self._process is not None
        self._process.wait(START_SECONDS)
        self._process = None

    def kill(self) -> None:
        """End it at once, as a power cut would; may be called twice."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def drop(self, database: str) -> None:
        """Remove a small database; a large one would take long."""
        with MongoClient[dict[str, object]](self.url(database)) as client:
            client.drop_database(database)

    def url(self, database: str, *, user: str = "", options: str = "") -> str:
        """The URL of a database; ``user`` is ``name:password``."""
        who = f"{user}@" if user else ""
        chosen = options if self._standalone else "&".join(filter(None, ("replicaSet=secantus", options)))
        return f"mongodb://{who}127.0.0.1:{self.port}/{database}?{chosen}"

    def _command(self) -> list[str]:
        program = Path(sys.executable).with_name("secantusd-py")
        assert program.exists(), f"{program} is missing: install the extra called test"
        mode = ["--standalone"] if self._standalone else []
        place = ["--host", "127.0.0.1", "--port", str(self.port), "--storage-path", str(self._folder / "data")]
        return [str(program), *place, "--log-level", "INFO", *mode, *self._arguments]


@contextmanager
def running(folder: Path, *, standalone: bool, arguments: Sequence[str] = ()) -> Iterator[MongoServer]:
    """A server that runs inside the block."""
    server = MongoServer(folder, standalone=standalone, arguments=arguments)
    try:
        server.start()
        yield server
    finally:
        server.kill()
