"""Every request of the control protocol, served: looks are read off the schedule, changes go through the mailbox."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final

from msgspec.structs import replace

from synergy.core.control import grid_requests as g
from synergy.core.control import log_requests as d
from synergy.core.control import process_requests as p
from synergy.core.control import replies
from synergy.core.control import requests as q
from synergy.core.control import why_requests as y
from synergy.core.engine import changes
from synergy.core.engine.schedule import Schedule
from synergy.core.engine.why import Around, Outlook
from synergy.core.errors import StoreDown
from synergy.core.ports import LeaderStore
from synergy.core.records import BoxProcess
from synergy.daemon.changing import Changing
from synergy.daemon.command_lines import request_line
from synergy.daemon.control_server import Caller
from synergy.daemon.entries import Entries
from synergy.daemon.leases import Leases
from synergy.daemon.own_logs import OwnLogs
from synergy.daemon.plans import Plans
from synergy.daemon.scheduler import Scheduler
from synergy.daemon.standing import Standing
from synergy.daemon.views import audit, grid, health, jobs, people, planned, processes, why, works

Serve = Callable[[Any, Caller], Awaitable[replies.Reply]]
Stop = Callable[[q.Shutdown], None]

_NOTE_SECONDS: Final = 2.0
"""How long a shutdown waits until its audit entry is stored."""

log = logging.getLogger(__name__)


class Service:
    """The control server's handler. ``stop`` is told of a shutdown request; ``seq`` is the last event's number."""

    def __init__(self, scheduler: Scheduler, leases: Leases, standing: Standing, logs: OwnLogs, stop: Stop) -> None:
        self.scheduler = scheduler
        self.store: LeaderStore = scheduler.store
        self.leases = leases
        self.standing = standing
        self.seq: Callable[[], int] = int
        self._stop = stop
        plans = Plans(scheduler, leases.slots)
        self._changing = Changing(scheduler)
        entries = Entries(scheduler, self._changing)
        self._serve: dict[type[q.Request[Any]], Serve] = {
            q.Status: self._status,
            q.Subscribe: self._subscribe,
            q.Trees: self._look(lambda schedule, _request: health.trees(schedule)),
            q.Processes: self._look(lambda schedule, _request: health.processes(schedule)),
            q.Grid: self._look(lambda schedule, request: grid.grid(schedule, request, self.seq())),
            g.RollUp: self._look(lambda schedule, request: grid.roll_up(schedule, request, self.seq())),
            q.Collector: self._look(self._collector),
            q.ListEntries: self._read(people.entries),
            q.Workers: self._look(lambda _schedule, _request: people.workers(leases.people, leases.alive)),
            q.Boxes: self._boxes,
            p.ShowProcess: self._read(processes.show_process),
            q.ListJobs: self._read(jobs.list_jobs),
            q.Show: self._show,
            q.JobHistory: self._read(jobs.history),
            q.Attempts: self._read(works.attempts),
            q.Logs: self._read(works.log_page),
            q.SearchLog: self._read(works.search_log),
            d.DaemonLogs: logs.listed,
            d.DaemonLog: logs.page,
            d.SearchDaemonLog: logs.search,
            q.ListUows: self._read(works.list_uows),
            q.ShowUow: self._read(
                lambda _schedule, store, request: works.show_uow(store, scheduler.survivors, request)
            ),
            q.ListAudit: self._list_audit,
            q.WalkAudit: self._walk_audit,
            y.Why: self._why,
            y.WhyAll: self._why_all,
            y.Blocks: self._look(why.blocks),
            y.WhyRan: self._read(why.why_ran),
            q.MakePlan: plans.make,
            q.ApplyPlan: plans.apply,
            q.ListPlans: plans.known,
            q.Directives: self._read(planned.directives),
            q.ShowBatch: self._read(planned.batch),
            q.Trigger: self._trigger,
            q.SwitchProcess: self._changing.switch,
            q.SwitchOnBox: self._switch_on_box,
            q.ChangeFrequency: self._changing.frequency,
            q.SaveEntry: entries.save,
            q.RemoveEntry: entries.remove,
            q.RunEntry: entries.run,
            q.CollectorRefresh: self._changing.collect,
            q.CollectorFlush: self._changing.flush,
            q.Shutdown: self._shutdown,
        }
        self._entries = entries

    async def handle(self, request: q.Request[Any], caller: Caller) -> replies.Reply:
        """Serve one request.

        Raises:
            SynergyError: why it was not served.
        """
        reply = await self._serve[type(request)](request, caller)
        return replace(reply, command=request_line(request)) if isinstance(reply, replies.Done) else reply

    def _look(self, view: Callable[[Schedule, Any], replies.Reply]) -> Serve:
        async def serve(request: q.Request[Any], _caller: Caller) -> replies.Reply:
            return view(self.scheduler.last_schedule, request)

        return serve

    def _read(self, view: Callable[[Schedule, LeaderStore, Any], Awaitable[replies.Reply]]) -> Serve:
        async def serve(request: q.Request[Any], _caller: Caller) -> replies.Reply:
            self._must_answer()
            return await view(self.scheduler.schedule, self.store, request)

        return serve

    def _must_answer(self) -> None:
        """A store that is known to be away is not waited for: its driver would take its time to find out once more."""
        if self.scheduler.store_problem is not None:
            raise self.scheduler.store_problem

    async def _status(self, _request: q.Status, _caller: Caller) -> replies.Status:
        return await self.standing.status()

    async def _subscribe(self, _request: q.Subscribe, _caller: Caller) -> replies.Subscribed:
        status = await self.standing.status()
        return replies.Subscribed(seq=self.seq(), status=status)

    async def _show(self, request: q.Show, _caller: Caller) -> replies.JobDetail:
        self._must_answer()
        return await jobs.show(self.scheduler.schedule, self.store, request, self._around())

    async def _why(self, request: y.Why, _caller: Caller) -> replies.Why:
        """Told while the store is down, too: as it was last known."""
        return await why.why_job(Outlook(self.scheduler.last_schedule, self._around()), self.store, request)

    async def _why_all(self, request: y.WhyAll, _caller: Caller) -> replies.WhyAll:
        return await why.why_all(lambda: Outlook(self.scheduler.last_schedule, self._around()), self.store, request)

    def _around(self) -> Around:
        return why.around_of(self.scheduler, self.leases.slots().items())

    def _collector(self, schedule: Schedule, _request: q.Collector) -> replies.Collector:
        return people.collector(schedule, self.scheduler.rounds.last, self.scheduler.clock.real_time())

    async def _boxes(self, _request: q.Boxes, _caller: Caller) -> replies.Boxes:
        self._must_answer()
        switched: tuple[BoxProcess, ...] = await self.store.box_processes()
        return people.boxes(self.scheduler.schedule, self.leases.boxes(), switched)

    async def _trigger(self, request: q.Trigger, caller: Caller) -> replies.Done:
        if "::" in request.process_name:
            told = q.RunEntry(request.process_name, reason=request.reason, key=request.key, preview=request.preview)
            return await self._entries.run(told, caller)
        return await self._changing.trigger(request, caller)

    async def _switch_on_box(self, request: q.SwitchOnBox, caller: Caller) -> replies.Done:
        self._must_answer()
        return await self._changing.switch_on_box(request, caller)

    async def _list_audit(self, request: q.ListAudit, _caller: Caller) -> replies.AuditPage:
        self._must_answer()
        return await audit.list_audit(self.store, request, self.scheduler.clock.real_time())

    async def _walk_audit(self, request: q.WalkAudit, _caller: Caller) -> replies.AuditLinks:
        """The last page is read between two batches: what is stored, and what is known to be, are of one moment."""
        self._must_answer()
        page = await audit.walk_audit(self.store, request)
        if page.more:
            return page

        async def look(_schedule: Schedule) -> replies.AuditLinks:
            last = await audit.walk_audit(self.store, request)
            if last.more:
                return last
            return replace(last, daemon_head=self.scheduler.audit_head, store_head=await self.store.audit_head())

        return await self.scheduler.mailbox.ask_slowly(look)

    async def _shutdown(self, request: q.Shutdown, caller: Caller) -> replies.Done:
        """A store that takes no entry now must not keep the daemon from ending; its log tells who ended it."""
        verb = "restart" if request.keep_supervisor else "stop"
        log.info("%s is asked by %s", verb, caller.user, extra={"action": "stop_asked"})
        note = partial(
            changes.note, actor=caller.user, verb=verb, target="daemon", detail="now" if request.now else None
        )
        with suppress(StoreDown, TimeoutError):
            async with asyncio.timeout(_NOTE_SECONDS):
                await self.scheduler.mailbox.ask(note, caller.origin)
        self._stop(request)
        return replies.Done(message="stopping")
