"""Freerun entries over the protocol: created, changed, deleted and run by operators."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Final

import msgspec
from msgspec.structs import replace

from synergy.core.control import replies
from synergy.core.control import requests as q
from synergy.core.definition_fields import Definition, Kind, Problems, read_freerun
from synergy.core.engine import changes, freeruns, previews
from synergy.core.engine.changes import By
from synergy.core.engine.schedule import EntryLane, Schedule
from synergy.core.errors import IllegalState, InvalidArgument, NotFound
from synergy.core.plan_records import EntryUndo, Inverse
from synergy.core.records import EntryRecord, UowId
from synergy.core.states import UowState
from synergy.core.targets import EntryTarget, parse_target
from synergy.daemon.changing import Changing, Named
from synergy.daemon.control_server import Caller
from synergy.daemon.scheduler import Scheduler
from synergy.masking import masked, unmasked


class Entries:
    """Changes of freerun entries; each is audited, and all but a run can be undone."""

    def __init__(self, scheduler: Scheduler, changing: Changing) -> None:
        self._scheduler = scheduler
        self._changing = changing

    async def save(self, request: q.SaveEntry, caller: Caller) -> replies.Done:
        """Create or change an entry."""
        named = Named("freerun add" if request.create else "freerun set", request.entry)

        def act(schedule: Schedule, by: By) -> str:
            known, record = _wanted(schedule, request)
            before = known.record if known else None
            after = freeruns.put_entry(schedule, record).record
            was, is_now = _difference(before, record)
            is_same = before is not None and (was, is_now) == (None, None)
            inverse = None if is_same else Inverse(entries=(EntryUndo(before, after),))
            changes.account(schedule, by, *named, inverse, before=was, after=is_now)
            return f"{request.entry} is {_done_to_it(request)}{' already' if is_same else ''}"

        def preview(schedule: Schedule) -> Iterable[str]:
            _, record = _wanted(schedule, request)
            frequency, is_on = record.trigger_frequency, record.is_on
            return previews.of_entry(schedule, request.entry, frequency, is_on=is_on, is_new=request.create)

        return await self._changing.make(request, caller, named, act, preview)

    async def remove(self, request: q.RemoveEntry, caller: Caller) -> replies.Done:
        """Delete an entry."""
        named = Named("freerun rm", request.entry)

        def act(schedule: Schedule, by: By) -> str:
            lane = _known(schedule, request.entry)
            uow = schedule.uows.get(UowId(lane.record.related_unit_of_work or ""))
            is_running = uow is not None and uow.state is UowState.IN_PROGRESS
            before, _ = _difference(lane.record, None)
            after = freeruns.remove_entry(schedule, lane)
            lost = (f"{uow.uow_id} was stopped",) if uow is not None and is_running else ()
            inverse = Inverse(entries=(EntryUndo(lane.record, after),), lost=lost)
            changes.account(schedule, by, *named, inverse, before=before)
            return f"{request.entry} is deleted" + (", its running work is stopped" if is_running else "")

        def preview(schedule: Schedule) -> Iterable[str]:
            return previews.of_removal(schedule, _known(schedule, request.entry))

        return await self._changing.make(request, caller, named, act, preview)

    async def run(self, request: q.RunEntry, caller: Caller) -> replies.Done:
        """Run an entry now."""
        made: list[str] = []
        named = Named("freerun run", request.entry)

        def act(schedule: Schedule, by: By) -> str:
            lane = _known(schedule, request.entry)
            uow = freeruns.run_entry(schedule, lane, unmasked(request.arguments, lane.record.arguments))
            detail = _text(masked(request.arguments)) if request.arguments else None
            changes.account(schedule, by, *named, None, detail=detail, after=uow.uow_id)
            made.append(uow.uow_id)
            return f"{request.entry} is requested as {uow.uow_id}"

        def preview(schedule: Schedule) -> Iterable[str]:
            freeruns.check_free(schedule, _known(schedule, request.entry))
            return (f"{request.entry} would run now",)

        done = await self._changing.make(request, caller, named, act, preview)
        return replace(done, uow_id=made[0]) if made else done


def _wanted(schedule: Schedule, request: q.SaveEntry) -> tuple[EntryLane | None, EntryRecord]:
    """The entry as it is, and as it would be."""
    target = _name(request.entry)
    known = schedule.entries.get((target.process_name, target.entry_name))
    if request.create and known is not None:
        raise IllegalState(f"{request.entry} exists already", remedy="change it: synergyctl freerun set")
    if known is None and not request.create:
        raise NotFound(f"{request.entry} is unknown", remedy="create it: synergyctl freerun add")
    record = _changed(request, known.record if known else _fresh(request, target))
    _check(schedule, record)
    return known, record


def _done_to_it(request: q.SaveEntry) -> str:
    told = replace(request, reason=None, key=None)
    if request.is_on is not None and told == q.SaveEntry(request.entry, is_on=request.is_on):
        return "active" if request.is_on else "inactive"
    return "saved"


def _name(text: str) -> EntryTarget:
    with suppress(InvalidArgument):
        target = parse_target(text)
        if isinstance(target, EntryTarget):
            return target
    raise InvalidArgument(f'"{text}" is no freerun entry', remedy="write PROCESS::ENTRY")


def _known(schedule: Schedule, text: str) -> EntryLane:
    target = _name(text)
    return schedule.entry(target.process_name, target.entry_name)


def _fresh(request: q.SaveEntry, target: EntryTarget) -> EntryRecord:
    if request.trigger_frequency is None:
        raise InvalidArgument(f"{request.entry} has no trigger_frequency", remedy='give one, e.g. "every 60"')
    if (request.run is None) == (not request.command):
        raise InvalidArgument(f"{request.entry} needs a run or a command", remedy="give exactly one of them")
    return EntryRecord(target.process_name, target.entry_name, request.trigger_frequency, by_hand=True)


def _changed(request: q.SaveEntry, record: EntryRecord) -> EntryRecord:
    if request.run is not None and request.command:
        raise InvalidArgument(f"{request.entry} has both run and command", remedy="give exactly one of them")
    if request.run is not None:
        record = replace(record, run=request.run, command=())
    elif request.command:
        record = replace(record, run=None, command=unmasked(request.command, record.command))
    return replace(
        record,
        trigger_frequency=request.trigger_frequency or record.trigger_frequency,
        arguments=record.arguments if request.arguments is None else unmasked(request.arguments, record.arguments),
        description=record.description if request.description is None else request.description,
        is_on=record.is_on if request.is_on is None else request.is_on,
    )


def _difference(old: EntryRecord | None, new: EntryRecord | None) -> tuple[str | None, str | None]:
    """The fields that differ as JSON, before and after; of an entry that is new or goes, all that are set.

    What is secret is not told: the audit is everybody's to read, and for ever.
    """
    before, after = ({} if one is None else _fields(one) for one in (old, new))
    changed = [name for name in _TOLD if before.get(name) != after.get(name)]
    told = ({name: masked(side[name], name) for name in changed if name in side} for side in (before, after))
    was, is_now = (_text(fields) if fields else None for fields in told)
    return was, is_now


def _fields(record: EntryRecord) -> dict[str, object]:
    return {name: value for name in _TOLD if (value := getattr(record, name)) not in (None, (), {})}


def _text(value: object) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _MOST_TOLD else text[:_MOST_TOLD] + "…"


def _check(schedule: Schedule, record: EntryRecord) -> None:
    """What is wrong in a file is wrong by hand too."""
    taken = {*schedule.timetable.index, *(spec.process_name for spec in schedule.context.daemons)}
    if record.process_name in taken:
        raise InvalidArgument(f'"{record.process_name}" is no freerun process', remedy="choose another process name")
    problems = Problems()
    fields = {name: value for name in _CHECKED if (value := getattr(record, name))}
    read_freerun(Definition(Kind.FREERUN, fields, "freerun entry"), problems)
    for line in problems.lines:
        what, _, remedy = line.rpartition("; ")
        raise InvalidArgument(what, remedy=remedy)


_TOLD: Final = ("trigger_frequency", "run", "command", "arguments", "description", "is_on")
_MOST_TOLD: Final = 4_000
"""So many characters of what an entry was, and is, go into the audit."""
_CHECKED: Final = ("process_name", "entry_name", "trigger_frequency", "run", "command", "arguments", "description")
