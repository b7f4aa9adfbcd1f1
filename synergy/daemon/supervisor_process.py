"""The supervisor of this box as a process: started in a session of its own, found by its pid file, stopped by signals.

It outlives the daemon that started it: a restarted daemon finds it by the lock and leaves it and its work alone.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Final

from synergy.core.errors import AlreadyRunning, NotPermitted, RequestTimedOut, WorldError
from synergy.loading import ProjectPaths
from synergy.pidfile import file_trouble, holder
from synergy.readiness import await_ready
from synergy.runtime_files import LOG_FOLDER_MODE, append_to_own, make_own_folder

START_SECONDS: Final = 30.0
STEP_SECONDS: Final = 0.05


def supervisor_pid(paths: ProjectPaths) -> int | None:
    """The process id of the box's supervisor; None when none runs."""
    return holder(paths.supervisor_pid_file)


def spawn_supervisor(paths: ProjectPaths) -> subprocess.Popen[bytes]:
    """Start a supervisor and return its process at once; that it works is seen by its lock and its heartbeat.

    Raises:
        NotPermitted, DiskFull, WorldError: its output file or the interpreter cannot be used.
    """
    return _spawn(paths, None)


def start_supervisor(paths: ProjectPaths, seconds: float = START_SECONDS) -> tuple[int, bool]:
    """Start a supervisor; returns its process id, and whether it works already.

    One that runs but has not reached store and broker in time is left running: it goes on trying.

    Raises:
        AlreadyRunning: there is one. SynergyError: the reason that it gave for not starting.
    """
    pid = supervisor_pid(paths)
    if pid is not None:
        raise AlreadyRunning(
            f"the supervisor of {paths.folder} runs already, pid {pid}", remedy="synergyd supervisor stop ends it"
        )
    reader, writer = os.pipe()
    try:
        process = _spawn(paths, writer)
    finally:
        os.close(writer)
    try:
        await_ready(reader, "the supervisor", seconds, str(_output(paths)))
    except RequestTimedOut:
        if supervisor_pid(paths) != process.pid:
            process.kill()
            raise
        return process.pid, False
    finally:
        os.close(reader)
    return process.pid, True


def wait_until_free(path: Path, seconds: float) -> bool:
    """Wait until nobody holds a pid file; False when somebody still does after so long."""
    until = time.monotonic() + seconds
    while holder(path) is not None:
        if time.monotonic() > until:
            return False
        time.sleep(STEP_SECONDS)
    return True


def signal_holder(path: Path, number: signal.Signals) -> int | None:
    """Send a signal to the process that holds a pid file; returns its id, None when there is none.

    Raises:
        NotPermitted: it belongs to another user.
    """
    pid = holder(path)
    if pid is None:
        return None
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return None
    except PermissionError:
        raise NotPermitted(f"process {pid} belongs to another user", remedy="run this as its user or as root") from None
    return pid


def _spawn(paths: ProjectPaths, ready_fd: int | None) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "synergy.cli.synergyd", "supervisor", "run", "-C", str(paths.folder)]
    if ready_fd is not None:
        command += ["--ready-fd", str(ready_fd)]
    if paths.is_guest:
        command += ["--box", paths.settings.box_id]
    output = _output(paths)
    try:
        make_own_folder(output.parent, LOG_FOLDER_MODE)
        with os.fdopen(append_to_own(output), "ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=paths.folder,
                start_new_session=True,
                pass_fds=() if ready_fd is None else (ready_fd,),
            )
    except OSError as error:
        if isinstance(error, FileNotFoundError) and error.filename == sys.executable:
            raise WorldError(f"the interpreter {sys.executable} is gone", remedy="install synergy again") from error
        raise file_trouble("the supervisor's output", output, error) from error
    # Whoever starts it must also take note of its end, or a dead supervisor would stay as a zombie.
    threading.Thread(target=process.wait, name="supervisor-reaper", daemon=True).start()
    return process


def _output(paths: ProjectPaths) -> Path:
    return paths.box_log_folder / "supervisor.out"
