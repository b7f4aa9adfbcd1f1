"""Replies on the deployment as a whole: status, trees, processes, boxes, workers, collector."""

from __future__ import annotations

from msgspec import Struct

from synergy.core.control.replies.answer import Reply


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
    """Counts are by stored state name. ``lag_seconds``: schedule time since the oldest due unfinished job's end.

    ``uows`` are counted by the store, as of ``uows_at``; None: not yet.

    ``notes``: what keeps the deployment from work, but passes by itself. ``draining``: by whom and why nothing is
    started, if that is so; ``holds``, ``batches``: how many are in force. ``inactive``: how many processes are off.
    ``boxes_down``: those that are silent.

    ``about``: what each of ``problems`` is of, in their order: a job, an entry, a unit of work, ``box:BOX``,
    ``batch:BATCH``, ``store``, ``broker``, ``workers``, or ``invalid`` for the rest of what is invalid.
    """

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
    notes: tuple[str, ...] = ()
    draining: str | None = None
    holds: int = 0
    batches: int = 0
    boxes_down: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    uows_at: str | None = None
    inactive: int = 0


class Subscribed(Reply, frozen=True):
    """Events after ``seq`` follow on this connection; read the snapshot with calls on it.

    ``resumed``: ``seq`` is the number that was heard last, so none is missing and no snapshot is needed.
    """

    seq: int
    status: Status
    resumed: bool = False


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
    """One managed process. ``first_timeperiod`` and ``last_timeperiod`` bound its periods (both included).

    Each unit of work that holds a slot is in one of ``in_progress``, ``queued`` and ``invalid``.
    ``held``: the id of a hold on all of it.
    """

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
    held: str | None = None
    present_on_boxes: tuple[str, ...] = ()


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
    """One box.

    ``state``: ``up``, ``silent``, ``down`` or ``stopped``. ``heartbeat_seconds``: how old its last heartbeat is; None:
    it stopped. ``cpu_percent`` (100 is one CPU) and ``rss_bytes`` are of all its processes; ``cpu_past`` and
    ``rss_past`` those of its last heartbeats, oldest first.
    """

    box_id: str
    host: str
    up: bool
    slots: int
    running: int
    processes: tuple[BoxProcessRow, ...]
    state: str = "up"
    version: str | None = None
    pid: int | None = None
    since: str | None = None
    heartbeat_seconds: float | None = None
    cpu_percent: float = 0.0
    rss_bytes: int = 0
    memory_percent: float = 0.0
    cpu_past: tuple[float, ...] = ()
    rss_past: tuple[int, ...] = ()


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
