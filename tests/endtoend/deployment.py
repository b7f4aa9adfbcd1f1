"""A private deployment, driven as its users drive it: by synergyd and synergyctl, in a folder of its own.

The folder lies right under the system's folder for temporary files: a test's own would be too long for a socket path.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from synergy.core.records import JobKey, UnitOfWork, UowId
from synergy.core.states import JobState
from synergy.loading import ProjectPaths, load_paths
from synergy.pidfile import holder
from synergy.worker.marks import BOX, box_mark
from synergy.worker.process_table import ProcessId, carries, is_alive, read_table, send_signal
from tests.endtoend.stored import Stored
from tests.endtoend.stored_in_mongodb import MongoStored
from tests.endtoend.stored_in_sqlite import SqliteStored
from tests.waiting import poll

log = logging.getLogger(__name__)

LIMIT_SECONDS: Final = 60.0
SECOND_BOX: Final = "box-2"
EMBEDDED: Final[Mapping[str, str]] = MappingProxyType({})
Done = subprocess.CompletedProcess[str]


class Deployment:
    """One project. Every process of it that was ever seen is remembered, so that the end can be made sure of.

    ``servers``: URLs for the settings ``store`` and ``broker``, where the project that is written here names none.
    ``environment``: variables that its programs are started with, besides those of whoever starts them.
    """

    def __init__(self, folder: Path, servers: Mapping[str, str] = EMBEDDED) -> None:
        self.folder = folder
        self.servers = servers
        self.environment: dict[str, str] = {}
        self._seen: set[ProcessId] = set()
        self._opened: dict[str, Stored] = {}

    @property
    def paths(self) -> ProjectPaths:
        """The project's places."""
        return load_paths(self.folder)

    def synergyd(self, *arguments: str, expect: int | None = 0) -> Done:
        """Run synergyd; ``expect``: the exit code it must end with (None: any)."""
        self._use_servers()
        return self._program("synergyd", arguments, expect)

    def ctl(self, *arguments: str, expect: int | None = 0, given: str | None = None) -> Done:
        """Run synergyctl, with ``given`` on its standard input; see ``synergyd``."""
        return self._program("synergyctl", arguments, expect, given)

    def ctl_json(self, *arguments: str, expect: int | None = 0) -> Any:
        """What synergyctl answers with ``-o json``."""
        return json.loads(self.ctl(*arguments, "-o", "json", expect=expect).stdout)

    def popen(self, *command: str, **streams: Any) -> subprocess.Popen[str]:
        """A synergyctl or synergyd that goes on: the caller ends it, or waits for its end."""
        name, *arguments = command
        return subprocess.Popen(
            [*_program(name), *arguments, "-C", str(self.folder)], stdin=subprocess.DEVNULL, text=True, **streams
        )

    def start(self) -> None:
        """Start daemon and supervisor; returns when both work."""
        self.synergyd("start")
        if not self._is_embedded:
            self.synergyd("supervisor", "start")
        poll(lambda: self.supervisor_pid is not None, LIMIT_SECONDS, "a supervisor runs")
        self.remember()

    def second_box(self, verb: str) -> None:
        """``start`` or ``stop`` a supervisor of ``box-2`` in the same folder; it works when this returns."""
        self.synergyd("supervisor", verb, "--box", SECOND_BOX)
        self.remember()

    @property
    def second_paths(self) -> ProjectPaths:
        """The places of ``box-2``."""
        return load_paths(self.folder, SECOND_BOX)

    @property
    def daemon_pid(self) -> int | None:
        """Whoever holds the daemon's pid file."""
        return holder(self.paths.pid_file)

    @property
    def supervisor_pid(self) -> int | None:
        """Whoever holds the supervisor's pid file."""
        return holder(self.paths.supervisor_pid_file)

    def signal(self, name: str, number: signal.Signals) -> int:
        """Send a signal to the ``daemon`` or the ``supervisor``; returns its pid."""
        pid = self.daemon_pid if name == "daemon" else self.supervisor_pid
        assert pid is not None, f"there is no {name}"
        self.remember()
        os.kill(pid, number)
        return pid

    def marked(self, **marks: str) -> list[int]:
        """The living processes that a supervisor of this project started, with these further marks."""
        boxes = [box_mark(box_id, self.folder) for box_id in (self.paths.settings.box_id, SECOND_BOX)]
        found = [
            row for row in read_table().values()
            if not row.is_zombie and any(carries(row.pid, {BOX: box, **marks}) for box in boxes)
        ]  # fmt: skip
        self._seen |= {row.id for row in found}
        return sorted(row.pid for row in found)

    def remember(self) -> None:
        """Take note of every process of this project that runs now."""
        self.marked()
        table = read_table()
        pids = (self.daemon_pid, self.supervisor_pid, holder(self.second_paths.supervisor_pid_file))
        self._seen |= {table[pid].id for pid in pids if pid in table}

    @property
    def stored(self) -> Stored:
        """What the store holds that the project's settings name now, read past the daemon."""
        store = self.paths.settings.store
        if store not in self._opened:
            is_file = store.startswith("sqlite:")
            self._opened[store] = SqliteStored(self.paths.sqlite_path) if is_file else MongoStored(store)
        return self._opened[store]

    def job_state(self, job: str) -> str:
        """The state of a job as the store has it: ``processed``, ``in_progress``."""
        process_name, _, timeperiod = job.partition("@")
        found = self.stored.job(JobKey(process_name, timeperiod))
        return (found.state if found else JobState.EMBRYO).removeprefix("state_")

    def first_uow(self, job: str) -> UnitOfWork | None:
        """A job's first unit of work as the store has it."""
        return self.stored.uow(UowId(f"{job}.1"))

    def await_job(self, job: str, state: str, seconds: float = 30.0) -> None:
        """Wait until a job has a state."""
        poll(lambda: self.job_state(job) == state, seconds, f"{job} is {state}")

    def await_status(self, condition: Callable[[Mapping[str, Any]], object], seconds: float, what: str) -> Any:
        """Wait until the status is as wished, and return it."""
        told: dict[str, Any] = {}

        def look() -> object:
            done = self.ctl("status", "-o", "json", expect=None)
            told.clear()
            told.update(json.loads(done.stdout or "{}"))
            return told and condition(told)

        poll(look, seconds, what)
        return told

    def logged(self, name: str = "daemon") -> str:
        """All that the ``daemon`` or ``supervisor`` has logged."""
        path = self.paths.daemon_log if name == "daemon" else self.paths.supervisor_log
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def close(self) -> list[int]:
        """End everything that was started, and remove the folder; returns the pids that stop left behind."""
        self.remember()
        for process in self._seen:
            send_signal(process, signal.SIGCONT)
        try:
            if holder(self.second_paths.supervisor_pid_file) is not None:
                self.synergyd("supervisor", "stop", "--now", "--box", SECOND_BOX, expect=None)
            self.synergyd("stop", "--now", expect=None)
            if self.supervisor_pid is not None:
                self.synergyd("supervisor", "stop", "--now", expect=None)
        except subprocess.TimeoutExpired:
            log.error("synergyd stop --now did not return")  # noqa: TRY400 - what is left is told below
        # A pid file is free an instant before its process is gone.
        with suppress(AssertionError):
            poll(lambda: not self._left(), 2.0)
        left = self._left()
        for process in left:
            log.error("left behind: %s %s", process, Path(f"/proc/{process.pid}/cmdline").read_bytes())
            send_signal(process, signal.SIGKILL)
        for stored in self._opened.values():
            stored.close()
        if "SYNERGY_KEEP" not in os.environ:
            shutil.rmtree(self.folder, ignore_errors=True)
        return [process.pid for process in left]

    @property
    def _is_embedded(self) -> bool:
        return self.paths.settings.broker.startswith("embedded:")

    def _use_servers(self) -> None:
        toml = self.folder / "synergy.toml"
        text = toml.read_text() if toml.exists() else ""
        missing = [f'{name} = "{url}"\n' for name, url in self.servers.items() if f"\n{name} = " not in text]
        if text and missing:
            toml.write_text(text.replace("[synergy]\n", "".join(["[synergy]\n", *missing]), 1))

    def _left(self) -> list[ProcessId]:
        self.remember()
        return sorted(process for process in self._seen if is_alive(process))

    def _program(self, name: str, arguments: Sequence[str], expect: int | None, given: str | None = None) -> Done:
        # What stands after -- belongs to a job's command.
        cut = arguments.index("--") if "--" in arguments else len(arguments)
        done = subprocess.run(
            [*_program(name), *arguments[:cut], "-C", str(self.folder), *arguments[cut:]],
            input=given, stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True, text=True, check=False, timeout=LIMIT_SECONDS + 30,
            env={**os.environ, **self.environment},
        )  # fmt: skip
        told = f"{name} {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr, told
        assert expect is None or done.returncode == expect, told
        return done


def _program(name: str) -> list[str]:
    return [str(Path(sys.executable).with_name(name))]


def new_folder() -> Path:
    """A fresh folder with a short name."""
    return Path(tempfile.mkdtemp(prefix="syn-")).resolve()
