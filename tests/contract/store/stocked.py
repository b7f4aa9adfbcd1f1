"""A store that holds something of every kind, as daemon and supervisors leave it."""

from __future__ import annotations

from synergy.core.audit_chain import START, chained
from synergy.core.plan_records import Inverse, JobUndo, PlannedChange, PlanRecord
from synergy.core.ports import Batch, LeaderStore, WorkerStore
from synergy.core.records import AuditEntry, BoxProcess, EntryRecord, LogChunk, ProcessOverride, UowId, UowPatch
from synergy.core.states import JobState, UowState
from tests.contract.store.samples import (
    DAY,
    NOW,
    chunk,
    claim,
    finish,
    hold,
    job,
    kill,
    line,
    supervisor,
    told,
    uow,
    uow_id,
)

JOBS = 1_200
"""More than a page."""


async def fill(leader: LeaderStore, worker: WorkerStore, jobs: int = JOBS) -> None:
    """Write something of every kind; ``jobs`` of an hourly process, and as many units of work."""
    term = await leader.take_term("daemon-1")
    await leader.commit(
        Batch(
            term,
            overrides=(
                ProcessOverride("Hourly", "hourly", at=NOW),
                ProcessOverride("Daily", "daily", is_on=False, file_is_on=True, actor="ann", at=NOW / 3),
                ProcessOverride("Gone", "yearly"),
            ),
            entries=(
                EntryRecord("Report", "mail", "every 30", "jobs:mail", (), {"zone": "é", "a": 1, "b": 2.5, "c": None}),
                EntryRecord("Report-2", "mail", "at 6:30", None, ("echo", "x"), deleted=True, last_firing=NOW / 7),
            ),
            box_processes=(BoxProcess("box-1", "Stream"), BoxProcess("box", "Z", is_on=False, pid=4, since=NOW)),
            plans=(
                PlanRecord("p1", "reprocess", "ann", NOW, (_change(1), _change(2)), (uow_id(1),), "late"),
                PlanRecord(
                    "p2", "skip", "ann", NOW, (), done=True, targets=("Hourly@2013010100",), key="k", inverse=_inverse()
                ),
            ),
            directives=(hold("h1", process_name="Hourly"), hold("h2", lifted=NOW / 7, outcome="released by ann")),
            audit=chained((AuditEntry(NOW, "ann", "skip", f"Hourly@{n}", "a reason") for n in range(5)), START),
        )
    )
    others = (
        job(0, JobState.PROCESSED, "Daily", changed=NOW / 3),
        job(0, JobState.NOOP, "Gone"),
        job(0, JobState.SKIPPED, "Hourly2"),  # behind Hourly, but before it where names and timeperiods are joined
    )
    for start in range(0, jobs, 400):
        numbers = range(start, min(start + 400, jobs))
        await leader.commit(
            Batch(
                term,
                jobs=(*(job(number, run=1, related_unit_of_work=uow_id(number)) for number in numbers), *others),
                new_uows=tuple(uow(number, arguments={"n": number}) for number in numbers),
                history=tuple(told(number, at=NOW + number / 3, reason=None) for number in numbers),
            )
        )
    await leader.commit(Batch(term, history=(told(1, JobState.PROCESSED, NOW - DAY), told(1, JobState.NOOP, NOW))))
    await _work(leader, worker, term)


async def _work(leader: LeaderStore, worker: WorkerStore, term: int) -> None:
    """Two attempts of the first unit of work, one that runs, logs over the end of a month."""
    for name in ("s1", "s2"):
        await worker.beat(supervisor(name, gone=name == "s1"))
    await worker.claim([claim(1), claim(2)])
    lost = UowPatch(uow_id(1), UowState.IN_PROGRESS, 1, "s1", UowState.REQUESTED, 2, losses=1, claimed_by=None)
    await leader.commit(Batch(term, patches=(lost,)))
    await worker.claim([claim(1, "s2")])
    await worker.finish([finish(1, "s2", 2, log_lines=4), finish(1, "s1", exit_reason="too late", kill=kill())])
    await worker.append_log([chunk(0, "a", "b ☃"), chunk(2, "c", at=NOW + 40 * DAY), chunk(0, "second", attempt=2)])
    many = [LogChunk(UowId(f"Hourly@{number}.1"), 1, 0, (line(f"line {number}"),)) for number in range(150)]
    await worker.append_log(many)


def _inverse() -> Inverse:
    return Inverse(jobs=(JobUndo(None, job(7)),), lost=("work that was stopped",))


def _change(number: int) -> PlannedChange:
    return PlannedChange("Hourly", job(number).timeperiod, JobState.PROCESSED, JobState.EMBRYO, "asked for")
