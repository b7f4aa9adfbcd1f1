"""What caused each run of a job, read off its history and its attempts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from synergy.core.records import LEASE_LOST, Attempt, HistoryEntry, UowId
from synergy.core.states import JobState, UowState

UNKNOWN: Final = "unknown"
"""The cause of a run of which no history is kept any more."""

_REOPENED: Final = frozenset({"reprocess", "housekeeping", "undo"})
_CAUSES: Final = {
    "due": "its trigger made it due",
    "period_closed": "its period closed",
    "boundaries_read": "its data source had something for it",
    "housekeeping": "something beneath it was not finished any more",
}


class RunAttempt(Struct, frozen=True):
    """An attempt of a run, and why it was made."""

    attempt: Attempt
    what: str


class Run(Struct, frozen=True):
    """One run: a unit of work and its attempts. ``cause`` is a word of the history."""

    uow_id: UowId
    run: int
    at: float | None
    cause: str
    what: str
    actor: str | None = None
    because: str | None = None
    reason: str | None = None
    plan_id: str | None = None
    attempts: tuple[RunAttempt, ...] = ()


def runs_of(history: Sequence[HistoryEntry], attempts: Sequence[Attempt]) -> list[Run]:
    """Every run that is still known of, oldest first; so are ``history`` and ``attempts``."""
    causes: dict[UowId, tuple[HistoryEntry, HistoryEntry]] = {}
    reopened: HistoryEntry | None = None
    for entry in history:
        if entry.cause in _REOPENED and entry.new_state is JobState.EMBRYO:
            reopened = entry
        elif entry.uow_id is not None and entry.uow_id not in causes and not entry.new_state.is_finished:
            causes[entry.uow_id] = (entry, reopened or entry)
            reopened = None
    known = dict.fromkeys([attempt.uow_id for attempt in attempts if attempt.uow_id not in causes])
    runs = [_unknown(uow_id, attempts) for uow_id in known]
    runs += [_run(uow_id, issued, cause, attempts) for uow_id, (issued, cause) in causes.items()]
    return sorted(runs, key=lambda run: run.run)


def _run(uow_id: UowId, issued: HistoryEntry, cause: HistoryEntry, attempts: Sequence[Attempt]) -> Run:
    return Run(
        uow_id, _number(uow_id), issued.at, cause.cause, _words(cause), cause.actor, cause.because, cause.reason,
        cause.plan_id, _attempts(uow_id, attempts),
    )  # fmt: skip


def _unknown(uow_id: UowId, attempts: Sequence[Attempt]) -> Run:
    own = _attempts(uow_id, attempts)
    return Run(uow_id, _number(uow_id), own[0].attempt.started, UNKNOWN, "its history is gone", attempts=own)


def _number(uow_id: UowId) -> int:
    return int(uow_id.rpartition(".")[2])


def _words(entry: HistoryEntry) -> str:
    """``reprocess by ann, plan p1, because X@1 is its child: late data``."""
    if entry.cause in _CAUSES:
        return _CAUSES[entry.cause]
    if entry.cause == "input_finished":
        return f"{entry.because} finished"
    if entry.cause == "uow_finished":
        return f"once more: something that it is built on finished after the start of {entry.because}"
    if entry.cause == "undo":
        return f"undo of plan {entry.because} by {entry.actor}, plan {entry.plan_id}"
    edge = "; " if entry.cause == "force" else ", because "
    plan = f", plan {entry.plan_id}" if entry.plan_id else ""
    because = f"{edge}{entry.because}" if entry.because else ""
    reason = f": {entry.reason}" if entry.reason else ""
    return f"{entry.cause.replace('_', ' ')} by {entry.actor}{plan}{because}{reason}"


def _attempts(uow_id: UowId, attempts: Sequence[Attempt]) -> tuple[RunAttempt, ...]:
    made: list[RunAttempt] = []
    for attempt in attempts:
        if attempt.uow_id == uow_id:
            made.append(RunAttempt(attempt, _why_again(made[-1].attempt) if made else "its first attempt"))
    return tuple(made)


def _why_again(last: Attempt) -> str:
    if last.state is UowState.INVALID and last.exit_reason != LEASE_LOST:
        return f"a retry after {last.exit_reason or 'a failure'}"
    return f"its worker on {last.box_id} was lost"
