"""Units of work, attempts and logs."""

from __future__ import annotations

import msgspec

from synergy.core.control import replies, requests
from synergy.core.engine.schedule import Schedule
from synergy.core.errors import InvalidArgument, NotFound
from synergy.core.ports import LeaderStore, UowQuery
from synergy.core.records import Attempt, JobKey, UnitOfWork, UowId
from synergy.core.states import UowState, parse_state
from synergy.core.targets import EntryTarget, JobRange, UowTarget, parse_target
from synergy.daemon.survivors import Survivors
from synergy.daemon.views.jobs import page_limit
from synergy.daemon.views.shapes import attempt_row, iso, kill_row, uow_row


async def list_uows(schedule: Schedule, store: LeaderStore, request: requests.ListUows) -> replies.Uows:
    """A page of units of work, newest first; those of processes that were removed too.

    Raises:
        NotFound: neither a process of this name nor any of its units of work is known.
    """
    limit = page_limit(request.limit)
    query = UowQuery(
        states=frozenset(parse_state(UowState, text) for text in request.states) or None,
        process_name=request.process_name,
        before=UowId(request.before) if request.before else None,
        limit=limit + 1,
    )
    found = await store.find_uows(query)
    if not found and request.process_name is not None and not schedule.knows(request.process_name):
        await _check_removed(schedule, store, request.process_name)
    return replies.Uows(uows=tuple(uow_row(uow) for uow in found[:limit]), more=len(found) > limit)


async def _check_removed(schedule: Schedule, store: LeaderStore, process_name: str) -> None:
    """A name that no definition has may be that of a process that was removed."""
    if not await store.find_uows(UowQuery(process_name=process_name, limit=1)):
        schedule.timetable.number(process_name)


async def show_uow(store: LeaderStore, survivors: Survivors, request: requests.ShowUow) -> replies.Uow:
    """One unit of work, with what is known of how its last attempt was ended.

    Raises:
        NotFound: there is none of this id.
    """
    for uow in await store.uows([UowId(request.uow_id)]):
        alive = survivors.pids(uow.uow_id)
        return msgspec.structs.replace(uow_row(uow), kill=await _last_kill(store, uow), alive=alive)
    raise NotFound(f'unit of work "{request.uow_id}" is unknown', remedy="see: synergyctl uows")


async def _last_kill(store: LeaderStore, uow: UnitOfWork) -> replies.Kill | None:
    """How the last attempt was ended, if it had to be."""
    if uow.state in {UowState.REQUESTED, UowState.IN_PROGRESS}:
        return None
    own = [attempt for attempt in await store.attempts(uow.key, uow.entry_name) if attempt.uow_id == uow.uow_id]
    return kill_row(own[-1].kill) if own else None


async def attempts(schedule: Schedule, store: LeaderStore, request: requests.Attempts) -> replies.Attempts:
    """All attempts of a job or entry, numbered from 1, oldest first."""
    found = await _attempts(schedule, store, request.job)
    rows = tuple(attempt_row(number, attempt) for number, attempt in enumerate(found, 1))
    return replies.Attempts(job=request.job, attempts=rows)


async def _attempts(schedule: Schedule, store: LeaderStore, text: str) -> tuple[Attempt, ...]:
    """The attempts of what the text names; of a unit of work, those of its job."""
    target = parse_target(text)
    match target:
        case JobRange(process_name=process_name, from_timeperiod=start, to_timeperiod=stop):
            if start != stop:
                raise InvalidArgument(f'"{text}" is a range', remedy="name one job: PROCESS@TIMEPERIOD")
            node = schedule.timetable.node(JobKey(process_name, start))
            return await store.attempts(schedule.timetable.key(node))
        case EntryTarget(process_name=process_name, entry_name=entry_name):
            related = schedule.entry(process_name, entry_name).record.related_unit_of_work
            return () if related is None else await _attempts_of(store, related)
        case UowTarget(uow_id=uow_id):
            return await _attempts_of(store, uow_id)


async def _attempts_of(store: LeaderStore, uow_id: UowId) -> tuple[Attempt, ...]:
    """The attempts of the job or firing that a unit of work belongs to."""
    for uow in await store.uows([uow_id]):
        return await store.attempts(uow.key, uow.entry_name)
    raise NotFound(f'unit of work "{uow_id}" is unknown', remedy="see: synergyctl uows")


async def _one_attempt(
    schedule: Schedule, store: LeaderStore, text: str, number: int | None
) -> tuple[int, int, Attempt]:
    """(number, how many there are, the attempt); None means the last one."""
    found = await _attempts(schedule, store, text)
    if not found:
        raise NotFound(f"{text} has not run yet: there is no log", remedy="wait for its first run")
    chosen = _default_number(found, text) if number is None else number
    if not 1 <= chosen <= len(found):
        raise NotFound(f"{text} has no attempt {chosen}", remedy=f"use 1–{len(found)}; see: synergyctl attempts {text}")
    return chosen, len(found), found[chosen - 1]


def _default_number(found: tuple[Attempt, ...], text: str) -> int:
    """The last attempt; of a named unit of work, the last one that is its own."""
    own = [number for number, attempt in enumerate(found, 1) if attempt.uow_id == text]
    return own[-1] if own else len(found)


async def log_page(schedule: Schedule, store: LeaderStore, request: requests.Logs) -> replies.LogPage:
    """A page of an attempt's log."""
    limit = page_limit(request.limit)
    number, count, attempt = await _one_attempt(schedule, store, request.target, request.number)
    stored = await store.log(attempt.uow_id, attempt.attempt, request.first_line, limit)
    return replies.LogPage(
        uow_id=attempt.uow_id,
        attempt=attempt.attempt,
        number=number,
        attempts=count,
        first_line=stored.first_line,
        total=stored.total,
        live=attempt.finished is None,
        state=attempt.state.value,
        exit_reason=attempt.exit_reason,
        lines=tuple(
            replies.LogRow(stored.first_line + index, iso(line.at), line.stream, line.level, line.text)
            for index, line in enumerate(stored.lines)
        ),
    )


async def search_log(schedule: Schedule, store: LeaderStore, request: requests.SearchLog) -> replies.LogMatches:
    """Numbers of the lines that contain the text, around one of them."""
    if not request.text:
        raise InvalidArgument("the text to search for is empty", remedy="give at least one character")
    limit = page_limit(request.limit)
    _, _, attempt = await _one_attempt(schedule, store, request.target, request.number)
    found = await store.search_log(attempt.uow_id, attempt.attempt, request.text, limit, request.near)
    return replies.LogMatches(found.lines, more=found.total > len(found.lines), before=found.before, total=found.total)
