"""What must be true of a deployment that was disturbed and has come to rest, read from either store past the daemon."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple, TypeVar

from synergy.core.ports.archive import ArchivedUow, ArchiveKind, ArchiveStore
from synergy.core.records import Attempt, HistoryEntry, Job, JobKey, UnitOfWork
from synergy.core.states import JobState, UowState
from synergy.core.timeperiods import Qualifier, ordinal_of

T = TypeVar("T")
DONE_JOBS = {JobState.PROCESSED, JobState.NOOP}
DONE_UOWS = {UowState.PROCESSED, UowState.NOOP}


class Records(NamedTuple):
    """All that a store holds of jobs and their work."""

    jobs: list[Job]
    uows: list[ArchivedUow]
    history: list[HistoryEntry]

    @property
    def attempts(self) -> list[Attempt]:
        """Of all units of work."""
        return [attempt for archived in self.uows for attempt in archived.attempts]


async def read_records(store: ArchiveStore) -> Records:
    """Read a store whose daemon is stopped."""
    try:
        assert await store.look(), f"there is no store in {store.place}"
        return Records(
            await _all(store, ArchiveKind.JOB, Job),
            await _all(store, ArchiveKind.UNIT_OF_WORK, ArchivedUow),
            await _all(store, ArchiveKind.HISTORY, HistoryEntry),
        )
    finally:
        await store.close()


async def _all(store: ArchiveStore, kind: ArchiveKind, shape: type[T]) -> list[T]:
    return [record async for page in store.read(kind) for record in page.records if isinstance(record, shape)]


def faults_of(records: Records, least: dict[str, tuple[Qualifier, str, str]]) -> list[str]:
    """Everything that is not as it must be, in words; nothing when all is well.

    ``least``: of each process its qualifier, its first period, and one up to which no period may be missing.
    """
    return [
        *_missing(records.jobs, least),
        *_unfinished(records),
        *_not_finished_once(records),
        *_overlapping(records),
        *broken_histories(records),
    ]


def _missing(jobs: list[Job], least: dict[str, tuple[Qualifier, str, str]]) -> Iterator[str]:
    for process_name, (qualifier, first, last) in least.items():
        found = {ordinal_of(qualifier, job.timeperiod) for job in jobs if job.process_name == process_name}
        wanted = range(ordinal_of(qualifier, first), max({ordinal_of(qualifier, last), *found}) + 1)
        if lost := [ordinal for ordinal in wanted if ordinal not in found]:
            yield f"{len(lost)} periods of {process_name} are missing"


def _unfinished(records: Records) -> Iterator[str]:
    for job in records.jobs:
        if job.state not in DONE_JOBS:
            yield f"{job.process_name}@{job.timeperiod} is {job.state}"
    for uow, _ in map(_parts, records.uows):
        if uow.state not in DONE_UOWS or not uow.applied:
            yield f"{uow.uow_id} is {uow.state}{'' if uow.applied else ', not applied'}"


def _not_finished_once(records: Records) -> Iterator[str]:
    per_job = Counter(uow.key for uow, _ in map(_parts, records.uows))
    for job in records.jobs:
        if per_job[JobKey(job.process_name, job.timeperiod)] != 1:
            yield f"{job.process_name}@{job.timeperiod} has {per_job[JobKey(job.process_name, job.timeperiod)]} units"
    for uow, attempts in map(_parts, records.uows):
        accepted = [each for each in attempts if each.accepted and each.finished and each.state in DONE_UOWS]
        if len(accepted) != 1:
            yield f"{uow.uow_id} has {len(accepted)} accepted finishes"


def _overlapping(records: Records) -> Iterator[str]:
    for uow, attempts in map(_parts, records.uows):
        ran = sorted(attempts, key=lambda each: (each.attempt, each.started))
        for earlier, later in pairwise(ran):
            if (earlier.finished or earlier.started) > later.started and earlier.accepted:
                yield f"attempts {earlier.attempt} and {later.attempt} of {uow.uow_id} overlap"


def broken_histories(records: Records) -> Iterator[str]:
    """Histories with a gap: a step that does not begin where the one before ended."""
    last: dict[JobKey, JobState] = defaultdict(lambda: JobState.EMBRYO)
    for entry in records.history:
        key = JobKey(entry.process_name, entry.timeperiod)
        if entry.old_state != last[key]:
            yield f"the history of {key} goes from {last[key]} on with {entry.old_state}"
        last[key] = entry.new_state


def _parts(archived: ArchivedUow) -> tuple[UnitOfWork, tuple[Attempt, ...]]:
    return archived.uow, archived.attempts
