"""The simulated store's two ports. How a call gets there and its answer comes back is the line's affair."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Final, Protocol, TypeVar

from synergy.core.directives import Directive
from synergy.core.errors import InvalidArgument
from synergy.core.plan_records import PlanRecord
from synergy.core.ports import (
    AuditQuery,
    Batch,
    Claim,
    Finish,
    FoundLines,
    JobPage,
    JobQuery,
    PlanQuery,
    StoredLog,
    UowQuery,
)
from synergy.core.records import (
    Attempt,
    AuditEntry,
    AuditHead,
    BoxProcess,
    EntryRecord,
    HistoryEntry,
    Job,
    JobKey,
    LeaderRecord,
    LogChunk,
    ProcessOverride,
    SupervisorRecord,
    UnitOfWork,
    UowId,
)
from synergy.core.states import JOB_CODES, UowState
from tests.simulation.shelf import Shelf

T = TypeVar("T")

PAGE: Final = 50


class Line(Protocol):
    """The way to the store and back."""

    async def read(self, what: str, ask: Callable[[], T]) -> T:
        """Have something looked up."""
        ...

    async def write(self, what: str, act: Callable[[], T]) -> T:
        """Have something stored."""
        ...


class SureLine:
    """Nothing ever goes wrong, and all of it at once."""

    async def read(self, _what: str, ask: Callable[[], T]) -> T:
        return ask()

    async def write(self, _what: str, act: Callable[[], T]) -> T:
        return act()


class SimulatedLeaderStore:
    """See LeaderStore."""

    def __init__(self, shelf: Shelf, line: Line) -> None:
        self._shelf = shelf
        self._line = line

    async def open(self) -> None:
        await self._line.read("open", lambda: None)

    async def close(self) -> None:
        """See LeaderStore."""

    async def leader(self) -> LeaderRecord:
        return await self._line.read("leader", lambda: self._shelf.leader)

    async def take_term(self, holder: str, after: LeaderRecord | None = None) -> int:
        return await self._line.write("take_term", lambda: self._shelf.take_term(holder, after))

    async def keep_term(self, term: int, *, resign: bool = False) -> None:
        await self._line.write("keep_term", lambda: self._shelf.keep_term(term, resign=resign))

    async def commit(self, batch: Batch) -> tuple[UnitOfWork, ...]:
        return await self._line.write("commit", lambda: self._shelf.commit(batch))

    async def refusal(self, batch: Batch) -> InvalidArgument | None:
        return await self._line.read("refusal", lambda: self._shelf.refusal(batch))

    async def job_states(self, process_name: str) -> AsyncIterator[JobPage]:
        after = ""
        while True:
            page = await self._line.read("job_states", lambda after=after: self._job_page(process_name, after))  # type: ignore[misc]
            if not page.timeperiods:
                return
            yield page
            after = page.timeperiods[-1]

    def _job_page(self, process_name: str, after: str) -> JobPage:
        found = sorted(
            (job.timeperiod, JOB_CODES[job.state])
            for job in self._shelf.jobs.values()
            if job.process_name == process_name and job.timeperiod > after
        )[:PAGE]
        return JobPage(tuple(name for name, _ in found), bytes(code for _, code in found))

    async def active_jobs(self) -> tuple[Job, ...]:
        return await self._line.read(
            "active_jobs", lambda: tuple(job for job in self._shelf.jobs.values() if not job.state.is_finished)
        )

    async def jobs(self, keys: Sequence[JobKey]) -> tuple[Job, ...]:
        known = self._shelf.jobs
        return await self._line.read("jobs", lambda: tuple(known[key] for key in dict.fromkeys(keys) if key in known))

    async def find_jobs(self, query: JobQuery) -> tuple[Job, ...]:
        return await self._line.read("find_jobs", lambda: self._find_jobs(query))

    def _find_jobs(self, query: JobQuery) -> tuple[Job, ...]:
        low, high = query.from_timeperiod or "", query.to_timeperiod or "~"
        found = (
            job
            for job in self._shelf.jobs.values()
            if job.process_name == query.process_name
            and low <= job.timeperiod <= high
            and (query.states is None or job.state in query.states)
        )
        return tuple(sorted(found, key=lambda job: job.timeperiod)[: query.limit])

    async def uows(self, uow_ids: Sequence[UowId]) -> tuple[UnitOfWork, ...]:
        known = self._shelf.uows
        return await self._line.read(
            "uows", lambda: tuple(known[one] for one in dict.fromkeys(uow_ids) if one in known)
        )

    async def find_uows(self, query: UowQuery) -> tuple[UnitOfWork, ...]:
        return await self._line.read("find_uows", lambda: self._find_uows(query))

    def _find_uows(self, query: UowQuery) -> tuple[UnitOfWork, ...]:
        last = self._shelf.uows.get(query.before) if query.before is not None else None
        found = (
            uow
            for uow in self._shelf.uows.values()
            if (query.states is None or uow.state in query.states)
            and query.process_name in {None, uow.process_name}
            and query.timeperiod in {None, uow.timeperiod}
            and (query.before is None or (last is not None and _age(uow) < _age(last)))
        )
        return tuple(sorted(found, key=_age, reverse=True)[: query.limit])

    async def open_uows(self) -> tuple[UnitOfWork, ...]:
        return await self._line.read(
            "open_uows", lambda: tuple(uow for uow in self._shelf.uows.values() if _is_open(uow))
        )

    async def begun_uows(self) -> tuple[UnitOfWork, ...]:
        return await self._line.read(
            "begun_uows",
            lambda: tuple(
                uow for uow in self._shelf.uows.values() if _is_open(uow) and uow.state is not UowState.REQUESTED
            ),
        )

    async def count_uows(self) -> Mapping[UowState, int]:
        return await self._line.read("count_uows", lambda: Counter(uow.state for uow in self._shelf.uows.values()))

    async def history(self, key: JobKey, limit: int, offset: int = 0) -> tuple[HistoryEntry, ...]:
        return await self._line.read(
            "history", lambda: tuple(reversed(self._shelf.history.get(key, [])))[offset : offset + limit]
        )

    async def attempts(self, key: JobKey, entry_name: str | None = None) -> tuple[Attempt, ...]:
        return await self._line.read("attempts", lambda: self._attempts(key, entry_name))

    def _attempts(self, key: JobKey, entry_name: str | None) -> tuple[Attempt, ...]:
        runs = {
            uow.uow_id: uow.run for uow in self._shelf.uows.values() if (uow.key, uow.entry_name) == (key, entry_name)
        }
        found = (one for one in self._shelf.attempts.values() if one.uow_id in runs)
        return tuple(sorted(found, key=lambda one: (runs[one.uow_id], one.attempt, one.started)))

    async def open_plans(self) -> tuple[PlanRecord, ...]:
        return await self._line.read(
            "open_plans", lambda: tuple(sorted((p for p in self._shelf.plans.values() if not p.done), key=_plan_age))
        )

    async def find_plans(self, query: PlanQuery) -> tuple[PlanRecord, ...]:
        return await self._line.read("find_plans", lambda: self._find_plans(query))

    def _find_plans(self, query: PlanQuery) -> tuple[PlanRecord, ...]:
        found = (
            plan
            for plan in self._shelf.plans.values()
            if query.plan_id in {None, plan.plan_id}
            and (query.key is None or query.key == plan.key)
            and (not query.undoable or (plan.inverse is not None and plan.undone_by is None))
        )
        return tuple(sorted(found, key=_plan_age, reverse=True)[: query.limit])

    async def directives(self, *, lifted: bool = False) -> tuple[Directive, ...]:
        def ask() -> tuple[Directive, ...]:
            found = (one for one in self._shelf.directives.values() if lifted or one.lifted is None)
            return tuple(sorted(found, key=lambda one: (one.at, one.directive_id)))

        return await self._line.read("directives", ask)

    async def audit(self, query: AuditQuery) -> tuple[AuditEntry, ...]:
        return await self._line.read("audit", lambda: self._audit(query))

    def _audit(self, query: AuditQuery) -> tuple[AuditEntry, ...]:
        found = (
            one
            for one in self._shelf.audit.values()
            if (query.since is None or one.at >= query.since)
            and (query.until is None or one.at < query.until)
            and query.actor in {None, one.actor}
            and query.verb in {None, one.verb}
            and (query.before is None or one.seq < query.before)
        )
        return tuple(sorted(found, key=lambda one: one.seq, reverse=True)[: query.limit])

    async def audit_after(self, seq: int, limit: int) -> tuple[AuditEntry, ...]:
        def ask() -> tuple[AuditEntry, ...]:
            found = (one for one in self._shelf.audit.values() if one.seq > seq)
            return tuple(sorted(found, key=lambda one: one.seq)[:limit])

        return await self._line.read("audit_after", ask)

    async def audit_head(self) -> AuditHead:
        return await self._line.read("audit_head", lambda: self._shelf.audit_head)

    async def overrides(self) -> tuple[ProcessOverride, ...]:
        return await self._line.read("overrides", lambda: tuple(self._shelf.overrides.values()))

    async def entries(self) -> tuple[EntryRecord, ...]:
        return await self._line.read("entries", lambda: tuple(self._shelf.entries.values()))

    async def supervisors(self) -> tuple[SupervisorRecord, ...]:
        return await self._line.read(
            "supervisors", lambda: tuple(one for one in self._shelf.supervisors.values() if not one.gone)
        )

    async def retire(self, supervisor_ids: Sequence[str]) -> None:
        await self._line.write("retire", lambda: self._shelf.retire(supervisor_ids))

    async def box_processes(self) -> tuple[BoxProcess, ...]:
        return await self._line.read("box_processes", lambda: tuple(self._shelf.boxes.values()))

    async def log(self, uow_id: UowId, attempt: int, first_line: int, limit: int) -> StoredLog:
        return await self._line.read("log", lambda: self._shelf.logs.page(uow_id, attempt, first_line, limit))

    async def search_log(self, uow_id: UowId, attempt: int, text: str, limit: int, near: int = 0) -> FoundLines:
        return await self._line.read("search_log", lambda: self._shelf.logs.search(uow_id, attempt, text, limit, near))

    async def expire(self, uows_before: float, logs_before: float) -> int:
        return await self._line.write("expire", lambda: self._shelf.expire(uows_before, logs_before))


class SimulatedWorkerStore:
    """See WorkerStore."""

    def __init__(self, shelf: Shelf, line: Line) -> None:
        self._shelf = shelf
        self._line = line

    async def open(self) -> None:
        await self._line.read("open", lambda: None)

    async def close(self) -> None:
        """See WorkerStore."""

    async def claim(self, claims: Sequence[Claim]) -> tuple[UnitOfWork, ...]:
        return await self._line.write("claim", lambda: self._shelf.claim(claims))

    async def release(self, uow_ids: Sequence[UowId], supervisor_id: str) -> None:
        await self._line.write("release", lambda: self._shelf.release(uow_ids, supervisor_id))

    async def set_pid(self, uow_id: UowId, attempt: int, pid: int, pid_started: float) -> None:
        await self._line.write("set_pid", lambda: self._shelf.set_pid(uow_id, attempt, pid, pid_started))

    async def finish(self, finishes: Sequence[Finish]) -> tuple[UnitOfWork, ...]:
        return await self._line.write("finish", lambda: self._shelf.finish(finishes))

    async def beat(self, record: SupervisorRecord) -> tuple[UowId, ...]:
        return await self._line.write("beat", lambda: self._shelf.beat(record))

    async def append_log(self, chunks: Sequence[LogChunk]) -> None:
        await self._line.write("append_log", lambda: self._shelf.logs.append(chunks))

    async def held(self, box_id: str) -> tuple[UnitOfWork, ...]:
        def ask() -> tuple[UnitOfWork, ...]:
            held = (UowState.IN_PROGRESS, box_id)
            return tuple(uow for uow in self._shelf.uows.values() if (uow.state, uow.box_id) == held)

        return await self._line.read("held", ask)

    async def box_processes(self) -> tuple[BoxProcess, ...]:
        return await self._line.read("box_processes", lambda: tuple(self._shelf.boxes.values()))


def _age(uow: UnitOfWork) -> tuple[float, str]:
    return uow.created, uow.uow_id


def _plan_age(plan: PlanRecord) -> tuple[float, str]:
    return plan.at, plan.plan_id


def _is_open(uow: UnitOfWork) -> bool:
    return not (uow.state.is_finished and uow.applied)
