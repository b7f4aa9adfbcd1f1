"""Why a freerun entry does not go on: it has no period, waits for no job, and none waits for it."""

from __future__ import annotations

from collections.abc import Iterator

from synergy.core.durations import lasting
from synergy.core.engine.freeruns import entry_name_of
from synergy.core.engine.orders import drain_of
from synergy.core.engine.schedule import EntryLane, is_active
from synergy.core.engine.why.codes import Code
from synergy.core.engine.why.outlook import Outlook
from synergy.core.engine.why.told import Told
from synergy.core.records import UnitOfWork
from synergy.core.states import UowState


def work_of_entry(outlook: Outlook, lane: EntryLane) -> UnitOfWork | None:
    """The entry's unit of work that is requested, in progress or invalid."""
    uow_id = lane.record.related_unit_of_work
    uow = outlook.schedule.uows.get(uow_id) if uow_id else None
    return uow if is_active(uow) else None


def conditions_of_entry(outlook: Outlook, lane: EntryLane) -> list[Told]:
    """What it waits for, or what it does; the one that decides is the first, and there is always one."""
    name, around = entry_name_of(lane), outlook.around
    found = []
    if around.store_problem is not None:
        what = f"the store is down: {around.store_problem}"
        found.append(Told(Code.STORE_DOWN, what, "store", name, around.store_since))
    reason, uow = outlook.schedule.aside.get(name), work_of_entry(outlook, lane)
    if reason is not None:
        what = f"it is set aside, the store refuses it ({reason}): correct that and restart the daemon"
        found.append(Told(Code.SET_ASIDE, what, name, name, command="synergyd restart"))
    elif uow is None:
        found.append(_between_runs(outlook, lane, name))
    else:
        found.append(_about_work(outlook, lane, name, uow))
        if uow.state is UowState.INVALID and not _may_fire(outlook, lane):
            found.append(_between_runs(outlook, lane, name))
    return found


def problems_of_entries(outlook: Outlook) -> Iterator[Told]:
    """Of all entries what does not pass by itself; one that is switched off is meant to be."""
    for lane in outlook.schedule.entries.values():
        for told in conditions_of_entry(outlook, lane):
            if told.code.is_problem and told.code is not Code.INACTIVE_PROCESS:
                yield told


def _between_runs(outlook: Outlook, lane: EntryLane, name: str) -> Told:
    drain = drain_of(outlook.schedule)
    if not lane.record.is_on:
        return Told(Code.INACTIVE_PROCESS, f"{name} is switched off", name, name, command=f"synergyctl activate {name}")
    if drain is not None:
        what = "the deployment is draining: nothing new starts"
        return Told(
            Code.DRAINING, what, drain.directive_id, name, drain.at, drain.actor, drain.reason,
            "synergyctl resume --yes",
        )  # fmt: skip
    return Told(Code.NOT_DUE, f"it runs when its trigger fires: {_next(outlook, lane)}", name, name, command=_run(name))


def _about_work(outlook: Outlook, lane: EntryLane, name: str, uow: UnitOfWork) -> Told:
    if uow.state is UowState.INVALID:
        failed = f"{uow.uow_id} failed ({uow.exit_reason or 'unknown reason'})"
        what = f"{failed}, and is not tried again: the next run takes its place, {_next(outlook, lane)}"
        code, since, command = Code.FAILED, uow.finished, _run(name)
    elif uow.state is UowState.IN_PROGRESS:
        code, since, command = Code.RUNNING, uow.started, None
        what = f"{uow.uow_id} runs on {uow.box_id or 'a box'}"
    else:
        code, why = _queued(outlook, lane)
        what, since = f"{uow.uow_id} is queued: {why}", uow.submitted or uow.created
        command = "synergyd supervisor start" if code is Code.QUEUED_NO_WORKER else None
    about = "broker" if code is Code.BROKER_DOWN else uow.uow_id
    return Told(code, what, about, name, since, command=command, uow_id=uow.uow_id, attempt=uow.attempt)


def _queued(outlook: Outlook, lane: EntryLane) -> tuple[Code, str]:
    work, boxes = lane.work, outlook.boxes_for(lane.work)
    if outlook.around.broker_problem is not None:
        return Code.BROKER_DOWN, f"the broker is down: {outlook.around.broker_problem}"
    if not boxes:
        return Code.QUEUED_NO_WORKER, f"no living box matches {', '.join(work.present_on_boxes)}"
    if outlook.pool_is_full(work, boxes):
        return Code.LIMIT_POOL, f"pool {work.pool} has no place left"
    return Code.QUEUED_BEHIND, "no worker has taken it yet"


def _next(outlook: Outlook, lane: EntryLane) -> str:
    trigger = lane.trigger.describe()
    if not _may_fire(outlook, lane):
        return trigger
    left = max(0, round(lane.next_firing - outlook.schedule.now.schedule))
    return f"{trigger}, next in {lasting(left)} of schedule time"


def _may_fire(outlook: Outlook, lane: EntryLane) -> bool:
    return lane.record.is_on and drain_of(outlook.schedule) is None


def _run(name: str) -> str:
    return f"synergyctl freerun run {name}"
