"""The supervisor's composition root: chooses the adapters, takes the box's lock, and handles signals.

TERM and INT let running work end within ``stop_grace_seconds``; a second one, or QUIT, ends it at once. HUP has it look
whether the definitions changed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import socket
import sys
from pathlib import Path
from typing import Final

from synergy.brokers.embedded.client import EmbeddedBrokerClient
from synergy.clocks import RealClock
from synergy.core.errors import SynergyError, WorldError
from synergy.core.ports import Broker, WorkerStore
from synergy.loading import Project, load_project
from synergy.logging_json import log_to_file
from synergy.passwords import store_password
from synergy.pidfile import PidFile, file_trouble
from synergy.readiness import Readiness
from synergy.runtime_files import RUNTIME_FOLDER_MODE, make_own_folder
from synergy.stores.sqlite.worker import SqliteWorkerStore
from synergy.worker.marks import box_mark
from synergy.worker.reaping import become_subreaper
from synergy.worker.site import Site
from synergy.worker.supervisor import Supervisor

SWITCH_SECONDS: Final = 0.0005
"""How long the store's threads wait for a busy loop to let them go on; Python's own 5 ms are longer than a commit."""

log = logging.getLogger(__name__)


def main(folder: Path, readiness: Readiness | None = None, box_id: str | None = None) -> int:
    """Be the supervisor of this box for the project in the folder, until stopped; returns the exit code.

    What keeps it from starting is told on stderr, and to whoever waits for its readiness.
    """
    told = readiness or Readiness()
    signal.signal(signal.SIGTERM, _leave)
    try:
        project = load_project(folder, box_id)
        _make_folder(project.box_folder)
        with PidFile(project.supervisor_pid_file):
            _serve(project, told)
    except SynergyError as error:
        return _fail(error, told)
    return 0


def _serve(project: Project, told: Readiness) -> None:
    """Be the supervisor, with its log open.

    Raises:
        SynergyError: it does not start, or its log cannot be written.
    """
    try:
        handler = log_to_file(project.supervisor_log, project.settings.log_level)
    except OSError as error:
        raise file_trouble("log file", project.supervisor_log, error) from error
    try:
        asyncio.run(_run(project, told))
    except* SynergyError as group:
        raise group.exceptions[0] from None
    except* Exception as group:
        log.critical("the supervisor failed", exc_info=group, extra={"action": "supervisor_failed"})
        raise WorldError(
            f"the supervisor failed: {group.exceptions[0]!r}", remedy=f"see {project.supervisor_log}"
        ) from None
    finally:
        told.stopping()
        logging.getLogger().removeHandler(handler)
        handler.close()


async def _run(project: Project, told: Readiness) -> None:
    sys.setswitchinterval(SWITCH_SECONDS)
    clock, settings = RealClock(), project.settings
    site = site_of(project)
    store, broker = _store(project), _broker(project)
    supervisor = Supervisor(site, clock, store, broker, lambda: load_project(project.folder, settings.box_id))
    _obey_signals(supervisor)
    await supervisor.run(told.ready, adopts=become_subreaper())


def site_of(project: Project) -> Site:
    """The place that a supervisor of this project works at, under a name of its own."""
    settings = project.settings
    return Site(
        folder=project.folder,
        log_folder=project.box_log_folder,
        settings=settings,
        context=project.context,
        supervisor_id=f"{settings.box_id}.{os.getpid()}.{secrets.token_hex(4)}",
        host=socket.gethostname(),
        box_mark=box_mark(settings.box_id, project.folder),
        slots=settings.slots or 2 * (os.cpu_count() or 1),
    )


def _store(project: Project) -> WorkerStore:
    """Who stays on one machine does not pay for what others need."""
    settings = project.settings
    if settings.store.startswith("sqlite:"):
        return SqliteWorkerStore(project.sqlite_path)
    from synergy.stores.mongodb.link import Options  # noqa: PLC0415 - see above
    from synergy.stores.mongodb.worker import MongoWorkerStore  # noqa: PLC0415 - see above

    return MongoWorkerStore(
        settings.store,
        Options(
            settings.db_connect_seconds,
            settings.db_timeout_seconds,
            settings.db_log_ttl_days,
            store_password(settings, project.folder, os.environ),
        ),
    )


def _broker(project: Project) -> Broker:
    if project.settings.broker.startswith("embedded:"):
        return EmbeddedBrokerClient(project.broker_socket, project.settings.mq_timeout_seconds)
    from synergy.brokers.rabbitmq import rabbit_broker  # noqa: PLC0415 - pika is loaded only by those who use it

    return rabbit_broker(project)


def _leave(_number: int, _frame: object) -> None:
    """What TERM does while it starts: nothing runs yet, but the process that reads the definitions must not stay."""
    raise SystemExit(0)


def _obey_signals(supervisor: Supervisor) -> None:
    loop = asyncio.get_running_loop()
    asked = False

    def end_in_time() -> None:
        nonlocal asked
        supervisor.stop(now=asked)
        asked = True

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end_in_time)
    loop.add_signal_handler(signal.SIGQUIT, lambda: supervisor.stop(now=True))
    # So does a terminal that closes: it does not end a supervisor.
    loop.add_signal_handler(signal.SIGHUP, supervisor.reload)


def _make_folder(folder: Path) -> None:
    try:
        make_own_folder(folder, RUNTIME_FOLDER_MODE)
    except OSError as error:
        raise file_trouble("runtime folder", folder, error) from error


def _fail(error: SynergyError, told: Readiness) -> int:
    sys.stderr.write(f"error: {error}\n")
    told.failed(error)
    return error.exit_code
