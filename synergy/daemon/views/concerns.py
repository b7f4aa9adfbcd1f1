"""What is wrong with the deployment, the worst first, and what each problem is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from msgspec import Struct

from synergy.core.counting import counted
from synergy.core.durations import lasting
from synergy.core.engine.schedule import Schedule, is_active
from synergy.core.ports import BrokerState
from synergy.core.records import SupervisorRecord, UnitOfWork, UowId
from synergy.core.states import UowState
from synergy.core.timetable.timetable import Node
from synergy.daemon.leases import Away

_NAMED_PROBLEMS: Final = 20


class Surroundings(Struct, frozen=True):
    """What the status tells of, besides the schedule."""

    daemon_id: str
    pid: int
    started: float
    state: str
    store_url: str
    store_problem: str | None
    store_since: float
    broker_url: str
    broker: BrokerState
    speed: float
    supervisors: Sequence[SupervisorRecord]
    away: Sequence[Away]
    uow_counts: Mapping[UowState, int]
    counted_at: float | None
    """When units of work were counted, in real time; None: not yet."""
    term: int
    survivors: Sequence[str]
    """Processes that outlive KILL."""


class Problem(NamedTuple):
    """In words; ``about``: see Status."""

    text: str
    about: str


def problems(schedule: Schedule, around: Surroundings) -> list[Problem]:
    """What keeps work from being done, or was not done in time; the worst first."""
    return [*_of_parts(schedule, around), *_of_work(schedule, around)]


def _of_parts(schedule: Schedule, around: Surroundings) -> Iterator[Problem]:
    if around.store_problem is not None:
        yield Problem(f"store is down: {around.store_problem}", "store")
    if not around.broker.up:
        yield Problem(f"broker is down: {around.broker.detail}", "broker")
    if not around.supervisors and not supervisor_starts(schedule, around):
        yet = " yet" if _is_young(schedule, around) else ""
        yield Problem(f"no supervisor is alive{yet}: nothing can run", "workers")


def _of_work(schedule: Schedule, around: Surroundings) -> Iterator[Problem]:
    yield from (Problem(told, told.partition(": ")[0]) for told in around.survivors)
    for name, reason in schedule.aside.items():
        remedy = "correct that and restart the daemon, or skip the job"
        yield Problem(f"{name} is set aside: {reason}; {remedy}", str(name))
    yield from (Problem(_away(box, schedule.settings.lease_seconds), f"box:{box.box_id}") for box in around.away)
    yield from _late(schedule)
    yield from _paused(schedule)
    invalid = schedule.uows.failed()
    for uow in sorted(invalid, key=lambda uow: (not uow.gave_up, uow.timeperiod))[:_NAMED_PROBLEMS]:
        yield _invalid(uow)
    if len(invalid) > _NAMED_PROBLEMS:
        more = counted(len(invalid) - _NAMED_PROBLEMS, "more invalid unit of work", "more invalid units of work")
        yield Problem(f"and {more}", "invalid")


def _invalid(uow: UnitOfWork) -> Problem:
    ending = ", gave up" if uow.gave_up else ""
    name = f"{uow.process_name}::{uow.entry_name}@{uow.timeperiod}" if uow.entry_name else str(uow.key)
    attempt = f"{uow.uow_id}, attempt {uow.attempt}{ending}"
    about = uow.uow_id if uow.entry_name else name
    return Problem(f"{name} is invalid: {uow.exit_reason or 'unknown reason'} ({attempt})", about)


def _away(box: Away, lease_seconds: float) -> str:
    heard = f"no heartbeat from {box.host} for {box.seconds:.0f} s"
    if box.is_lost:
        return f"box {box.box_id} is down: {heard}; its work is offered to others"
    return f"box {box.box_id} is silent: {heard}; after {lease_seconds:g} s its work is offered to others"


def supervisor_starts(schedule: Schedule, around: Surroundings) -> bool:
    """Whether the one that the daemon keeps beside the embedded broker has had no time yet to say that it lives."""
    is_kept = schedule.settings.broker.startswith("embedded:")
    return is_kept and not around.supervisors and _is_young(schedule, around)


def _is_young(schedule: Schedule, around: Surroundings) -> bool:
    return schedule.now.real - around.started < schedule.settings.lease_seconds


def _late(schedule: Schedule) -> Iterator[Problem]:
    """Of each process the oldest job, of each entry the run, that is past its deadline."""
    for lane in schedule.lanes:
        deadline, oldest = lane.spec.work.deadline, lane.column.oldest_unfinished()
        if deadline is None or oldest is None:
            continue
        node = Node(lane.number, oldest)
        if schedule.now.schedule > schedule.timetable.period_end(node) + deadline:
            name = str(schedule.timetable.key(node))
            yield Problem(f"{name} is not finished {lasting(deadline)} after its period's end", name)
    for entry in schedule.entries.values():
        uow, deadline = schedule.uows.get(UowId(entry.record.related_unit_of_work or "")), entry.work.deadline
        if uow is not None and is_active(uow) and deadline is not None and schedule.now.real > uow.created + deadline:
            yield Problem(f"{uow.uow_id} is not finished {lasting(deadline)} after its firing", uow.uow_id)


def _paused(schedule: Schedule) -> Iterator[Problem]:
    """The batches that nobody goes on with until an operator says so."""
    for name, batch in schedule.orders.batches.items():
        if batch.directive.is_paused:
            left = counted(len(batch.members), "job")
            remedy = f"synergyctl batch resume {name} --yes"
            yield Problem(f"batch {name} is paused ({left} left): {remedy}", f"batch:{name}")
