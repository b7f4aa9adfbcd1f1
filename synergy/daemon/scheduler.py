"""The scheduler's shell: batches of events through the engine, each stored before it is acted on.

A batch is: take what is in the mailbox, let it happen in memory, commit, publish, answer, announce. If a commit fails,
its outcome is unknown: memory is dropped and rebuilt from the store, so that it is never ahead of it.

A store that can be read may still take no writes (a full disk, a lock). It counts as back when it has taken one; when
nothing was written for a while it has to prove that it does.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final

from synergy.core.audit_chain import START, head_after
from synergy.core.collector import JumpWatch
from synergy.core.control.events import Event, HealthChanged
from synergy.core.engine import collecting, freeruns, orders, passage, reports, verbs
from synergy.core.engine.dispatch import settle
from synergy.core.engine.outbox import AskBoundaries, Outbox
from synergy.core.engine.schedule import Now, Schedule
from synergy.core.errors import InvalidArgument, StoreDown, SynergyError
from synergy.core.ports import Broker, Clock, LeaderStore
from synergy.core.records import UnitOfWork, UowId
from synergy.daemon.auditing import read_audit_head, tell_audited, with_origin
from synergy.daemon.leases import StillLost
from synergy.daemon.loading import Deployment, load_schedule
from synergy.daemon.mailbox import Batchful, Mailbox, Question, fail
from synergy.daemon.publishing import Publisher
from synergy.daemon.rounds import Rounds
from synergy.daemon.setting_aside import SettingAside
from synergy.daemon.survivors import Survivors
from synergy.daemon.worker_reports import WorkerReports, log_lost

log = logging.getLogger(__name__)

_LONGEST_WAIT: Final = 5.0
_REBUILD_SECONDS: Final = (0.2, 0.5, 1.0, 2.0)
"""Pauses before the next attempt: work stands still until one succeeds."""
_PROOF_SECONDS: Final = 4.5
"""So long after the last write the store has to prove that it takes another."""

Announce = Callable[[Sequence[Event]], None]
Ask = Callable[[Sequence[AskBoundaries]], None]


class Scheduler:
    """Owns the schedule. ``announce`` hands events to subscribers; ``ask`` takes questions to a data source, if any."""

    def __init__(
        self, store: LeaderStore, broker: Broker, clock: Clock, deployment: Deployment, announce: Announce
    ) -> None:
        self.store = store
        self.broker = broker
        self.clock = clock
        self.deployment = deployment
        self.announce = announce
        self.mailbox = Mailbox()
        self.survivors = Survivors(clock)
        self.ask: Ask | None = None
        self.term = 0
        self.audit_head = START
        """The newest audit entry that is stored."""
        self.store_problem: StoreDown | None = None
        self.store_since = clock.real_time()
        self.rounds = Rounds(store, clock.real_time())
        self._schedule: Schedule | None = None
        self._last: Schedule | None = None
        self._stopping = False
        self._jumps = JumpWatch(clock.real_time(), clock.monotonic())
        self._publisher = Publisher(broker, announces=deployment.settings.mq_announce_jobs)
        self._reception = WorkerReports(store, self.survivors, self._publisher.owe_everything)
        self._aside = SettingAside(store)
        self._written = clock.monotonic()
        self._rebuilds = 0
        """Attempts to rebuild since the last batch that was stored."""
        self._refusals = 0
        """Batches that the store has refused since then."""

    @property
    def schedule(self) -> Schedule:
        """The schedule as of the last batch.

        Raises:
            StoreDown: the store is down, and the schedule is being rebuilt.
        """
        if self._schedule is None:
            raise self.store_problem or StoreDown("the schedule is not loaded yet", remedy="try again in a moment")
        return self._schedule

    @property
    def last_schedule(self) -> Schedule:
        """The schedule as it was last known, also while it is being rebuilt: to be looked at only."""
        return self._last if self._schedule is None and self._last is not None else self.schedule

    def now(self) -> Now:
        """Schedule time and real time now."""
        return Now(self.clock.schedule_time(), self.clock.real_time())

    async def load(self, *, accept_plan: bool) -> None:
        """Build the schedule from the store; see load_schedule."""
        self._schedule = await self._read(accept_plan=accept_plan)

    async def _read(self, *, accept_plan: bool) -> Schedule:
        self._jumped()  # what is built now counts by the clock as it is
        aside = self._aside.reasons
        schedule = await load_schedule(self.store, self.deployment, self.now(), accept_plan=accept_plan, aside=aside)
        self._aside.tell(schedule)
        schedule.has_source = self.ask is not None
        self.audit_head = await read_audit_head(self.store)
        return schedule

    def offer_again(self) -> None:
        """The broker was away, and may have lost what was offered."""
        self._publisher.owe_everything()
        self.mailbox.wake()

    def stop(self) -> None:
        """Let the current batch end, then return from ``run``."""
        self._stopping = True
        self.mailbox.wake()

    async def run(self) -> None:
        """Work through batches until stopped.

        Raises:
            TermSuperseded: another daemon leads.
        """
        more = True  # what loading put into the outbox wants a first batch
        while not self._stopping:
            taken = await self.mailbox.take(0.0 if more else self._seconds_to_next())
            try:
                more = await self._batch(taken)
            except SynergyError:
                raise
            except Exception as error:
                log.exception("a batch failed; the schedule is rebuilt", extra={"action": "batch_failed"})
                down = StoreDown(f"the scheduler failed: {type(error).__name__}", remedy="see the daemon's log")
                fail(taken.questions, down)
                await self._rebuild(down)
                for delivery in taken.deliveries:
                    delivery.ack()
                more = True
        self.mailbox.refuse(StoreDown("the daemon is stopping", remedy="ask again when it is back"))

    def _seconds_to_next(self) -> float:
        schedule = self.schedule
        at = min(schedule.next_boundary, freeruns.next_entry_firing(schedule))
        wait = self.clock.real_seconds_until(at)
        wait = min(wait, schedule.orders.next_release - self.clock.real_time())
        release = schedule.queues.next_release()
        if release is not None:
            wait = min(wait, release - self.clock.real_time())
        collect = self.rounds.last + schedule.settings.gc_run_interval - self.clock.real_time()
        return max(0.0, min(wait, collect, _LONGEST_WAIT))

    async def _batch(self, taken: Batchful) -> bool:
        """One batch; True when the next one should not wait."""
        schedule = self.schedule
        jumped = self._jumped()
        if not taken.deliveries and not taken.questions and not jumped and self._is_idle():
            return False
        await self._pass_time(schedule, jumped)
        for delivery in taken.deliveries:
            self._reception.receive(schedule, delivery)
        answers = [await self._act(schedule, question) for question in taken.questions]
        try:
            await self._reception.clear_boxes(schedule)
            more = settle(schedule)
            again = await self._flush(schedule)
            self._reception.stored()
        except StoreDown as error:
            fail(taken.questions, error)
            await self._rebuild(error)
            more = again = True
        except InvalidArgument as error:  # a record cannot be stored, and nothing of the batch was
            log.error("a batch is refused by the store: %s", error, extra={"action": "batch_refused"})  # noqa: TRY400
            fail(taken.questions, error)
            await self._reload()
            more = again = True
        else:
            for question, (answer, problem) in zip(taken.questions, answers, strict=True):
                _answer(question, answer, problem)
        for delivery in taken.deliveries:
            delivery.ack()  # stored, or read from the store again by the rebuild
        return more or again or self.rounds.is_under_way

    async def _pass_time(self, schedule: Schedule, jumped: float) -> None:
        passage.pass_time(schedule, self.now())
        orders.release_due(schedule)
        freeruns.fire_entries(schedule)
        if jumped or self._publisher.is_hindered:
            collecting.count_anew(schedule, jumped)
        collecting.release_due(schedule)
        await self.rounds.pass_time(schedule)

    def _jumped(self) -> float:
        """Seconds by which the wall clock jumped since the last batch; the collector's round moves along."""
        jumped = self._jumps.look(self.clock.real_time(), self.clock.monotonic())
        if jumped:
            self.rounds.last += jumped
            log.warning("the wall clock jumped by %.0f s", jumped, extra={"action": "clock_jumped"})
        return jumped

    def _is_idle(self) -> bool:
        schedule = self.schedule
        if self._publisher.may_catch_up or self.rounds.is_under_way:
            return False
        nothing_new = schedule.outbox.is_empty() and not schedule.dirty and not self._wants_proof()
        return nothing_new and self._seconds_to_next() > 0.0

    def _wants_proof(self) -> bool:
        return self.clock.monotonic() - self._written >= _PROOF_SECONDS

    async def _act(self, schedule: Schedule, question: Question) -> tuple[object, SynergyError | None]:
        audit = schedule.outbox.audit
        before = len(audit)
        try:
            answer = question.act(schedule)
            if inspect.isawaitable(answer):
                answer = await answer
        except SynergyError as error:
            return None, error
        audit[before:] = with_origin(audit[before:], question.origin)
        return answer, None

    async def lease_lost(self, supervisor_id: str, is_still_lost: StillLost) -> bool:
        """A supervisor's lease ran out; see leases.Lost. No report comes between what is read and what is done."""

        async def take(schedule: Schedule) -> list[UowId] | None:
            held = [uow for uow in await self.store.begun_uows() if uow.claimed_by == supervisor_id]
            return reports.supervisor_lost(schedule, supervisor_id, held) if await is_still_lost() else None

        lost = await self.mailbox.ask_slowly(take)
        log_lost(supervisor_id, lost or ())
        return lost is not None

    async def _flush(self, schedule: Schedule) -> bool:
        """Store, then act. True when the answers of the store made new work."""
        outbox, schedule.outbox = schedule.outbox, Outbox()
        if self._wants_proof() and not outbox.needs_commit():
            _add_proof(schedule, outbox)
            self._written = self.clock.monotonic()
        conflicts = await self._store(schedule, outbox) if outbox.needs_commit() else ()
        for record in conflicts:
            reports.missed(schedule, record)
        if outbox.tentative:
            missed = {record.uow_id for record in conflicts}
            reports.confirmed(schedule, [uow_id for uow_id in outbox.tentative if uow_id not in missed])
        await self._publisher.publish(schedule, outbox)
        if outbox.revisits:
            wanted = verbs.revisit_keys(schedule, outbox.revisits)
            verbs.revisit(schedule, outbox.revisits, {job.key: job for job in await self.store.jobs(wanted)})
        if outbox.asks and self.ask is not None:
            self.ask(outbox.asks)
        if outbox.events:
            self.announce(outbox.events)
        return bool(schedule.dirty) or not schedule.outbox.is_empty()

    async def _store(self, schedule: Schedule, outbox: Outbox) -> Sequence[UnitOfWork]:
        batch = outbox.batch(self.term, self.audit_head)
        try:
            conflicts = await self.store.commit(batch)
        except InvalidArgument:
            await self._aside.look(batch)
            raise
        if self._aside.reasons:
            self._aside.reasons = dict(schedule.aside)  # an operator may have acted
        self._written = self.clock.monotonic()
        self.audit_head = head_after(batch.audit, self.audit_head)
        tell_audited(batch.audit)
        self._rebuilds = self._refusals = 0
        return conflicts

    async def _reload(self) -> None:
        """Take memory from the store, which works. What it makes again, and is refused again, is not hurried."""
        try:
            await self.load(accept_plan=True)
        except StoreDown as error:
            await self._rebuild(error)
        else:
            if self._refusals:
                await asyncio.sleep(_REBUILD_SECONDS[min(self._refusals, len(_REBUILD_SECONDS)) - 1])
            self._refusals += 1

    def store_is_silent(self, problem: StoreDown) -> None:
        """The store has not answered for long, and nobody knows yet what comes of it: changes are refused meanwhile."""
        if self.store_problem is None:
            self._lose_store(problem)

    def store_answers(self) -> None:
        """It has answered; when memory is being rebuilt, that decides whether it is back."""
        if self.store_problem is not None and self._schedule is not None:
            self._find_store()

    def _lose_store(self, problem: StoreDown) -> None:
        if self.store_problem is None:
            self.store_since = self.clock.real_time()
            log.error("store is down: %s", problem, extra={"action": "store_down"})
            self.announce([HealthChanged("store", up=False, detail=str(problem))])
        self.store_problem = problem
        self.mailbox.refuse(problem)

    def _find_store(self) -> None:
        self.store_problem = self.mailbox.refusal = self._last = None
        self.store_since = self.clock.real_time()
        log.warning("store is back", extra={"action": "store_up"})
        self.announce([HealthChanged("store", up=True, detail="back")])

    async def _rebuild(self, error: StoreDown) -> None:
        """Drop memory and build it from the store, as often as it takes. Meanwhile changes are refused."""
        self._last, self._schedule = self.last_schedule, None
        self._lose_store(error)
        while not self._stopping:
            await self._wait_and_refuse(_REBUILD_SECONDS[min(self._rebuilds, len(_REBUILD_SECONDS) - 1)], error)
            self._rebuilds += 1
            try:
                await self._recover()
            except StoreDown as again:
                self._lose_store(again)
            else:
                self._find_store()
                return

    async def _recover(self) -> None:
        """Read the schedule, and see that the store takes a write.

        Raises:
            StoreDown: it does not.
        """
        schedule = await self._read(accept_plan=True)
        proof = Outbox()
        _add_proof(schedule, proof)
        if proof.needs_commit():
            await self.store.commit(proof.batch(self.term, self.audit_head))
            self._written = self.clock.monotonic()
        self._schedule = schedule

    async def _wait_and_refuse(self, seconds: float, error: StoreDown) -> None:
        """Answer what was asked before; reports are not lost: they are read from the store later."""
        end = self.clock.monotonic() + seconds
        while (left := end - self.clock.monotonic()) > 0 and not self._stopping:
            taken = await self.mailbox.take(left)
            fail(taken.questions, error)
            for delivery in taken.deliveries:
                self._reception.remember(delivery)
                delivery.ack()


def _add_proof(schedule: Schedule, outbox: Outbox) -> None:
    """A record that is stored already, to be written once more."""
    outbox.overrides += [lane.override for lane in schedule.lanes[:1] if lane.override is not None]
    if not outbox.overrides:
        outbox.entries += [lane.record for lane in islice(schedule.entries.values(), 1)]


def _answer(question: Question, answer: object, problem: SynergyError | None) -> None:
    if question.answer.done():
        return
    if problem is not None:
        question.answer.set_exception(problem)
    else:
        question.answer.set_result(answer)
