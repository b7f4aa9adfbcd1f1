"""Starting, stopping and looking at the daemon from outside of it.

Whether it runs is told by the lock of its pid file alone. Start returns when the control socket answers, stop when the
lock is free; both say why when that does not happen.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from synergy.client import ControlClient
from synergy.core.control import requests as q
from synergy.core.errors import AlreadyRunning, PeerError, RequestTimedOut, StandingBy, SynergyError, WorldError
from synergy.daemon.detaching import start_detached
from synergy.daemon.supervisor_process import signal_holder, supervisor_pid, wait_until_free
from synergy.loading import Project, ProjectPaths
from synergy.pidfile import PidFile, file_trouble, holder
from synergy.readiness import Readiness
from synergy.runtime_files import LOG_FOLDER_MODE, RUNTIME_FOLDER_MODE, append_to_own, make_own_folder

START_SECONDS: Final = 60.0
STOP_MARGIN_SECONDS: Final = 30.0
"""How long a program may take to end after its work has ended."""

SILENT_SECONDS: Final = 2.0
"""So long is waited without a word."""

KILL_SECONDS: Final = 10.0
ASK_SECONDS: Final = 5.0

Serve = Callable[[Readiness], None]
TellWait = Callable[[str, float], None]
"""Told for whose end a stop waits, and how many seconds at most, when it takes longer than a moment."""

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Standing:
    """What runs of a project on this machine. ``answers``: the control socket does. ``standby``: another one leads."""

    daemon_pid: int | None
    supervisor_pid: int | None
    answers: bool
    trouble: str = ""
    standby: bool = False


@dataclass(frozen=True)
class Stopped:
    """What a stop did: the processes that ended, those that had to be killed, and those that are still there."""

    ended: tuple[str, ...] = ()
    killed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def start(project: Project, *, accept_plan: bool = False, standby: bool = False, seconds: float = START_SECONDS) -> int:
    """Start the daemon in the background; returns its process id once its control socket answers.

    Raises:
        AlreadyRunning: it runs. SynergyError: the reason that it gave, or that its folder cannot be used.
    """
    refuse_second(project)
    out = prepare_folders(project)
    try:
        start_detached(_server(project, accept_plan=accept_plan, standby=standby), project.folder, out, seconds)
    except RequestTimedOut:
        _end_for_good(project)
        raise
    pid = holder(project.pid_file)
    if pid is None:
        raise WorldError("the daemon was ready and ended at once", remedy=f"see {out}")
    return pid


def run(
    project: Project, *, accept_plan: bool = False, standby: bool = False, notify_socket: str | None = None
) -> None:
    """Be the daemon, in the foreground, until it is stopped; the supervisor that it started ends with it.

    Raises:
        AlreadyRunning: another one runs. SynergyError: it does not start, or failed.
    """
    refuse_second(project)
    prepare_folders(project)
    readiness = Readiness(notify_socket=notify_socket)
    try:
        _server(project, accept_plan=accept_plan, standby=standby)(readiness)
    finally:
        readiness.stopping()
    if is_embedded(project):
        stop_supervisor(project)


def _say_nothing(_name: str, _seconds: float) -> None:
    """Nobody reads it."""


def stop(paths: ProjectPaths, *, now: bool = False, tell: TellWait = _say_nothing) -> Stopped:
    """Stop the daemon and, with the embedded broker, this box's supervisor; nothing running is fine too.

    Raises:
        NotPermitted: they belong to another user.
    """
    told = _stop_daemon(paths, now=now, keep_supervisor=False, tell=tell)
    if not is_embedded(paths):
        return told
    rest = stop_supervisor(paths, now=now, tell=tell)
    return Stopped(told.ended + rest.ended, told.killed + rest.killed, told.left + rest.left)


def stop_for_restart(paths: ProjectPaths, tell: TellWait = _say_nothing) -> Stopped:
    """Stop the daemon only; supervisor and running work go on."""
    return _stop_daemon(paths, now=False, keep_supervisor=True, tell=tell)


def stop_supervisor(paths: ProjectPaths, *, now: bool = False, tell: TellWait = _say_nothing) -> Stopped:
    """Stop this box's supervisor, which lets running work end within ``stop_grace_seconds`` unless ``now``."""
    pid = signal_holder(paths.supervisor_pid_file, signal.SIGQUIT if now else signal.SIGTERM)
    if pid is None:
        return Stopped()
    return _outcome(paths, f"supervisor, pid {pid}", paths.supervisor_pid_file, now=now, tell=tell)


def standing(paths: ProjectPaths) -> Standing:
    """What runs now."""
    daemon, supervisor = holder(paths.pid_file), supervisor_pid(paths)
    if daemon is None:
        return Standing(None, supervisor, answers=False)
    try:
        asyncio.run(_ask(paths, q.Status()))
    except StandingBy as error:
        return Standing(daemon, supervisor, answers=True, trouble=error.message, standby=True)
    except SynergyError as error:
        return Standing(daemon, supervisor, answers=False, trouble=error.message)
    return Standing(daemon, supervisor, answers=True)


def refuse_second(paths: ProjectPaths) -> None:
    """Raise AlreadyRunning when the daemon runs."""
    pid = holder(paths.pid_file)
    if pid is not None:
        raise AlreadyRunning(
            f"the daemon of {paths.folder} runs already, pid {pid}", remedy="synergyd stop ends it, restart renews it"
        )


def prepare_folders(paths: ProjectPaths) -> Path:
    """Make the folders of run time and logs and see that they can be written, before anything depends on them."""
    out = paths.log_folder / "daemon.out"
    try:
        make_own_folder(paths.runtime_folder, RUNTIME_FOLDER_MODE)
    except OSError as error:
        raise file_trouble("runtime folder", paths.runtime_folder, error) from error
    try:
        make_own_folder(out.parent, LOG_FOLDER_MODE)
        with os.fdopen(append_to_own(out), "a", encoding="utf-8") as file:
            file.write(f"the daemon is started by process {os.getpid()}\n")
    except OSError as error:
        raise file_trouble("log folder", paths.log_folder, error) from error
    return out


def _server(project: Project, *, accept_plan: bool, standby: bool) -> Serve:
    """The daemon's life: the lock, then the composition root, imported here so that nothing exists before a fork."""

    def serve(readiness: Readiness) -> None:
        with PidFile(project.pid_file):
            from synergy.daemon.app import run as run_app  # noqa: PLC0415 - see above

            asyncio.run(run_app(project, readiness.ready, accept_plan=accept_plan, standby=standby))

    return serve


def is_embedded(paths: ProjectPaths) -> bool:
    """Whether the daemon keeps a supervisor of its own, which then stops with it."""
    return paths.settings.broker.startswith("embedded:")


def _end_for_good(paths: ProjectPaths) -> None:
    """End a daemon that did not get ready, so that a failed start leaves nothing behind."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if signal_holder(paths.pid_file, number) is None or wait_until_free(paths.pid_file, KILL_SECONDS):
            return


def _stop_daemon(paths: ProjectPaths, *, now: bool, keep_supervisor: bool, tell: TellWait) -> Stopped:
    pid = holder(paths.pid_file)
    if pid is None:
        return Stopped()
    try:
        asyncio.run(_ask(paths, q.Shutdown(now=now, keep_supervisor=keep_supervisor)))
    except (WorldError, PeerError):
        # It does not listen (any more): the signal says the same, and a daemon that is already stopping ignores it.
        signal_holder(paths.pid_file, signal.SIGTERM)
    return _outcome(paths, f"daemon, pid {pid}", paths.pid_file, now=now, tell=tell)


def _outcome(paths: ProjectPaths, name: str, pid_file: Path, *, now: bool, tell: TellWait) -> Stopped:
    """Wait for the end; with ``now`` what does not end is killed: every state is stored before it is acted upon."""
    seconds = STOP_MARGIN_SECONDS + (0.0 if now else paths.settings.stop_grace_seconds)
    if wait_until_free(pid_file, SILENT_SECONDS):
        return Stopped(ended=(name,))
    tell(name, seconds)
    if wait_until_free(pid_file, seconds - SILENT_SECONDS):
        return Stopped(ended=(name,))
    if now:
        signal_holder(pid_file, signal.SIGKILL)
        if wait_until_free(pid_file, KILL_SECONDS):
            return Stopped(killed=(name,))
    return Stopped(left=(name,))


async def _ask(paths: ProjectPaths, request: q.Request[Answer]) -> Answer:
    client = await ControlClient.connect(paths.control_socket, client="synergyd", timeout=ASK_SECONDS)
    try:
        return await client.call(request, timeout=ASK_SECONDS)
    finally:
        await client.close()
