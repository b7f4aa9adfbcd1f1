"""What a campaign of faults did to a deployment: what was lost, done twice, or is stuck. Pure.

The jobs' own journal is held against the records: it was kept past Synergy, so it cannot be wrong in the same way.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from synergy.core.records import HistoryEntry, JobKey, UnitOfWork, UowId
from synergy.core.states import JobState
from synergy.core.timeperiods import Qualifier
from tests.campaign.chaos.story import Span
from tests.campaign.chaos.workload import DAYS, HOURS, PROCESSES, START, Line
from tests.campaign.evidence import DONE_UOWS, Records, broken_histories


class Harm(StrEnum):
    """What a finding says has happened."""

    LOST = "lost"
    DOUBLE = "double"
    STUCK = "stuck"


class Finding(NamedTuple):
    """One thing that is not as it must be."""

    harm: Harm
    text: str


class Evidence(NamedTuple):
    """All that is known of a deployment that has come to rest.

    Attributes:
        until: the schedule time, ISO, up to which every period that is over must have its job.
        audit: how often each plan's id stands in the audit.
        acknowledged: the ids of plans that an operator was told are carried out.
        spans: when which faults happened.
        verified: what ``audit verify`` complained of; empty when nothing.
        left: processes of work that is finished.
        never: what never happened though it was waited for.
    """

    records: Records
    journal: list[Line]
    until: str
    audit: Mapping[str, int]
    acknowledged: list[str]
    spans: tuple[Span, ...] = ()
    verified: str = ""
    left: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


_STOPS: Final = frozenset({"stop daemon", "stop supervisor"})
"""Faults that have a supervisor give back what it runs."""
_BY_OPERATOR: Final = frozenset({"skip", "cancel", "dependency_skipped", "undo", "batch cancel"})
_TAKEN_BACK: Final = frozenset({"undo", "batch cancel"})


def findings_of(evidence: Evidence) -> list[Finding]:
    """Everything that is wrong; nothing when nothing was lost, done twice or is stuck."""
    return [Finding(harm, text) for look, harm in _LOOKS for text in look(evidence)]


def last_line(faults: int, findings: list[Finding]) -> str:
    """How a campaign ended: always in this form."""
    counts = Counter(finding.harm for finding in findings)
    return ", ".join([f"faults {faults}", *(f"{harm} {counts[harm]}" for harm in Harm)])


def _missing(evidence: Evidence) -> Iterator[str]:
    """Every period that was over by ``until`` has a job."""
    have = {job.key for job in evidence.records.jobs}
    for process_name, qualifier in PROCESSES.items():
        for timeperiod in periods_until(qualifier, evidence.until):
            if JobKey(process_name, timeperiod) not in have:
                yield f"{process_name}@{timeperiod} has no job"


def _not_done_anywhere(evidence: Evidence) -> Iterator[str]:
    """The journal knows a completed run of each accepted one."""
    ended = {(line.uow_id, line.attempt) for line in evidence.journal if line.what == "ends"}
    for uow in _uows(evidence):
        if uow.state in DONE_UOWS and (uow.uow_id, uow.attempt) not in ended:
            yield f"{uow.uow_id} is {uow.state} by attempt {uow.attempt}, which did not come to its end"


def _not_in_the_records(evidence: Evidence) -> Iterator[str]:
    """Every run that came to its end is known to the store; one that a stop has ended is given back, and forgotten."""
    known = {(attempt.uow_id, attempt.attempt) for attempt in evidence.records.attempts}
    ended = {(line.uow_id, line.attempt) for line in evidence.journal if line.what == "ends"}
    yield from (f"attempt {number} of {uow_id} ended and is not on record" for uow_id, number in sorted(ended - known))


def _jobs_without_work(evidence: Evidence) -> Iterator[str]:
    """A processed job has a unit of work that is done and was not issued for an earlier run."""
    by_id = _by_id(evidence)
    for job in evidence.records.jobs:
        if job.state is not JobState.PROCESSED:
            continue
        uow = by_id.get(job.related_unit_of_work) if job.related_unit_of_work else None
        if uow is None or uow.state not in DONE_UOWS or uow.run != job.run:
            yield f"{job.key} is {job.state}, run {job.run}, and its work is {uow and (uow.uow_id, str(uow.state))}"


def _older_than_its_hours(evidence: Evidence) -> Iterator[str]:
    """A day was made after each of its hours, as they are now; what an operator took back may be older."""
    by_id, jobs, last = _by_id(evidence), {job.key: job for job in evidence.records.jobs}, _last_entries(evidence)
    times = {(line.uow_id, line.attempt, line.what): line.at for line in evidence.journal}

    def moment(key: JobKey, what: str) -> float | None:
        """When the run that a job goes by began, or ended."""
        job = jobs.get(key)
        uow = by_id.get(job.related_unit_of_work) if job and job.related_unit_of_work else None
        is_made = job is not None and job.state is JobState.PROCESSED
        return times.get((uow.uow_id, uow.attempt, what)) if uow is not None and is_made else None

    for key, entry in last.items():
        begun = moment(key, "begins") if key.process_name == DAYS else None
        if begun is None or entry.cause in _TAKEN_BACK:
            continue
        hours = (JobKey(HOURS, f"{key.timeperiod[:8]}{hour:02d}") for hour in range(24))
        later = [hour for hour in hours if (ended := moment(hour, "ends")) is not None and ended > begun]
        if later:
            yield f"{key} was made before {', '.join(str(hour) for hour in later)}, and not again"


def _skipped_by_nobody(evidence: Evidence) -> Iterator[str]:
    last = _last_entries(evidence)
    for job in evidence.records.jobs:
        entry = last.get(job.key)
        if job.state is JobState.SKIPPED and (entry is None or entry.cause not in _BY_OPERATOR):
            yield f"{job.key} is skipped and nobody asked for it: {entry and entry.cause}"


def _histories(evidence: Evidence) -> Iterator[str]:
    """Every state is the fold of its history."""
    yield from broken_histories(evidence.records)
    last = _last_entries(evidence)
    for job in evidence.records.jobs:
        told = last[job.key].new_state if job.key in last else JobState.EMBRYO
        if job.state is not told:
            yield f"{job.key} is {job.state}, and its history ends in {told}"


def _attempts(evidence: Evidence) -> Iterator[str]:
    """Every unit of work's state is that of its attempts."""
    for archived in evidence.records.uows:
        done = [each for each in archived.attempts if each.accepted and each.finished and each.state in DONE_UOWS]
        if not done and archived.uow.state in DONE_UOWS:
            yield f"{archived.uow_id} is {archived.uow.state} and has no accepted finish"


def _audit(evidence: Evidence) -> Iterator[str]:
    if evidence.verified:
        yield f"audit verify: {evidence.verified}"
    for plan_id in evidence.acknowledged:
        if not evidence.audit.get(plan_id):
            yield f"plan {plan_id} was said to be carried out and is not in the audit"


def _twice_in_the_audit(evidence: Evidence) -> Iterator[str]:
    for plan_id, times in evidence.audit.items():
        if times > 1:
            yield f"plan {plan_id} was carried out {times} times"


def _completed_twice(evidence: Evidence) -> Iterator[str]:
    """Of each attempt at most one run came to its end, and of each unit of work one finish was accepted.

    A stop gives back what runs, to be run again under the same attempt; a run may come to its end in that very moment.
    """
    stops = [span for span in evidence.spans if span.kind in _STOPS]
    runs: dict[tuple[str, int], list[float]] = defaultdict(list)
    for line in evidence.journal:
        if line.what == "ends":
            runs[line.uow_id, line.attempt].append(line.at)
    for (uow_id, attempt), ends in sorted(runs.items()):
        if any(not any(stop.began <= at <= stop.ended for stop in stops) for at in ends[:-1]):
            yield f"attempt {attempt} of {uow_id} came to its end {len(ends)} times"
    for archived in evidence.records.uows:
        done = [each for each in archived.attempts if each.accepted and each.finished and each.state in DONE_UOWS]
        if len(done) > 1:
            yield f"{archived.uow_id} has {len(done)} accepted finishes"


def _at_the_same_time(evidence: Evidence) -> Iterator[str]:
    """No run of a job began while another one held its lock. Times on record are those of clocks that were stepped."""
    for line in evidence.journal:
        if line.what == "overlaps":
            yield f"attempt {line.attempt} of {line.uow_id} began on {line.box_id} while another run went on"


def _stuck(evidence: Evidence) -> Iterator[str]:
    yield from evidence.never
    due = {
        JobKey(process_name, timeperiod)
        for process_name, qualifier in PROCESSES.items()
        for timeperiod in periods_until(qualifier, evidence.until)
    }
    for job in evidence.records.jobs:
        if not job.state.is_finished and (job.key in due or job.state is not JobState.EMBRYO):
            yield f"{job.key} is {job.state}"
    for uow in _uows(evidence):
        if not uow.state.is_finished or not uow.applied:
            yield f"{uow.uow_id} is {uow.state}{'' if uow.applied else ', not applied'}"
    yield from (f"{process} is left of work that is finished" for process in evidence.left)


def periods_until(qualifier: Qualifier, stamp: str) -> list[str]:
    """The hours or days from the workload's start that are over at a time, ISO."""
    step = timedelta(days=1) if qualifier is Qualifier.DAILY else timedelta(hours=1)
    end = datetime.fromisoformat(stamp)
    at = datetime.strptime(f"{START}+0000", "%Y%m%d%H%z")
    found = []
    while at + step <= end:
        found.append(f"{at:%Y%m%d}00" if qualifier is Qualifier.DAILY else f"{at:%Y%m%d%H}")
        at += step
    return found


def _uows(evidence: Evidence) -> Iterator[UnitOfWork]:
    return (archived.uow for archived in evidence.records.uows)


def _by_id(evidence: Evidence) -> dict[UowId, UnitOfWork]:
    return {uow.uow_id: uow for uow in _uows(evidence)}


def _last_entries(evidence: Evidence) -> dict[JobKey, HistoryEntry]:
    return {JobKey(entry.process_name, entry.timeperiod): entry for entry in evidence.records.history}


_LOOKS: Final[tuple[tuple[Callable[[Evidence], Iterator[str]], Harm], ...]] = (
    (_missing, Harm.LOST),
    (_not_done_anywhere, Harm.LOST),
    (_not_in_the_records, Harm.LOST),
    (_jobs_without_work, Harm.LOST),
    (_older_than_its_hours, Harm.LOST),
    (_skipped_by_nobody, Harm.LOST),
    (_histories, Harm.LOST),
    (_attempts, Harm.LOST),
    (_audit, Harm.LOST),
    (_twice_in_the_audit, Harm.DOUBLE),
    (_completed_twice, Harm.DOUBLE),
    (_at_the_same_time, Harm.DOUBLE),
    (_stuck, Harm.STUCK),
)
"""Whatever may be found, and what it means."""
