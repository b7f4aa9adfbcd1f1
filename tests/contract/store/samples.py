"""Records to store. Stamps have all the digits that a clock gives."""

from __future__ import annotations

from typing import Any

from synergy.core.directives import Directive, DirectiveId, DirectiveKind
from synergy.core.kills import KilledProcess, KillReport, SentSignal
from synergy.core.ports import Claim, Finish, LeaderStore
from synergy.core.records import (
    HistoryEntry,
    Job,
    JobKey,
    LogChunk,
    LogLine,
    SupervisorRecord,
    UnitOfWork,
    UowId,
    WorkerInfo,
    derive_uow_id,
)
from synergy.core.states import JobState, UowState

NOW = 1_795_474_801.1234567
DAY = 86_400.0


def period(number: int) -> str:
    return f"20{number:06d}00"


def uow_id(number: int, process_name: str = "Hourly", run: int = 1) -> UowId:
    return derive_uow_id(process_name, None, period(number), run)


def uow(number: int, process_name: str = "Hourly", run: int = 1, **fields: Any) -> UnitOfWork:
    fields.setdefault("created", NOW + number)
    return UnitOfWork(
        fields.pop("uow_id", uow_id(number, process_name, run)),
        process_name,
        period(number),
        run,
        period(number),
        period(number + 1),
        **fields,
    )


def job(number: int, state: JobState = JobState.IN_PROGRESS, process_name: str = "Hourly", **fields: Any) -> Job:
    return Job(process_name, period(number), state, **fields)


def key(number: int, process_name: str = "Hourly") -> JobKey:
    return JobKey(process_name, period(number))


def hold(directive_id: str = "h1", **fields: Any) -> Directive:
    return Directive(DirectiveId(directive_id), DirectiveKind.HOLD, "ann", fields.pop("at", NOW), **fields)


def told(number: int, new_state: JobState = JobState.IN_PROGRESS, at: float = NOW, **fields: Any) -> HistoryEntry:
    return HistoryEntry("Hourly", period(number), at, JobState.EMBRYO, new_state, "scheduler", "due", **fields)


def claim(number: int, supervisor_id: str = "s1", **fields: Any) -> Claim:
    return Claim(uow_id(number), supervisor_id, fields.pop("box_id", "box-1"), "host-1", NOW + 0.5, **fields)


def finish(number: int, supervisor_id: str = "s1", attempt: int = 1, **fields: Any) -> Finish:
    state = fields.pop("state", UowState.PROCESSED)
    return Finish(uow_id(number), attempt, supervisor_id, state, fields.pop("at", NOW + 9.25), **fields)


def kill() -> KillReport:
    signals = (SentSignal("TERM", NOW + 0.1), SentSignal("KILL", NOW + 1.2))
    processes = (KilledProcess(4711, NOW - 3, "sh", signals, NOW + 1.3), KilledProcess(4712, NOW, "a (b) 'c'"))
    return KillReport("box-1", NOW, NOW + 1.4, processes, more=3, remaining=(4712,))


def supervisor(supervisor_id: str = "s1", counter: int = 1, **fields: Any) -> SupervisorRecord:
    workers = (WorkerInfo(4711, "warm", "Hourly", uow_id(1), NOW, 10_000_000),)
    return SupervisorRecord(
        supervisor_id, "box-1", "host-1", 42, NOW / 3, "0.1.0", counter, NOW, slots=4, workers=workers, **fields
    )


def line(text: str, at: float = NOW) -> LogLine:
    return LogLine(at, "stdout", "", text)


def chunk(first_line: int, *texts: str, attempt: int = 1, at: float = NOW) -> LogChunk:
    return LogChunk(uow_id(1), attempt, first_line, tuple(line(text, at) for text in texts))


async def stored(leader: LeaderStore, number: int = 1) -> UnitOfWork:
    """The unit of work as it stands in the store."""
    (record,) = await leader.uows([uow_id(number)])
    return record
