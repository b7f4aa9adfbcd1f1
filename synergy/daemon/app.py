"""The daemon's composition root: the only module of this room that chooses adapters."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import uuid
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import Final

from synergy import __version__
from synergy.brokers.embedded import EmbeddedBroker
from synergy.clocks import open_clock
from synergy.core import messages
from synergy.core.control import replies
from synergy.core.control import requests as q
from synergy.core.control.events import Event, Stopping
from synergy.core.errors import InvalidDefinition, StoreDown
from synergy.core.ports import Broker, Clock, LeaderStore
from synergy.daemon import offers
from synergy.daemon.control_server import Caller, ControlServer
from synergy.daemon.keeper import SupervisorKeeper
from synergy.daemon.leases import Leases
from synergy.daemon.loading import Deployment
from synergy.daemon.scheduler import Scheduler
from synergy.daemon.service import Service
from synergy.daemon.standing import Standing
from synergy.daemon.views.shapes import iso
from synergy.loading import Project
from synergy.logging_json import log_to_file
from synergy.stores.sqlite.leader import SqliteLeaderStore

log = logging.getLogger(__name__)

STATUS_PREFETCH: Final = 1_000
SWITCH_SECONDS: Final = 0.0005
"""How long the store's threads wait for a busy loop to let them go on; Python's own 5 ms are longer than a commit."""

_EXPIRE_SECONDS: Final = 3_600.0
_DAY_SECONDS: Final = 86_400.0


class Stop:
    """How the daemon is told to stop: by a signal or by a request."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self.keep_supervisor = False

    def by_signal(self) -> None:
        """SIGTERM or SIGINT."""
        self.event.set()

    def by_request(self, request: q.Shutdown) -> None:
        """A shutdown request; answered first."""
        self.keep_supervisor = request.keep_supervisor
        asyncio.get_running_loop().call_later(0.05, self.event.set)


async def run(project: Project, ready: Callable[[], None], *, accept_plan: bool = False) -> None:
    """Be the daemon until it is stopped; ``ready`` is called once the control socket answers.

    Raises:
        SynergyError: why it does not start, or why it had to stop.
    """
    _refuse_unknown_adapters(project)
    sys.setswitchinterval(SWITCH_SECONDS)
    handler = log_to_file(project.daemon_log, project.settings.log_level)
    stop = Stop()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.by_signal)
    try:
        async with AsyncExitStack() as stack:
            await _serve(project, stack, stop, ready, accept_plan=accept_plan)
    except BaseExceptionGroup as group:
        raise _first(group) from None
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one failure that ended the others."""
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found


def _refuse_unknown_adapters(project: Project) -> None:
    settings = project.settings
    if not settings.store.startswith("sqlite:"):
        raise InvalidDefinition(
            f'store "{settings.store.partition("://")[0]}" is not built in', remedy="use sqlite:PATH"
        )
    if not settings.broker.startswith("embedded:"):
        scheme = settings.broker.partition("://")[0]
        raise InvalidDefinition(f'broker "{scheme}" is not built in', remedy='use "embedded:"')


async def _serve(
    project: Project, stack: AsyncExitStack, stop: Stop, ready: Callable[[], None], *, accept_plan: bool
) -> None:
    settings = project.settings
    clock = open_clock(settings.clock, project.runtime_folder / "replay.json")
    store = SqliteLeaderStore(project.sqlite_path)
    await store.open()
    stack.push_async_callback(store.close)
    daemon_id = f"{os.uname().nodename}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    broker = EmbeddedBroker(project.broker_socket)
    server: ControlServer | None = None

    def announce(events: Sequence[Event]) -> None:
        if server is not None:
            server.broadcast(events, iso(clock.schedule_time()) if server.is_heard else "")

    scheduler = Scheduler(store, broker, clock, Deployment(project.context, settings), announce)
    scheduler.term = await store.take_term(daemon_id)
    await scheduler.load(accept_plan=accept_plan)
    leases = Leases(store, clock, settings, scheduler.lease_lost)
    standing = Standing(scheduler, leases, daemon_id)
    service = Service(scheduler, leases, standing, stop.by_request)
    server = _control_server(project, service, clock, daemon_id)
    service.seq = lambda: server.seq
    await server.start()
    stack.push_async_callback(server.stop)
    await broker.start()
    stack.push_async_callback(broker.stop)
    await broker.declare(_queues(project))
    await broker.consume(messages.Q_UOW_STATUS, STATUS_PREFETCH, scheduler.mailbox.deliver)
    # Before anything is offered: a supervisor that outlived the last daemon shall not run it by old definitions.
    await _announce_definitions(project, store, broker)
    log.info("daemon %s leads with term %d", daemon_id, scheduler.term, extra={"action": "daemon_started"})
    async with asyncio.TaskGroup() as tasks:
        background = [
            tasks.create_task(leases.run(announce)),
            tasks.create_task(SupervisorKeeper(project, clock).run()),
            tasks.create_task(_expire(store, clock, project)),
        ]
        scheduling = tasks.create_task(scheduler.run())
        ready()
        await stop.event.wait()
        standing.draining = True
        announce([Stopping("the daemon is stopping")])
        scheduler.stop()
        await scheduling
        for task in background:
            task.cancel()
    log.info("daemon %s stopped", daemon_id, extra={"action": "daemon_stopped"})


async def _announce_definitions(project: Project, store: LeaderStore, broker: Broker) -> None:
    boxes = {project.settings.box_id, *(record.box_id for record in await store.supervisors())}
    await broker.declare([messages.box_queue(box_id) for box_id in sorted(boxes)])
    await broker.publish([offers.definitions(project.context, box_id) for box_id in sorted(boxes)])


def _control_server(project: Project, service: Service, clock: Clock, daemon_id: str) -> ControlServer:
    settings = project.settings

    def hello(caller: Caller) -> replies.Hello:
        return replies.Hello(
            version=__version__,
            protocol=q.PROTOCOL_VERSION,
            daemon_id=daemon_id,
            user=caller.user,
            may_change=caller.may_change,
            console_title=settings.console_title,
            console_color=settings.console_color,
        )

    return ControlServer(
        project.control_socket,
        service.handle,
        hello,
        clock,
        group=settings.control_group,
        timeout=settings.request_timeout_seconds,
    )


def _queues(project: Project) -> list[str]:
    context = project.context
    names = {spec.process_name for spec in context.managed} | {spec.process_name for spec in context.freerun}
    queues = [messages.process_queue(name) for name in sorted({*names, messages.BY_HAND})]
    return [*queues, messages.box_queue(project.settings.box_id), messages.Q_UOW_STATUS]


async def _expire(store: LeaderStore, clock: Clock, project: Project) -> None:
    """Once an hour, let go what is older than the settings keep."""
    settings = project.settings
    while True:
        now = clock.real_time()
        try:
            removed = await store.expire(
                now - settings.db_uow_ttl_days * _DAY_SECONDS, now - settings.db_log_ttl_days * _DAY_SECONDS
            )
        except StoreDown as error:
            log.warning("nothing is expired: %s", error, extra={"action": "expire_failed"})
        else:
            if removed:
                log.info("%d old records are removed", removed, extra={"action": "expired"})
        await asyncio.sleep(_EXPIRE_SECONDS)
