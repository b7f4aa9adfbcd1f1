"""Every setting of ``synergy.toml``, by its name, with its default and unit (DOMAIN: section 10).

``[gc]`` and ``[mq]`` hold the settings that begin with ``gc_`` and ``mq_``, without the prefix; ``[clock]`` the replay
clock, ``[pools]`` the size of each pool by its name; everything else stands in ``[synergy]``. A relative path is meant
from the project's folder.
"""

from __future__ import annotations

from msgspec import Struct


class ClockSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The replay clock: schedule time ``start`` (ISO-8601, UTC) when first started, then ``speed`` seconds a second."""

    start: str
    speed: float = 1.0


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All settings; names end in their unit where it is not in DOMAIN's name."""

    context: str
    synergy_start_timeperiod: str
    synergy_end_timeperiod: str | None = None
    store: str = "sqlite:.synergy/synergy.db"
    broker: str = "embedded:"
    data_source: str | None = None
    """Where recomputing processes read what they work on; None: they are run as continuous ones."""
    runtime_folder: str = ".synergy"
    log_folder: str | None = None
    """Where daemon, supervisors and daemon processes write their own logs; None: ``logs`` in the runtime folder."""
    box_id: str = "box-1"
    clock: ClockSettings | None = None

    lag_minutes: float = 5.0
    max_number_of_failures: int = 3
    event_log_max_size: int = 128
    db_log_ttl_days: int = 365
    db_uow_ttl_days: int = 365
    db_connect_seconds: float = 5.0
    """How long a MongoDB server may take to be found, connection and all."""
    db_timeout_seconds: float = 5.0
    """How long a MongoDB server may take to answer; the driver asks twice."""
    db_password_file: str | None = None
    """Of the user in the store's URL; see ``synergy.passwords``."""

    gc_run_interval: float = 60.0
    gc_life_support_hours: float = 48.0
    gc_resubmit_after_hours: float = 1.0
    gc_release_lag_minutes: float = 15.0
    gc_on_give_up: str = "alert"
    """``alert``: an operator decides; ``skip``: the job is skipped."""

    mq_timeout_seconds: float = 10.0
    mq_prefetch: int = 64
    mq_heartbeat_seconds: int = 10
    mq_queue_type: str = "classic"
    """``classic`` or ``quorum`` (replicated over a cluster)."""
    mq_queue_prefix: str | None = None
    """Begins the names of all queues and exchanges; None: deployments on one virtual host would meet."""
    mq_announce_jobs: bool = False
    """Whether finished jobs are announced on ``q_job_status``, for programs of others; needs RabbitMQ."""
    mq_password_file: str | None = None
    mq_ca_file: str | None = None

    slots: int | None = None
    """How many units of work a box runs at once; None: twice its CPUs."""
    pools: dict[str, int] = {}
    """How many units of work of the processes that name a pool a box runs at once; at most its slots in all."""
    lease_seconds: float = 20.0
    heartbeat_seconds: float = 5.0
    stop_grace_seconds: float = 30.0
    supervisor_interval_seconds: float = 5.0
    definitions_timeout_seconds: float = 30.0
    child_max_uows: int = 1000
    child_max_rss_mb: int = 1024

    control_group: str | None = None
    """The Unix group that may use the control socket, as operators; None: the daemon's own user and root only."""
    viewer_group: str | None = None
    operator_group: str | None = None
    admin_group: str | None = None
    """Unix groups whose members have that role; a member of several has the highest."""
    read_only_socket: bool | str = False
    """A second socket, on which everybody may only look: true (``view.sock`` in the runtime folder), or its path."""
    request_timeout_seconds: float = 30.0
    plan_expires_seconds: float = 600.0
    console_title: str | None = None
    console_color: str | None = None
    log_level: str = "INFO"
