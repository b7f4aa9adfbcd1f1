"""Records in the shapes of the protocol."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from synergy.core.control import replies
from synergy.core.directives import Directive
from synergy.core.engine.orders import hold_of, seal_of
from synergy.core.engine.schedule import Schedule
from synergy.core.kills import KilledProcess, KillReport
from synergy.core.records import Attempt, HistoryEntry, Job, UnitOfWork, UowId
from synergy.core.states import JOB_STATES
from synergy.core.timetable.timetable import Node
from synergy.masking import masked


def iso(stamp: float) -> str:
    """A stamp as ISO-8601 UTC with milliseconds."""
    return datetime.fromtimestamp(stamp, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_or_none(stamp: float | None) -> str | None:
    """As ``iso``; None stays None, and so does infinity (never)."""
    return None if stamp is None or stamp in {0.0, float("inf")} else iso(stamp)


def counts_of(counts: list[int]) -> dict[str, int]:
    """A column's counts by stored state name."""
    return {state.value: counts[code] for code, state in enumerate(JOB_STATES)}


def job_row(schedule: Schedule, node: Node, record: Job | None, finished: Mapping[UowId, UnitOfWork]) -> replies.Job:
    """One job; ``record`` is its stored record, None for an untouched embryo or a covered period.

    ``finished``: units of work that are related to finished jobs, and so are known to the store only.
    """
    spec = schedule.lanes[node.process].spec
    related = record.related_unit_of_work if record else None
    uow = schedule.related_uow(node) or (finished.get(related) if related else None)
    state = schedule.state(node)
    return replies.Job(
        process_name=spec.process_name,
        timeperiod=schedule.timetable.timeperiod(node),
        state=state.value,
        related_unit_of_work=related,
        number_of_failures=record.number_of_failures if record else 0,
        tree_name=spec.tree_name,
        time_qualifier=spec.time_qualifier.value,
        run=record.run if record else 0,
        accepted_by_hand=record.accepted_by_hand if record else False,
        uow_state=uow.state.value if uow else None,
        attempt=uow.attempt if uow else None,
        changed=iso_or_none(record.changed) if record else None,
        held=_id_of(None if state.is_finished else hold_of(schedule.lanes[node.process], node.ordinal)),
        sealed=_id_of(seal_of(schedule, node)),
        batch=record.batch if record and record.batch in schedule.orders.batches else None,
    )


def _id_of(directive: Directive | None) -> str | None:
    return None if directive is None else directive.directive_id


def neighbour(schedule: Schedule, node: Node) -> replies.Neighbour:
    """A job beside another one."""
    key = schedule.timetable.key(node)
    return replies.Neighbour(key.process_name, key.timeperiod, schedule.state(node).value)


def uow_row(uow: UnitOfWork) -> replies.Uow:
    """One unit of work."""
    return replies.Uow(
        uow_id=uow.uow_id,
        process_name=uow.process_name,
        entry_name=uow.entry_name,
        timeperiod=uow.timeperiod,
        start_timeperiod=uow.start_timeperiod,
        end_timeperiod=uow.end_timeperiod,
        start_id=uow.start_id,
        end_id=uow.end_id,
        source=masked(uow.source),
        sink=masked(uow.sink),
        arguments=masked(uow.arguments),
        state=uow.state.value,
        uow_type=uow.uow_type.value,
        run=uow.run,
        attempt=uow.attempt,
        retries=uow.retries,
        created=iso_or_none(uow.created),
        submitted=iso_or_none(uow.submitted),
        started=iso_or_none(uow.started),
        finished=iso_or_none(uow.finished),
        number_of_processed_documents=uow.number_of_processed_documents,
        number_of_aggregated_documents=uow.number_of_aggregated_documents,
        box_id=uow.box_id,
        pid=uow.pid,
        exit_reason=uow.exit_reason,
        cancel_requested=uow.cancel_requested,
        gave_up=uow.gave_up,
    )


def history_row(entry: HistoryEntry) -> replies.HistoryRow:
    """One transition."""
    return replies.HistoryRow(
        at=iso(entry.at),
        old_state=entry.old_state.value,
        new_state=entry.new_state.value,
        actor=entry.actor,
        cause=entry.cause,
        because=entry.because,
        reason=entry.reason,
        uow_id=entry.uow_id,
        plan_id=entry.plan_id,
    )


def attempt_row(number: int, attempt: Attempt) -> replies.AttemptRow:
    """One attempt; ``number`` counts over all units of work of the job."""
    finished = attempt.finished
    return replies.AttemptRow(
        number=number,
        uow_id=attempt.uow_id,
        attempt=attempt.attempt,
        state=attempt.state.value,
        exit_reason=attempt.exit_reason,
        box_id=attempt.box_id,
        host=attempt.host,
        pid=attempt.pid,
        started=iso(attempt.started),
        finished=iso_or_none(finished),
        seconds=None if finished is None else round(finished - attempt.started, 3),
        log_lines=attempt.log_lines,
        accepted=attempt.accepted,
        kill=kill_row(attempt.kill),
    )


def kill_row(kill: KillReport | None) -> replies.Kill | None:
    """How an attempt's processes were ended."""
    if kill is None:
        return None
    return replies.Kill(
        box_id=kill.box_id,
        began=iso(kill.began),
        rescanned=iso(kill.rescanned),
        processes=tuple(_killed_row(process) for process in kill.processes),
        more=kill.more,
        remaining=kill.remaining,
    )


def _killed_row(process: KilledProcess) -> replies.Killed:
    return replies.Killed(
        pid=process.pid,
        name=process.name,
        started=iso(process.started),
        signals=tuple(replies.Sent(sent.name, iso(sent.at)) for sent in process.signals),
        gone=iso_or_none(process.gone),
    )
