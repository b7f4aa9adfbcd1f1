"""A deterministic deployment: a store, workers, and a daemon that can be restarted between any two batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from synergy.core import timeperiods
from synergy.core.context import ProcessContext
from synergy.core.engine import collecting, data_source, freeruns, orders, passage, reports, restore, verbs
from synergy.core.engine.changes import By
from synergy.core.engine.dispatch import settle
from synergy.core.engine.drafts import Draft
from synergy.core.engine.outbox import AskBoundaries, Outbox
from synergy.core.engine.plans import draft
from synergy.core.engine.schedule import Lane, Now, Schedule, Why
from synergy.core.engine.undoing import Known, draft_undo, keys_of, uows_of
from synergy.core.engine.verbs import (
    Acceptance,
    apply_plan,
    apply_undo,
    check_current,
    check_undo,
    records_needed,
    reopen,
)
from synergy.core.plan_records import PlanRecord
from synergy.core.ports import Boundaries
from synergy.core.records import Job, JobKey, UnitOfWork, UowId
from synergy.core.settings import Settings
from synergy.core.states import JOB_CODES, JobState, UowState
from synergy.core.timeperiods import Qualifier
from synergy.core.timetable.timetable import Node, Timetable
from synergy.core.wishes import Verb, Wish
from tests.core.engine.contexts import settings_of
from tests.core.engine.memory_store import MemoryStore

REAL: Final = 1_800_000_000.0
MOST_BATCHES: Final = 400
BY: Final = By("ann", "c1")
ENOUGH: Final = 10_000

Act = Callable[[Schedule], object]


class World:
    """``queue``: published units of work; ``mail``: what workers told; ``running``: attempts that really run."""

    def __init__(self, context: ProcessContext, settings: Settings | None = None, at: str | None = None) -> None:
        self.context = context
        self.settings = settings or settings_of()
        self.store = MemoryStore()
        begin = timeperiods.ordinal_of(Qualifier.HOURLY, at or self.settings.synergy_start_timeperiod)
        self.now = Now(timeperiods.start_of(Qualifier.HOURLY, begin), REAL)
        self.queue: set[UowId] = set()
        self.mail: list[UnitOfWork] = []
        self.running: list[UnitOfWork] = []
        self.runs: Counter[JobKey] = Counter()
        self.before_commit: Callable[[], None] = lambda: None
        self.on_commit: Callable[[Outbox], None] = lambda _outbox: None
        self.plans = 0
        self.has_source = False
        self.aside: dict[str, str] = {}
        self.asks: list[AskBoundaries] = []
        self.data: dict[JobKey, Boundaries] = {}
        self.schedule = self.load()

    # The daemon

    def load(self) -> Schedule:
        """The schedule as a daemon that starts now would build it; nothing is stored."""
        timetable = Timetable(
            self.context, self.settings.synergy_start_timeperiod, self.settings.synergy_end_timeperiod
        )
        timetable.grow(self.now.schedule)
        for spec, column in zip(timetable.specs, timetable.columns, strict=True):
            known = (job for job in self.store.jobs.values() if job.process_name == spec.process_name)
            jobs = sorted(known, key=lambda job: job.timeperiod)
            names = [job.timeperiod for job in jobs]
            column.load(names, bytes(JOB_CODES[job.state] for job in jobs))
        timetable.settle()
        stored = replace(self.store.stored(), aside=self.aside)
        schedule = restore.restore(self.context, self.settings, timetable, stored, self.now)
        schedule.has_source = self.has_source
        return schedule

    def restart(self) -> None:
        """The daemon dies and starts again, with what housekeeping does then."""
        self.schedule = schedule = self.load()
        self.asks.clear()
        touched = self.untidy()
        for node in restore.built_on(schedule, touched):
            touched[node] = self.store.jobs[schedule.timetable.key(node)]
        reopen(schedule, touched, Why("housekeeping"))
        self.settle()

    def untidy(self) -> dict[Node, Job]:
        """What housekeeping would reprocess at a start: finished jobs over unfinished ones."""
        found = restore.finished_over_unfinished(self.schedule)
        records = {node: self.store.jobs[self.schedule.timetable.key(node)] for node in found}
        return restore.reprocess_targets(found, records)

    def batch(self, *acts: Act, collect: bool = False, mail: list[UnitOfWork] | None = None) -> bool:
        """One batch of the scheduler; True when it wants another one."""
        schedule = self.schedule
        passage.pass_time(schedule, self.now)
        orders.release_due(schedule)
        freeruns.fire_entries(schedule)
        collecting.release_due(schedule)
        if collect:
            reports.untold(schedule, self.store.open_uows())
            collecting.collect(schedule)
        for record in mail or ():
            told = reports.uow_claimed if record.state is UowState.IN_PROGRESS else reports.uow_finished
            told(schedule, record)
        for act in acts:
            act(schedule)
        more = settle(schedule)
        return self._flush(schedule) or more

    def _flush(self, schedule: Schedule) -> bool:
        outbox, schedule.outbox = schedule.outbox, Outbox()
        self.before_commit()
        conflicts = self.store.commit(outbox.batch(1, self.store.audit_head)) if outbox.needs_commit() else ()
        self.on_commit(outbox)
        for record in conflicts:
            reports.missed(schedule, record)
        missed = {record.uow_id for record in conflicts}
        reports.confirmed(schedule, [uow_id for uow_id in outbox.tentative if uow_id not in missed])
        self.queue.update(uow.uow_id for uow in outbox.publish)
        self.asks += outbox.asks
        wanted = verbs.revisit_keys(schedule, outbox.revisits)
        stored = {key: self.store.jobs[key] for key in wanted if key in self.store.jobs}
        verbs.revisit(schedule, outbox.revisits, stored)
        return bool(schedule.dirty) or not schedule.outbox.is_empty()

    def settle(self, *acts: Act, collect: bool = False) -> None:
        """Batches until nothing is left to do; all mail is read in the first."""
        mail, self.mail = self.mail, []
        more = self.batch(*acts, collect=collect, mail=mail)
        for _ in range(MOST_BATCHES):
            if not more:
                return
            more = self.batch()
        raise AssertionError("the scheduler finds no rest")

    def tick(self, seconds: float = 1.0, schedule_seconds: float | None = None) -> None:
        """Let time pass, then settle."""
        forward = seconds if schedule_seconds is None else schedule_seconds
        self.now = Now(self.now.schedule + forward, self.now.real + seconds)
        self.settle()

    def go_to(self, timeperiod: str) -> None:
        """Let schedule time pass until this hour begins."""
        at = timeperiods.start_of(Qualifier.HOURLY, timeperiods.ordinal_of(Qualifier.HOURLY, timeperiod))
        self.tick(1.0, at - self.now.schedule)

    # Data sources

    def use_source(self) -> None:
        """From now on data sources are asked; what they hold is in ``data``."""
        self.has_source = self.schedule.has_source = True

    def answer(self) -> None:
        """Answer all that is asked."""
        while self.asks:
            key = self.asks.pop(0).key
            self.settle(lambda schedule, key=key: data_source.boundaries_read(schedule, key, self.data.get(key)))  # type: ignore[misc]

    # The operator

    def apply(self, verb: Verb, *targets: str, **options: Any) -> Draft:
        """Draft a plan and apply it in a batch of its own."""
        plan = draft(self.schedule, Wish(verb, targets, **options))
        self.plans += 1
        self.settle(lambda schedule: self.act(schedule, plan, f"p{self.plans}"))
        return plan

    def act(self, schedule: Schedule, plan: Draft, plan_id: str) -> None:
        """What the daemon does inside a batch to apply a plan."""
        check_current(schedule, plan)
        records: dict[JobKey, Job] = {key: self.store.jobs[key] for key in records_needed(schedule, plan)}
        apply_plan(schedule, plan, records, Acceptance(plan_id, "ann"))

    def known(self, record: PlanRecord) -> Known:
        """What the daemon reads from the store to undo a plan."""
        jobs = {key: self.store.jobs[key] for key in keys_of(self.schedule, record) if key in self.store.jobs}
        return Known(jobs, {uow_id: self.store.uows[uow_id] for uow_id in uows_of(record)})

    def undo(self, plan_id: str) -> Draft:
        """Draft the undo of a plan and apply it in a batch of its own, as the daemon does."""
        record = self.store.plans[plan_id]
        plan = draft_undo(self.schedule, record, self.known(record))
        self.plans += 1
        accepted = Acceptance(f"p{self.plans}", "bob")

        def act(schedule: Schedule) -> None:
            assert plan.undo is not None
            check_undo(schedule, plan, plan.undo, self.known(record))
            apply_undo(schedule, plan, plan.undo, self.known(record), accepted)

        self.settle(act)
        return plan

    def lane(self, process_name: str) -> Lane:
        """The lane of a process."""
        lane = self.schedule.lane(process_name)
        assert lane is not None
        return lane

    # Workers

    def step(self) -> None:
        """Real time never stands still between two things that happen."""
        self.now = Now(self.now.schedule, self.now.real + 0.001)

    def claim(self, uow_id: UowId, supervisor_id: str = "s1", *, tell: bool = True) -> UnitOfWork | None:
        """A worker takes a unit of work, if it can."""
        self.step()
        self.queue.discard(uow_id)
        record = self.store.claim(uow_id, supervisor_id, self.now.real)
        if record is None:
            return None
        beside = [one.uow_id for one in self.running if (one.key, one.entry_name) == (record.key, record.entry_name)]
        assert not beside, f"{record.uow_id} runs beside {beside}"
        self.running.append(record)
        if tell:
            self.mail.append(record)
        return record

    def finish(self, attempt: UnitOfWork, state: UowState = UowState.PROCESSED, reason: str = "exit 1") -> bool:
        """A worker's attempt ends; True when that is accepted."""
        self.step()
        self.running.remove(attempt)
        record = self.store.finish(attempt, state, self.now.real, reason)
        if record is None:
            return False
        if state is not UowState.CANCELED:
            self.runs[record.key] += 1
        self.mail.append(record)
        return True

    def give_back(self, attempt: UnitOfWork) -> None:
        """A worker has claimed it ahead and cannot run it soon: others may; the daemon is not told."""
        self.step()
        self.running.remove(attempt)
        if self.store.release(attempt):
            self.queue.add(attempt.uow_id)

    def die(self, supervisor_id: str, *, releases: bool = False) -> None:
        """A supervisor ends: what it runs is killed (or given back), and its lease is found lost."""
        self.step()
        for attempt in [one for one in self.running if one.claimed_by == supervisor_id]:
            self.running.remove(attempt)
            if releases:
                self.store.release(attempt)
        held = [uow for uow in self.store.uows.values() if uow.claimed_by == supervisor_id]
        self.settle(lambda schedule: reports.supervisor_lost(schedule, supervisor_id, held))

    def stop_canceled(self) -> None:
        """Supervisors read the cancel requests and end that work."""
        for attempt in list(self.running):
            if self.store.uows[attempt.uow_id].cancel_requested:
                self.finish(attempt, UowState.CANCELED, "canceled")

    def work(self, state: UowState = UowState.PROCESSED, most: int = ENOUGH) -> int:
        """Workers take what is offered and end it, until nothing is offered; returns how many runs ended."""
        ended = 0
        while self.queue and ended < most:
            for uow_id in sorted(self.queue):
                attempt = self.claim(uow_id) if ended < most else None
                if attempt is not None:
                    self.finish(attempt, state)
                    ended += 1
            self.settle()
        return ended

    def state(self, name: str) -> JobState:
        """The state of a job, by its name."""
        process_name, _, timeperiod = name.partition("@")
        return self.schedule.state(self.schedule.timetable.node(JobKey(process_name, timeperiod)))

    def job(self, name: str) -> Job:
        """The stored record of a job, by its name."""
        process_name, _, timeperiod = name.partition("@")
        return self.store.jobs[JobKey(process_name, timeperiod)]

    def related(self, name: str) -> UnitOfWork:
        """The stored record of a job's unit of work."""
        uow_id = self.job(name).related_unit_of_work
        assert uow_id is not None
        return self.store.uows[uow_id]
