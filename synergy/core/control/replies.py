"""What the daemon answers. Every reply carries ``v``; stamps are ISO-8601 UTC, durations are seconds.

States are sent by their stored names (``state_processed``).
"""

from __future__ import annotations

from msgspec import Struct

from synergy.core.records import Arguments


class Reply(Struct, frozen=True, kw_only=True):
    """``v`` is the version of the shape; fields are added, never renamed."""

    v: int = 1


class Hello(Reply, frozen=True):
    """``user`` is who the daemon takes the caller for; ``may_change`` what it may do."""

    version: str
    protocol: int
    daemon_id: str
    user: str
    may_change: bool
    console_title: str | None = None
    console_color: str | None = None


class Done(Reply, frozen=True):
    """It is done; ``message`` says what, ``uow_id`` names the unit of work that was made, if any."""

    message: str
    uow_id: str | None = None


class Component(Struct, frozen=True):
    """The store or the broker: what it is, and whether it answers."""

    url: str
    up: bool
    detail: str
    since: str


class ClockState(Struct, frozen=True):
    """Schedule time now; ``speed`` is schedule seconds per real second (1: the real clock)."""

    schedule_time: str
    real_time: str
    speed: float


class Status(Reply, frozen=True):
    """Counts are by stored state name. ``lag_seconds``: schedule time since the oldest due unfinished job's end."""

    version: str
    daemon_id: str
    pid: int
    started: str
    state: str
    store: Component
    broker: Component
    clock: ClockState
    jobs: dict[str, int]
    uows: dict[str, int]
    workers: int
    supervisors: int
    slots: int
    running: int
    queued: int
    lag_seconds: float
    oldest_unfinished: str | None
    problems: tuple[str, ...]
    synergy_start_timeperiod: str
    synergy_end_timeperiod: str | None
    term: int
    rss_bytes: int
    cpu_seconds: float


class TreeRow(Struct, frozen=True):
    """One tree. ``counts`` over all its jobs; ``last_failure`` names the unit of work that became invalid last."""

    tree_name: str
    processes: tuple[str, ...]
    dependent_on: tuple[str, ...]
    counts: dict[str, int]
    oldest_unfinished: str | None
    lag_seconds: float
    invalid: int
    last_failure: str | None
    last_failure_at: str | None
    description: str | None = None


class Trees(Reply, frozen=True):
    """All trees."""

    trees: tuple[TreeRow, ...]


class ProcessRow(Struct, frozen=True):
    """One managed process. ``first_timeperiod`` and ``last_timeperiod`` bound its periods (both included)."""

    process_name: str
    tree_name: str
    time_qualifier: str
    state_machine: str
    blocking_type: str
    trigger_frequency: str
    time_grouping: int
    concurrency: int
    is_on: bool
    run: str
    counts: dict[str, int]
    invalid: int
    in_progress: int
    queued: int
    reprocessing_queue: int
    first_timeperiod: str | None
    last_timeperiod: str | None
    next_timeperiod: str | None
    next_run: str | None
    next_run_in: float | None
    description: str | None = None


class Processes(Reply, frozen=True):
    """All managed processes, in the order of their trees."""

    processes: tuple[ProcessRow, ...]


class BoxProcessRow(Struct, frozen=True):
    """A daemon process on a box."""

    process_name: str
    is_on: bool
    pid: int | None
    since: str | None
    restarts: int
    state: str


class BoxRow(Struct, frozen=True):
    """One box."""

    box_id: str
    host: str
    up: bool
    slots: int
    running: int
    processes: tuple[BoxProcessRow, ...]


class Boxes(Reply, frozen=True):
    """All boxes."""

    boxes: tuple[BoxRow, ...]


class WorkerRow(Struct, frozen=True):
    """A supervisor (``kind`` supervisor) or one of its children."""

    box_id: str
    host: str
    kind: str
    pid: int
    process_name: str | None
    uow_id: str | None
    since: str | None
    rss_bytes: int
    cpu_percent: float
    up: bool
    version: str | None = None
    detail: str | None = None


class Workers(Reply, frozen=True):
    """All supervisors and their children."""

    workers: tuple[WorkerRow, ...]


class CollectorRow(Struct, frozen=True):
    """One unit of work in a reprocessing queue."""

    uow_id: str
    process_name: str
    timeperiod: str
    state: str
    attempt: int
    exit_reason: str | None
    release_in: float | None
    gives_up_in: float | None
    gave_up: bool


class Collector(Reply, frozen=True):
    """The collector's queues and last run."""

    last_run: str | None
    next_run_in: float
    queued: tuple[CollectorRow, ...]


class GridRow(Struct, frozen=True):
    """``cells``: one character per period.

    ``0``–``5`` are the job states in their order (embryo, in progress, final run, processed, skipped, noop), ``6`` an
    invalid unit of work, ``-`` a period covered by a later checkpoint, blank: no such period.
    """

    process_name: str
    tree_name: str
    cells: str


class Grid(Reply, frozen=True):
    """Rows and the periods of their columns' ends (both included)."""

    seq: int
    time_qualifier: str
    from_timeperiod: str
    to_timeperiod: str
    rows: tuple[GridRow, ...]


class Job(Struct, frozen=True):
    """One job, embryo ones too. ``uow_state`` is that of its related unit of work."""

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


class Jobs(Reply, frozen=True):
    """A page of jobs; ``more``: ask again with ``after`` the last one."""

    jobs: tuple[Job, ...]
    more: bool
    total: int | None = None


class Uow(Reply, frozen=True):
    """One unit of work (DOMAIN: section 2)."""

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


class History(Reply, frozen=True):
    """A page of transitions, newest first."""

    job: str
    history: tuple[HistoryRow, ...]
    more: bool


class AttemptRow(Struct, frozen=True):
    """``number`` counts over all units of work of the job, from 1, oldest first."""

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


class Attempts(Reply, frozen=True):
    """All attempts of a job."""

    job: str
    attempts: tuple[AttemptRow, ...]


class LogRow(Struct, frozen=True):
    """One line; ``stream`` stdout, stderr or log."""

    line: int
    at: str
    stream: str
    level: str
    text: str


class LogPage(Reply, frozen=True):
    """Lines from ``first_line`` of ``total``; ``live``: the attempt is still running."""

    uow_id: str
    attempt: int
    number: int
    attempts: int
    first_line: int
    total: int
    live: bool
    state: str
    exit_reason: str | None
    lines: tuple[LogRow, ...]


class LogMatches(Reply, frozen=True):
    """Line numbers, ascending."""

    lines: tuple[int, ...]
    more: bool


class PlanChange(Struct, frozen=True):
    """One job that would change, and because of which edge."""

    process_name: str
    timeperiod: str
    state: str
    new_state: str
    because: str


class Refusal(Struct, frozen=True):
    """A target of a list that the verb is not legal for."""

    target: str
    code: str
    message: str


class Plan(Reply, frozen=True):
    """``kills``: units of work whose running work would be stopped. ``counts``: changes per process."""

    plan_id: str
    verb: str
    changes: tuple[PlanChange, ...]
    kills: tuple[str, ...]
    counts: dict[str, int]
    trees: tuple[str, ...]
    refused: tuple[Refusal, ...] = ()
    expires_in: float = 600.0


class Applied(Reply, frozen=True):
    """The plan is stored; ``command`` is the same action as a synergyctl line."""

    plan_id: str
    changed: int
    kills: tuple[str, ...]
    command: str
    refused: tuple[Refusal, ...] = ()


class EntryRow(Struct, frozen=True):
    """One freerun entry."""

    process_name: str
    entry_name: str
    trigger_frequency: str
    run: str
    arguments: Arguments
    description: str | None
    is_on: bool
    by_hand: bool
    next_run: str | None
    next_run_in: float | None
    last_firing: str | None
    related_unit_of_work: str | None
    uow_state: str | None


class Entries(Reply, frozen=True):
    """All freerun entries."""

    entries: tuple[EntryRow, ...]


class Subscribed(Reply, frozen=True):
    """Events after ``seq`` follow on this connection; read the snapshot with calls on it."""

    seq: int
    status: Status
