"""The verdict finds whatever was lost, done twice or is stuck, each by itself, and nothing where all is well."""

from __future__ import annotations

from msgspec.structs import replace

from synergy.core.ports.archive import ArchivedUow
from synergy.core.records import Attempt, HistoryEntry, Job, JobKey, UnitOfWork, derive_uow_id
from synergy.core.states import JobState, UowState
from synergy.core.timeperiods import Qualifier
from tests.campaign.chaos.story import Span
from tests.campaign.chaos.verdict import Evidence, Finding, Harm, findings_of, last_line, periods_until
from tests.campaign.chaos.workload import DAYS, PROCESSES, Line
from tests.campaign.evidence import Records

UNTIL = "2013-01-02T01:30:00.000Z"
DAY_AND_HOUR = 25
FIRST = JobKey("Calls", "2013010100")
FIRST_UOW = "Calls@2013010100.1"


def worked(key: JobKey, attempt: int = 1) -> ArchivedUow:
    uow_id = derive_uow_id(key.process_name, None, key.timeperiod, 1)
    uow = UnitOfWork(
        uow_id, *_parts(key), 1, key.timeperiod, key.timeperiod, state=UowState.PROCESSED, attempt=attempt, applied=True
    )
    attempts = [Attempt(uow_id, number, "s1", "box-1", "here", 10.0, 11.0) for number in range(1, attempt)]
    attempts = [replace(each, state=UowState.INVALID) for each in attempts]
    last = Attempt(uow_id, attempt, "s1", "box-1", "here", 20.0, 21.0, state=UowState.PROCESSED)
    return ArchivedUow(uow, (*attempts, last))


def _parts(key: JobKey) -> tuple[str, str]:
    return key.process_name, key.timeperiod


def well() -> Evidence:
    keys = [JobKey(name, at) for name, qualifier in PROCESSES.items() for at in periods_until(qualifier, UNTIL)]
    steps = ((JobState.EMBRYO, JobState.IN_PROGRESS), (JobState.IN_PROGRESS, JobState.PROCESSED))
    records = Records(
        [Job(*_parts(key), JobState.PROCESSED, 1, derive_uow_id(*_named(key), 1)) for key in keys],
        [worked(key) for key in keys],
        [HistoryEntry(*_parts(key), 1.0, *step, "scheduler", "due") for key in keys for step in steps],
    )
    lines = [
        Line(50.0 if each.uow.process_name == DAYS else 1.0, "box-1", what, each.uow_id, 1)
        for each in records.uows
        for what in ("begins", "ends")
    ]
    return Evidence(records, lines, UNTIL, {"p1": 1}, ["p1"])


def _named(key: JobKey) -> tuple[str, None, str]:
    return key.process_name, None, key.timeperiod


def with_job(**changes: object) -> list[Finding]:
    evidence = well()
    jobs = [replace(job, **changes) if job.key == FIRST else job for job in evidence.records.jobs]
    return findings_of(evidence._replace(records=evidence.records._replace(jobs=jobs)))


def with_uow(archived: ArchivedUow | None, *more: Line) -> list[Finding]:
    evidence = well()
    others = [each for each in evidence.records.uows if each.uow_id != FIRST_UOW]
    uows = [archived, *others] if archived else others
    records = evidence.records._replace(uows=uows)
    return findings_of(evidence._replace(records=records, journal=[*evidence.journal, *more]))


def test_where_all_is_well_nothing_is_found() -> None:
    evidence = well()
    assert findings_of(evidence) == []
    assert len(evidence.records.jobs) == 2 * DAY_AND_HOUR + 1
    assert last_line(1003, []) == "faults 1003, lost 0, double 0, stuck 0"


def test_a_period_that_was_over_and_has_no_job_is_lost() -> None:
    evidence = well()
    for key in (FIRST, JobKey("Commands", "2013010200"), JobKey("CallsDaily", "2013010100")):
        records = evidence.records._replace(
            jobs=[job for job in evidence.records.jobs if job.key != key],
            uows=[each for each in evidence.records.uows if each.uow.key != key],
            history=[each for each in evidence.records.history if JobKey(each.process_name, each.timeperiod) != key],
        )
        journal = [line for line in evidence.journal if not line.uow_id.startswith(str(key))]
        found = findings_of(evidence._replace(records=records, journal=journal))
        assert found == [Finding(Harm.LOST, f"{key} has no job")]


def test_work_that_is_called_done_and_was_not_is_lost() -> None:
    evidence = well()
    journal = [line for line in evidence.journal if (line.uow_id, line.what) != (FIRST_UOW, "ends")]
    [found] = findings_of(evidence._replace(journal=journal))
    assert found == (Harm.LOST, f"{FIRST_UOW} is state_processed by attempt 1, which did not come to its end")
    [found] = with_uow(worked(FIRST, attempt=2), Line(2.0, "box-1", "begins", FIRST_UOW, 2))
    assert found == (Harm.LOST, f"{FIRST_UOW} is state_processed by attempt 2, which did not come to its end")


def test_a_run_that_is_not_on_record_is_lost() -> None:
    [found] = with_uow(worked(FIRST), Line(2.0, "box-1", "ends", FIRST_UOW, 2))
    assert found == (Harm.LOST, f"attempt 2 of {FIRST_UOW} ended and is not on record")
    assert with_uow(worked(FIRST), Line(2.0, "box-1", "begins", FIRST_UOW, 2)) == []


def test_a_processed_job_without_its_work_is_lost() -> None:
    found = with_uow(None)
    assert Finding(Harm.LOST, "Calls@2013010100 is state_processed, run 1, and its work is None") in found
    assert [each.harm for each in with_job(run=2)] == [Harm.LOST]


def test_a_day_that_was_not_made_again_after_one_of_its_hours_is_lost() -> None:
    day = JobKey(DAYS, "2013010100")
    evidence = well()
    later = evidence._replace(journal=[*evidence.journal, Line(60.0, "box-1", "ends", FIRST_UOW, 1)])
    again = [Line(70.0, "box-1", "begins", derive_uow_id(*_named(day), 1), 1)]
    stopped = (Span("stop daemon", 0.5, 1.5),)  # so that an attempt may end twice

    assert findings_of(later._replace(spans=stopped)) == [(Harm.LOST, f"{day} was made before {FIRST}, and not again")]
    assert findings_of(later._replace(spans=stopped, journal=[*later.journal, *again])) == []
    for cause, lost in (("uow_finished", 1), ("undo", 0), ("batch cancel", 0)):
        entry = HistoryEntry(*_parts(day), 4.0, JobState.PROCESSED, JobState.PROCESSED, "someone", cause)
        records = evidence.records._replace(history=[*evidence.records.history, entry])
        assert len(findings_of(later._replace(spans=stopped, records=records))) == lost, cause


def test_a_job_that_nobody_skipped_is_lost() -> None:
    evidence = well()
    jobs = [replace(job, state=JobState.SKIPPED) if job.key == FIRST else job for job in evidence.records.jobs]
    for cause, lost in (("skip", 0), ("dependency_skipped", 0), ("batch cancel", 0), ("gave_up", 1)):
        entry = HistoryEntry(*_parts(FIRST), 3.0, JobState.PROCESSED, JobState.SKIPPED, "someone", cause)
        records = evidence.records._replace(jobs=jobs, history=[*evidence.records.history, entry])
        assert len(findings_of(evidence._replace(records=records))) == lost, cause


def test_a_state_that_is_not_the_fold_of_its_history_is_lost() -> None:
    assert [each.text for each in with_job(state=JobState.NOOP)] == [
        "Calls@2013010100 is state_noop, and its history ends in state_processed"
    ]
    evidence = well()
    records = evidence.records._replace(history=evidence.records.history[1:])
    assert [each.harm for each in findings_of(evidence._replace(records=records))] == [Harm.LOST]


def test_a_change_that_was_acknowledged_and_is_not_in_the_audit_is_lost() -> None:
    found = findings_of(well()._replace(acknowledged=["p1", "p2"]))
    assert found == [(Harm.LOST, "plan p2 was said to be carried out and is not in the audit")]
    assert findings_of(well()._replace(verified="entry 3 is missing")) == [
        (Harm.LOST, "audit verify: entry 3 is missing")
    ]


def test_whatever_was_done_twice_is_found() -> None:
    assert findings_of(well()._replace(audit={"p1": 2})) == [(Harm.DOUBLE, "plan p1 was carried out 2 times")]
    assert with_uow(worked(FIRST), Line(2.0, "box-1", "ends", FIRST_UOW, 1)) == [
        (Harm.DOUBLE, f"attempt 1 of {FIRST_UOW} came to its end 2 times")
    ]
    [attempt] = worked(FIRST).attempts
    twice = replace(worked(FIRST), attempts=(attempt, replace(attempt, attempt=2)))
    assert with_uow(twice) == [(Harm.DOUBLE, f"{FIRST_UOW} has 2 accepted finishes")]
    assert with_uow(worked(FIRST), Line(2.0, "box-2", "overlaps", FIRST_UOW, 1)) == [
        (Harm.DOUBLE, f"attempt 1 of {FIRST_UOW} began on box-2 while another run went on")
    ]


def test_what_came_to_its_end_while_it_was_stopped_may_run_again_under_its_attempt() -> None:
    again = Line(9.0, "box-1", "ends", FIRST_UOW, 1)
    evidence = well()._replace(journal=[*well().journal, again])
    for span, found in (
        (Span("stop daemon", 0.5, 1.5), 0),
        (Span("stop supervisor", 1.0, 1.0), 0),
        (Span("kill -9 supervisor", 0.5, 1.5), 1),
        (Span("stop daemon", 1.1, 10.0), 1),
    ):
        assert len(findings_of(evidence._replace(spans=(span,)))) == found, span


def test_an_attempt_that_ran_to_its_end_unheard_may_run_again() -> None:
    again = [Line(2.0, "box-2", what, FIRST_UOW, 2) for what in ("begins", "ends")]
    assert with_uow(worked(FIRST, attempt=2), *again) == []


def test_what_is_stuck_is_found() -> None:
    archived = worked(FIRST)
    assert [each.text for each in with_uow(replace(archived, uow=replace(archived.uow, applied=False)))] == [
        f"{FIRST_UOW} is state_processed, not applied"
    ]
    assert Finding(Harm.STUCK, "Calls@2013010100 is state_in_progress") in with_job(state=JobState.IN_PROGRESS)
    assert Finding(Harm.STUCK, "Calls@2013010100 is state_embryo") in with_job(state=JobState.EMBRYO)
    found = findings_of(well()._replace(left=("sleep (pid 7)",), never=("not true within 5 s: it rests",)))
    assert [each.text for each in found] == [
        "not true within 5 s: it rests", "sleep (pid 7) is left of work that is finished"
    ]  # fmt: skip
    assert last_line(12, found) == "faults 12, lost 0, double 0, stuck 2"


def test_a_period_that_was_not_over_may_be_open() -> None:
    evidence = well()
    job = Job("Calls", "2013010201", JobState.EMBRYO)
    assert findings_of(evidence._replace(records=evidence.records._replace(jobs=[*evidence.records.jobs, job]))) == []
    assert periods_until(Qualifier.DAILY, UNTIL) == ["2013010100"]
    assert periods_until(Qualifier.HOURLY, UNTIL)[-1] == "2013010200"
