"""Replies with everything filled in, of which a test names only what it is about."""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace

from synergy.core.control import replies as r
from synergy.core.control.roles import Role

AT: Final = "2026-11-23T23:00:56.123Z"


def hello() -> r.Hello:
    return r.Hello(version="0.1.0", protocol=1, daemon_id="d", user="ann", may_change=True, role=Role.ADMIN)


def status(**changes: Any) -> r.Status:
    component = r.Component(url="sqlite:.synergy/synergy.db", up=True, detail="", since=AT)
    made = r.Status(
        version="0.1.0",
        daemon_id="d",
        pid=17,
        started=AT,
        state="running",
        store=component,
        broker=replace(component, url="embedded:"),
        clock=r.ClockState(schedule_time=AT, real_time=AT, speed=1.0),
        jobs={"state_processed": 8760, "state_embryo": 0, "state_skipped": 2},
        uows={"state_invalid": 1},
        workers=4,
        supervisors=1,
        slots=4,
        running=2,
        queued=3,
        lag_seconds=200.0,
        oldest_unfinished="Hourly@2013010101",
        problems=(),
        synergy_start_timeperiod="2013010100",
        synergy_end_timeperiod=None,
        term=1,
        rss_bytes=50 << 20,
        cpu_seconds=1.5,
    )
    return replace(made, **changes)


def job(timeperiod: str = "2013010101", state: str = "state_processed", **changes: Any) -> r.Job:
    made = r.Job(
        process_name="Hourly",
        timeperiod=timeperiod,
        state=state,
        related_unit_of_work=f"Hourly@{timeperiod}.1",
        number_of_failures=0,
        tree_name="Flights",
        time_qualifier="hourly",
        run=1,
        changed=AT,
    )
    return replace(made, **changes)


def uow(uow_id: str = "Hourly@2013010101.1", state: str = "state_in_progress", **changes: Any) -> r.Uow:
    made = r.Uow(
        uow_id=uow_id,
        process_name="Hourly",
        entry_name=None,
        timeperiod="2013010101",
        start_timeperiod="2013010101",
        end_timeperiod="2013010102",
        start_id=None,
        end_id=None,
        source="flights",
        sink=None,
        arguments={"origin": "all"},
        state=state,
        uow_type="type_managed",
        run=1,
        attempt=1,
        retries=0,
        created=AT,
        submitted=AT,
        started=AT,
        finished=None,
        number_of_processed_documents=842,
        number_of_aggregated_documents=3,
        box_id="box-1",
        pid=99,
        exit_reason=None,
        cancel_requested=False,
        gave_up=False,
    )
    return replace(made, **changes)


def transition(**changes: Any) -> r.HistoryRow:
    made = r.HistoryRow(
        at=AT,
        old_state="state_in_progress",
        new_state="state_processed",
        actor="scheduler",
        cause="uow_finished",
        because=None,
        reason=None,
        uow_id="Hourly@2013010101.1",
        plan_id=None,
    )
    return replace(made, **changes)


def detail(**changes: Any) -> r.JobDetail:
    made = r.JobDetail(
        job=job("2013010100", "state_in_progress", process_name="Daily", time_qualifier="daily"),
        parent=r.Neighbour("Monthly", "2013010000", "state_embryo"),
        children=(r.Neighbour("Hourly", "2013010105", "state_in_progress"),),
        children_counts={"state_processed": 23, "state_in_progress": 1},
        dependencies=(),
        dependants=(r.Neighbour("Delays", "2013010100", "state_embryo"),),
        unit_of_work=uow("Daily@2013010100.1"),
        event_log=(transition(),),
        waiting_for=("its child Hourly@2013010105",),
        period_start="2013-01-01T00:00:00Z",
        period_end="2013-01-02T00:00:00Z",
        is_live=False,
        is_due=True,
    )
    return replace(made, **changes)


def attempt(number: int = 1, **changes: Any) -> r.AttemptRow:
    made = r.AttemptRow(
        number=number,
        uow_id="Hourly@2013010101.1",
        attempt=number,
        state="state_invalid",
        exit_reason="exit 3",
        box_id="box-1",
        host="here",
        pid=99,
        started=AT,
        finished=AT,
        seconds=0.25,
        log_lines=2,
        accepted=True,
    )
    return replace(made, **changes)


def log_page(
    *texts: str, first_line: int = 0, total: int | None = None, live: bool = False, exit_reason: str = "exit 3"
) -> r.LogPage:
    lines = tuple(r.LogRow(first_line + i, AT, "stdout", "", text) for i, text in enumerate(texts))
    return r.LogPage(
        uow_id="Hourly@2013010101.1",
        attempt=1,
        number=1,
        attempts=1,
        first_line=first_line,
        total=first_line + len(lines) if total is None else total,
        live=live,
        state="state_in_progress" if live else "state_invalid",
        exit_reason=None if live else exit_reason,
        lines=lines,
    )


def plan(**changes: Any) -> r.Plan:
    made = r.Plan(
        plan_id="p-1",
        verb="reprocess",
        changes=(
            r.PlanChange("Hourly", "2013010101", "state_processed", "state_embryo", "named"),
            r.PlanChange("Daily", "2013010100", "state_processed", "state_embryo", "Hourly@2013010101 is its child"),
        ),
        kills=(),
        counts={"Hourly": 1, "Daily": 1},
        trees=("Flights",),
    )
    return replace(made, **changes)


def applied(**changes: Any) -> r.Applied:
    made = r.Applied(plan_id="p-1", changed=2, kills=(), command="synergyctl reprocess Hourly@2013010101 --yes")
    return replace(made, **changes)


def tree() -> r.TreeRow:
    return r.TreeRow(
        tree_name="Flights",
        processes=("Daily", "Hourly"),
        dependent_on=(),
        counts={"state_processed": 5},
        oldest_unfinished=None,
        lag_seconds=0.0,
        invalid=0,
        last_failure=None,
        last_failure_at=None,
    )


def process() -> r.ProcessRow:
    return r.ProcessRow(
        process_name="Hourly",
        tree_name="Flights",
        time_qualifier="hourly",
        state_machine="discrete",
        blocking_type="normal",
        trigger_frequency="every 60",
        time_grouping=1,
        concurrency=4,
        is_on=True,
        run="flights.jobs:hourly",
        counts={"state_processed": 5},
        invalid=0,
        in_progress=1,
        queued=0,
        reprocessing_queue=0,
        first_timeperiod="2013010100",
        last_timeperiod="2013010123",
        next_timeperiod="2013010105",
        next_run=AT,
        next_run_in=12.0,
    )


def entry(**changes: Any) -> r.EntryRow:
    made = r.EntryRow(
        process_name="Report",
        entry_name="mail",
        trigger_frequency="at 06:30",
        run="flights.jobs:mail",
        arguments={},
        description=None,
        is_on=True,
        by_hand=False,
        next_run=AT,
        next_run_in=60.0,
        last_firing=None,
        related_unit_of_work="Report::mail@20130101063000.1",
        uow_state="state_in_progress",
    )
    return replace(made, **changes)


def worker() -> r.WorkerRow:
    return r.WorkerRow(
        box_id="box-1",
        host="here",
        kind="supervisor",
        pid=5,
        process_name=None,
        uow_id=None,
        since=AT,
        rss_bytes=1 << 20,
        cpu_percent=3.0,
        up=True,
    )


def box() -> r.BoxRow:
    feed = r.BoxProcessRow(process_name="Feed", is_on=True, pid=7, since=AT, restarts=0, state="running")
    return r.BoxRow(box_id="box-1", host="here", up=True, slots=4, running=1, processes=(feed,))


def collector() -> r.Collector:
    row = r.CollectorRow(
        uow_id="Hourly@2013010101.1",
        process_name="Hourly",
        timeperiod="2013010101",
        state="state_invalid",
        attempt=2,
        exit_reason="exit 3",
        release_in=30.0,
        gives_up_in=None,
        gave_up=False,
    )
    return r.Collector(last_run=AT, next_run_in=12.0, queued=(row,))
