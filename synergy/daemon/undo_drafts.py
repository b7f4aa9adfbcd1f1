"""Drafts of an undo: which change it is about, and what the store holds of that."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from synergy.core.engine import undoing
from synergy.core.engine.drafts import Draft
from synergy.core.engine.schedule import Schedule
from synergy.core.engine.undoing import Known
from synergy.core.errors import CannotUndo, InvalidArgument, NotFound
from synergy.core.plan_records import PlanRecord
from synergy.core.ports import LeaderStore, PlanQuery
from synergy.daemon.views.planned import undone_row

MOST_TRIED: Final = 8
"""So many changes before the last one are tried for one that could be undone, when that cannot."""
_AUDIT: Final = "see: synergyctl audit"


async def draft_undo(schedule: Schedule, store: LeaderStore, targets: tuple[str, ...]) -> Draft:
    """What undoing the named plan would change, or the last one.

    An older one than the last is never taken instead: an operator who means the last would change what they do not
    think of. It is named instead.

    Raises:
        CannotUndo: it cannot be taken back.
        NotFound: there is no such plan.
    """
    if len(targets) > 1:
        raise InvalidArgument("undo takes back one plan", remedy="name one, or none for the last one")
    if targets:
        found = await store.find_plans(PlanQuery(plan_id=targets[0]))
        if not found:
            raise NotFound(f'plan "{targets[0]}" is unknown', remedy=_AUDIT)
        return await draft_undo_of(schedule, store, found[0])
    found = await store.find_plans(PlanQuery(undoable=True))
    if not found:
        raise CannotUndo("there is nothing that could be undone", remedy=_AUDIT)
    try:
        return await draft_undo_of(schedule, store, found[0])
    except CannotUndo as problem:
        told = f"the last change, {_words(found[0])}, stays: {problem.message}"
        raise CannotUndo(told, remedy=await _one_before(schedule, store) or problem.remedy) from None


async def draft_undo_of(schedule: Schedule, store: LeaderStore, taken_back: PlanRecord) -> Draft:
    """What undoing the plan would change.

    Raises:
        CannotUndo: nothing of it can be taken back.
    """
    return undoing.draft_undo(schedule, taken_back, await known_of(schedule, store, taken_back))


async def known_of(schedule: Schedule, store: LeaderStore, taken_back: PlanRecord) -> Known:
    """What the store holds of what a plan has changed."""
    jobs = await store.jobs(undoing.keys_of(schedule, taken_back))
    uows = await store.uows(undoing.uows_of(taken_back))
    boxes = await store.box_processes()
    return Known(
        {job.key: job for job in jobs},
        {uow.uow_id: uow for uow in uows},
        {(one.box_id, one.process_name): one for one in boxes},
    )


async def _one_before(schedule: Schedule, store: LeaderStore) -> str | None:
    """The newest change before the last one that could be undone, as a remedy; None: none of those tried."""
    for record in (await store.find_plans(PlanQuery(undoable=True, limit=1 + MOST_TRIED)))[1:]:
        with suppress(CannotUndo):
            await draft_undo_of(schedule, store, record)
            return f"of those before it can be undone {_words(record)}: synergyctl undo {record.plan_id}"
    return None


def _words(record: PlanRecord) -> str:
    row = undone_row(record)
    return row.words(f"{row.at[:19].replace('T', ' ')} UTC")
