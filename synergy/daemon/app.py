"""The daemon's composition root: the only module of this room that chooses adapters."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import Final

from synergy.brokers.embedded import EmbeddedBroker
from synergy.clocks import open_clock
from synergy.core.errors import SynergyError
from synergy.core.ports import Broker, DataSource, LeaderStore
from synergy.daemon.life import Adapters, Life
from synergy.daemon.stop import Stop
from synergy.loading import Project
from synergy.logging_json import log_to_file
from synergy.passwords import store_password
from synergy.pidfile import file_trouble
from synergy.stores.sqlite.leader import SqliteLeaderStore
from synergy.stores.sqlite.source import SqliteDataSource

log = logging.getLogger(__name__)

SWITCH_SECONDS: Final = 0.0005
"""How long the store's threads wait for a busy loop to let them go on; Python's own 5 ms are longer than a commit."""


async def run(project: Project, ready: Callable[[], None], *, accept_plan: bool = False, standby: bool = False) -> None:
    """Be the daemon until it is stopped; see Life.run.

    Raises:
        SynergyError: why it does not start, or why it had to stop.
    """
    store, broker, source = _store(project), _broker(project), _source(project)
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        handler = log_to_file(project.daemon_log, project.settings.log_level)
    except OSError as error:
        raise file_trouble("log file", project.daemon_log, error) from error
    stop = Stop()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.by_signal)
    try:
        clock = open_clock(project.settings.clock, project.replay_anchor)
        await store.open()
        try:
            life = Life(project, clock, Adapters(store, broker, source), stop)
            await life.run(ready, accept_plan=accept_plan, standby=standby)
        finally:
            await store.close()
    except (SynergyError, BaseExceptionGroup) as error:
        cause = _first(error)
        log.critical("the daemon ends: %s", cause, extra={"action": "daemon_failed"})
        raise cause from None
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()


def _first(found: BaseException) -> BaseException:
    """The one failure that ended the others."""
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found


def _store(project: Project) -> LeaderStore:
    """Who stays on one machine does not pay for what others need."""
    settings = project.settings
    if settings.store.startswith("sqlite:"):
        return SqliteLeaderStore(project.sqlite_path)
    from synergy.stores.mongodb.leader import MongoLeaderStore  # noqa: PLC0415 - see above
    from synergy.stores.mongodb.link import Options  # noqa: PLC0415 - see above

    return MongoLeaderStore(
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
        return EmbeddedBroker(project.broker_socket)
    from synergy.brokers.rabbitmq import rabbit_broker  # noqa: PLC0415 - pika is loaded only by those who use it

    return rabbit_broker(project)


def _source(project: Project) -> DataSource | None:
    settings, url = project.settings, project.settings.data_source
    if url is None:
        return None
    if url.startswith("sqlite:"):
        return SqliteDataSource(project.folder / url.removeprefix("sqlite:"))
    from synergy.stores.mongodb.link import Options  # noqa: PLC0415 - see _store
    from synergy.stores.mongodb.source import MongoDataSource  # noqa: PLC0415 - see _store

    return MongoDataSource(url, Options(settings.db_connect_seconds, settings.db_timeout_seconds))
