"""A daemon's life, from the wish to lead to the last answer: brought up and down in order.

Up: the lead, the schedule, the control socket, the broker, definitions, work. Down: nothing new, the batch under way,
the lead let go of, then socket and broker.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from typing import Any, Final, NamedTuple

from synergy import __version__
from synergy.core import messages
from synergy.core.control import replies
from synergy.core.control import requests as q
from synergy.core.control.events import Event, Stopping
from synergy.core.errors import BrokerDown, StoreDown
from synergy.core.ports import Broker, Clock, DataSource, LeaderStore
from synergy.daemon import offers
from synergy.daemon.broker_watch import BrokerWatch
from synergy.daemon.callers import Access, find_groups
from synergy.daemon.control_server import Caller, ControlServer
from synergy.daemon.data_source import BoundaryReader
from synergy.daemon.keeper import SupervisorKeeper
from synergy.daemon.leading import Leadership, new_daemon_id
from synergy.daemon.leases import Leases
from synergy.daemon.lifecycle import is_embedded
from synergy.daemon.loading import Deployment
from synergy.daemon.own_logs import OwnLogs
from synergy.daemon.reception import Reception
from synergy.daemon.scheduler import Scheduler
from synergy.daemon.service import Service
from synergy.daemon.standing import Standing
from synergy.daemon.stop import Stop
from synergy.daemon.store_watch import StoreWatch
from synergy.daemon.views.shapes import iso
from synergy.loading import Project
from synergy.passwords import without_password

log = logging.getLogger(__name__)

STATUS_PREFETCH: Final = 1_000

_BROKER_SECONDS: Final = 1.0
"""How often a new leader tries a broker that is down."""

_EXPIRE_SECONDS: Final = 3_600.0
_DAY_SECONDS: Final = 86_400.0


class Adapters(NamedTuple):
    """What the daemon works with. The store is open, the broker not started; ``source`` is closed in the end."""

    store: LeaderStore
    broker: Broker
    source: DataSource | None


class Life:
    """One daemon's life; ``run`` it once."""

    def __init__(self, project: Project, clock: Clock, adapters: Adapters, stop: Stop) -> None:
        store, broker, source = adapters
        self._project = project
        self._clock = clock
        self._store = store
        self._broker = broker
        self._stop = stop
        self.daemon_id = new_daemon_id()
        self._leadership = Leadership(store, clock, project.settings, self.daemon_id)
        self._reception = Reception(self._leadership, stop.by_request)
        self._server = _control_server(project, self._reception, clock, self.daemon_id)
        self._scheduler = Scheduler(store, broker, clock, Deployment(project.context, project.settings), self._announce)
        self._source = source
        self._reader = BoundaryReader(source, self._scheduler.mailbox) if source is not None else None
        self._scheduler.ask = self._reader.ask if self._reader is not None else None
        self._leases = Leases(store, clock, project.settings, self._scheduler.lease_lost)
        self._standing = Standing(self._scheduler, self._leases, self.daemon_id)

    async def run(self, ready: Callable[[], None], *, accept_plan: bool, standby: bool) -> None:
        """Be the daemon until it is stopped.

        Args:
            ready: called once the control socket answers; a second time when a standby has begun to lead.
            accept_plan: see load_schedule.
            standby: wait while another daemon leads; the control socket answers from the start.

        Raises:
            SynergyError: why it does not start, or why it had to stop.
        """
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._standing.close)
            if self._source is not None:
                stack.push_async_callback(self._source.close)
            if standby:
                await self._answer(stack)
                ready()
            if await self._wins(standby=standby) and await self._take_up(
                stack, accept_plan=accept_plan, is_patient=standby
            ):
                await self._work(ready)
        log.info("daemon %s stopped", self.daemon_id, extra={"action": "daemon_stopped"})

    def _announce(self, events: Sequence[Event]) -> None:
        self._server.broadcast(events, iso(self._clock.schedule_time()) if self._server.is_heard else "")

    async def _answer(self, stack: AsyncExitStack) -> None:
        await self._server.start()
        stack.push_async_callback(self._server.stop)

    async def _wins(self, *, standby: bool) -> bool:
        """Take the lead; False when it was stopped before."""
        async with asyncio.TaskGroup() as tasks:
            winning = tasks.create_task(self._leadership.win(standby=standby))
            stopped = tasks.create_task(self._stop.event.wait())
            await asyncio.wait((winning, stopped), return_when=asyncio.FIRST_COMPLETED)
            winning.cancel()
            stopped.cancel()
        return not winning.cancelled()

    async def _take_up(self, stack: AsyncExitStack, *, accept_plan: bool, is_patient: bool) -> bool:
        """Everything that must work before the daemon is ready, in the order in which others rely on it.

        ``is_patient``: wait for a broker that is down; False when stopped before it was there.
        """
        scheduler, broker = self._scheduler, self._broker
        scheduler.term = self._leadership.term
        await scheduler.load(accept_plan=accept_plan)
        logs = OwnLogs(self._project, lambda: self._leases.people)
        service = Service(scheduler, self._leases, self._standing, logs, self._stop.by_request)
        service.seq = lambda: self._server.seq
        self._reception.serve = service.handle
        await self._answer(stack)
        stack.push_async_callback(broker.stop)
        if is_patient and not await self._outlast_broker():
            await self._leadership.resign()
            return False
        await broker.start()
        await broker.declare(_queues(self._project))
        await broker.consume(messages.Q_UOW_STATUS, STATUS_PREFETCH, scheduler.mailbox.deliver)
        # Before anything is offered: a supervisor that outlived the last daemon shall not run it by old definitions.
        await self._announce_definitions()
        log.info("daemon %s leads with term %d", self.daemon_id, scheduler.term, extra={"action": "daemon_started"})
        return True

    async def _outlast_broker(self) -> bool:
        """Keep the lead until the broker is there: what took the last leader away may have taken it too.

        Returns False when stopped before.

        Raises:
            TermSuperseded: another daemon leads now.
        """
        async with asyncio.TaskGroup() as tasks:
            keeping = tasks.create_task(self._leadership.keep())
            while not (is_there := await self._reaches_broker()) and not self._stop.event.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(_BROKER_SECONDS):
                        await self._stop.event.wait()
            keeping.cancel()
        return is_there

    async def _reaches_broker(self) -> bool:
        try:
            await self._broker.start()
        except BrokerDown as error:
            log.warning("the lead waits for the broker: %s", error, extra={"action": "broker_awaited"})
            return False
        return True

    async def _work(self, ready: Callable[[], None]) -> None:
        async with asyncio.TaskGroup() as tasks:
            background = [tasks.create_task(service) for service in self._services()]
            scheduling = tasks.create_task(self._scheduler.run())
            ready()
            await self._stop.event.wait()
            self._standing.draining = True
            self._announce([Stopping("the daemon is stopping")])
            self._scheduler.stop()
            await scheduling
            for task in background:
                task.cancel()
        if not self._stop.keep_supervisor:  # of a restart the successor knows at once that this one is gone
            await self._leadership.resign()

    def _services(self) -> Sequence[Coroutine[Any, Any, None]]:
        reading = () if self._reader is None else (self._reader.run(),)
        return (
            *reading,
            *self._watches(),
            self._leadership.keep(),
            self._leases.run(self._announce),
            self._tend(),
            self._expire(),
        )

    def _watches(self) -> Sequence[Coroutine[Any, Any, None]]:
        """Who looks after a store that is not a file of this machine."""
        url, scheduler = self._project.settings.store, self._scheduler
        if url.startswith("sqlite:"):
            return ()
        place = without_password(url)
        return (StoreWatch(self._store, place, scheduler.store_is_silent, scheduler.store_answers).run(),)

    async def _tend(self) -> None:
        """See to whatever the choice of broker asks for."""
        if is_embedded(self._project):
            await SupervisorKeeper(self._project, self._clock).run()
        else:
            await BrokerWatch(self._broker, self._scheduler.offer_again, self._announce).run()

    async def _announce_definitions(self) -> None:
        project = self._project
        boxes = {project.settings.box_id, *(record.box_id for record in await self._store.supervisors())}
        await self._broker.declare([messages.box_queue(box_id) for box_id in sorted(boxes)])
        await self._broker.publish([offers.definitions(project.context, box_id) for box_id in sorted(boxes)])

    async def _expire(self) -> None:
        """Once an hour, let go what is older than the settings keep."""
        settings = self._project.settings
        while True:
            now = self._clock.real_time()
            try:
                removed = await self._store.expire(
                    now - settings.db_uow_ttl_days * _DAY_SECONDS, now - settings.db_log_ttl_days * _DAY_SECONDS
                )
            except StoreDown as error:
                log.warning("nothing is expired: %s", error, extra={"action": "expire_failed"})
            else:
                if removed:
                    log.info("%d old records are removed", removed, extra={"action": "expired"})
            await asyncio.sleep(_EXPIRE_SECONDS)


def _control_server(project: Project, reception: Reception, clock: Clock, daemon_id: str) -> ControlServer:
    settings = project.settings

    def hello(caller: Caller) -> replies.Hello:
        return replies.Hello(
            version=__version__,
            protocol=q.PROTOCOL_VERSION,
            daemon_id=daemon_id,
            user=caller.user,
            may_change=caller.may_change,
            role=caller.role,
            console_title=settings.console_title,
            console_color=settings.console_color,
        )

    return ControlServer(
        project.control_socket,
        reception.handle,
        hello,
        clock,
        access=Access(find_groups(settings), project.view_socket),
        timeout=settings.request_timeout_seconds,
    )


def _queues(project: Project) -> list[str]:
    context = project.context
    names = {spec.process_name for spec in context.managed} | {spec.process_name for spec in context.freerun}
    queues = [messages.process_queue(name) for name in sorted({*names, messages.BY_HAND})]
    if project.settings.mq_announce_jobs:
        queues.append(messages.Q_JOB_STATUS)
    return [*queues, messages.box_queue(project.settings.box_id), messages.Q_UOW_STATUS]
