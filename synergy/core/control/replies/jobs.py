"""Replies on jobs and units of work."""

from __future__ import annotations

from msgspec import Struct

from synergy.core.control.replies.answer import Reply
from synergy.core.control.replies.kills import Kill
from synergy.core.records import Arguments


class Job(Struct, frozen=True):
    """One job, embryo ones too. ``uow_state`` is that of its related unit of work.

    ``held``, ``sealed``, ``batch``: the ids of the directives that it is under.
    """

    process_name: str
    timeperiod: str
    state: str
    related_unit_of_work: str | None
    number_of_failures: int
    tree_name: str
    time_qualifier: str
    run: int = 0
    accepted_by_hand: bool = False
    uow_state: str | None = None
    attempt: int | None = None
    changed: str | None = None
    held: str | None = None
    sealed: str | None = None
    batch: str | None = None


class Jobs(Reply, frozen=True):
    """A page of jobs; ``more``: ask again with ``after`` the last one."""

    jobs: tuple[Job, ...]
    more: bool
    total: int | None = None


class Uow(Reply, frozen=True):
    """One unit of work (DOMAIN: section 2).

    Only where it is asked for by itself: ``kill``, how its last attempt was ended if it had to be; ``alive``, the pids
    of it that outlive KILL.
    """

    uow_id: str
    process_name: str
    entry_name: str | None
    timeperiod: str
    start_timeperiod: str
    end_timeperiod: str
    start_id: str | None
    end_id: str | None
    source: str | None
    sink: str | None
    arguments: Arguments
    state: str
    uow_type: str
    run: int
    attempt: int
    retries: int
    created: str | None
    submitted: str | None
    started: str | None
    finished: str | None
    number_of_processed_documents: int
    number_of_aggregated_documents: int
    box_id: str | None
    pid: int | None
    exit_reason: str | None
    cancel_requested: bool
    gave_up: bool
    kill: Kill | None = None
    alive: tuple[int, ...] = ()


class Uows(Reply, frozen=True):
    """A page of units of work."""

    uows: tuple[Uow, ...]
    more: bool


class Neighbour(Struct, frozen=True):
    """A parent, child, dependency or dependant of a job."""

    process_name: str
    timeperiod: str
    state: str


class HistoryRow(Struct, frozen=True):
    """One transition."""

    at: str
    old_state: str
    new_state: str
    actor: str
    cause: str
    because: str | None
    reason: str | None
    uow_id: str | None
    plan_id: str | None


class JobDetail(Reply, frozen=True):
    """One job with its surroundings. ``waiting_for`` says in words why it does not run; empty when it does or is done.

    ``code``: of the condition that decides why it does not go on (docs/why.md).
    ``median_seconds``: of the last runs of its process, in real time; None where no run is known.

    ``children`` holds at most 100, unfinished ones first; ``children_counts`` counts all by state. ``event_log`` holds
    the last ``event_log_max_size`` transitions, newest first.
    """

    job: Job
    parent: Neighbour | None
    children: tuple[Neighbour, ...]
    children_counts: dict[str, int]
    dependencies: tuple[Neighbour, ...]
    dependants: tuple[Neighbour, ...]
    unit_of_work: Uow | None
    event_log: tuple[HistoryRow, ...]
    waiting_for: tuple[str, ...]
    period_start: str
    period_end: str
    is_live: bool
    is_due: bool
    code: str = ""
    median_seconds: float | None = None


class History(Reply, frozen=True):
    """A page of transitions, newest first."""

    job: str
    history: tuple[HistoryRow, ...]
    more: bool


class AttemptRow(Struct, frozen=True):
    """``number`` counts over all units of work of the job, from 1, oldest first.

    ``kill``: how its processes were ended, if they had to be.
    """

    number: int
    uow_id: str
    attempt: int
    state: str
    exit_reason: str | None
    box_id: str
    host: str
    pid: int | None
    started: str
    finished: str | None
    seconds: float | None
    log_lines: int
    accepted: bool
    kill: Kill | None = None


class Attempts(Reply, frozen=True):
    """All attempts of a job."""

    job: str
    attempts: tuple[AttemptRow, ...]
