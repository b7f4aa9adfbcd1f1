"""The evidence of a campaign finds each thing that must not be, and nothing where all is well."""

from __future__ import annotations

from msgspec.structs import replace

from synergy.core.ports.archive import ArchivedUow
from synergy.core.records import Attempt, HistoryEntry, Job, UnitOfWork, derive_uow_id
from synergy.core.states import JobState, UowState
from synergy.core.timeperiods import Qualifier
from tests.campaign.evidence import Records, faults_of

HOURS = ("2013010100", "2013010101", "2013010102")
LEAST = {"Hourly": (Qualifier.HOURLY, HOURS[0], HOURS[2])}


def worked(timeperiod: str) -> ArchivedUow:
    uow_id = derive_uow_id("Hourly", None, timeperiod, 1)
    uow = UnitOfWork(uow_id, "Hourly", timeperiod, 1, timeperiod, timeperiod, state=UowState.PROCESSED, applied=True)
    return ArchivedUow(uow, (Attempt(uow_id, 1, "s1", "box-1", "here", 10.0, 11.0, state=UowState.PROCESSED),))


def well() -> Records:
    steps = ((JobState.EMBRYO, JobState.IN_PROGRESS), (JobState.IN_PROGRESS, JobState.PROCESSED))
    return Records(
        [Job("Hourly", hour, JobState.PROCESSED, 1) for hour in HOURS],
        [worked(hour) for hour in HOURS],
        [HistoryEntry("Hourly", hour, 1.0, *step, "scheduler", "due") for hour in HOURS for step in steps],
    )


def with_uow(archived: ArchivedUow) -> list[str]:
    records = well()
    return faults_of(records._replace(uows=[archived, *records.uows[1:]]), LEAST)


def test_where_all_is_well_nothing_is_found() -> None:
    assert faults_of(well(), LEAST) == []


def test_a_period_that_is_missing_is_found_in_the_middle_and_at_the_end() -> None:
    records = well()
    for lost in (0, 1, 2):
        jobs = [job for number, job in enumerate(records.jobs) if number != lost]
        assert "1 periods of Hourly are missing" in faults_of(records._replace(jobs=jobs), LEAST)


def test_what_was_begun_and_not_finished_is_found() -> None:
    records = well()
    jobs = [replace(records.jobs[0], state=JobState.IN_PROGRESS), *records.jobs[1:]]
    assert faults_of(records._replace(jobs=jobs), LEAST) == ["Hourly@2013010100 is state_in_progress"]
    first = records.uows[0]
    assert with_uow(replace(first, uow=replace(first.uow, applied=False))) == [
        "Hourly@2013010100.1 is state_processed, not applied"
    ]


def test_a_second_unit_of_work_and_a_second_finish_are_found() -> None:
    records = well()
    again = worked(HOURS[0])
    other = replace(again, uow=replace(again.uow, uow_id=derive_uow_id("Hourly", None, HOURS[0], 2), run=2))
    assert faults_of(records._replace(uows=[*records.uows, other]), LEAST) == ["Hourly@2013010100 has 2 units"]
    [attempt] = again.attempts
    second = replace(attempt, attempt=2, started=12.0, finished=13.0)
    assert with_uow(replace(again, attempts=(attempt, second))) == ["Hourly@2013010100.1 has 2 accepted finishes"]


def test_attempts_that_overlap_are_found() -> None:
    archived = worked(HOURS[0])
    [attempt] = archived.attempts
    lost = replace(attempt, state=UowState.INVALID)
    later = replace(attempt, attempt=2, started=10.5, finished=12.0)
    assert with_uow(replace(archived, attempts=(lost, later))) == ["attempts 1 and 2 of Hourly@2013010100.1 overlap"]


def test_a_history_with_a_gap_is_found() -> None:
    records = well()
    assert faults_of(records._replace(history=records.history[1:]), LEAST) == [
        "the history of Hourly@2013010100 goes from state_embryo on with state_in_progress"
    ]
