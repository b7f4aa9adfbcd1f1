"""What the daemon tells its subscribers: notifications of method ``events``, a batch of events with one number.

A client that falls behind gets one ``lagged`` and reads a new snapshot.
"""

from __future__ import annotations

from msgspec import Struct


class JobChanged(Struct, frozen=True, tag="job", gc=False):
    """A job's state, or that of its related unit of work, changed. ``cell`` is its character in the grid."""

    process_name: str
    timeperiod: str
    old_state: str
    state: str
    cell: str
    uow_id: str | None = None
    uow_state: str | None = None
    cause: str = ""
    actor: str = ""


class UowChanged(Struct, frozen=True, tag="uow", gc=False):
    """A unit of work changed."""

    uow_id: str
    process_name: str
    timeperiod: str
    state: str
    attempt: int
    exit_reason: str | None = None


class LogGrew(Struct, frozen=True, tag="log_grew", gc=False):
    """A followed attempt's log has ``total`` lines now."""

    uow_id: str
    attempt: int
    total: int


class TimetableGrew(Struct, frozen=True, tag="timetable", gc=False):
    """Schedule time went on: the process has periods up to ``last_timeperiod`` now."""

    process_name: str
    last_timeperiod: str


class ProcessChanged(Struct, frozen=True, tag="process", gc=False):
    """A process or freerun entry was changed by an operator."""

    process_name: str
    entry_name: str | None = None


class PlanApplied(Struct, frozen=True, tag="plan_applied", gc=False):
    """A plan was carried out: what was asked for and by whom; each job that changes has an event of its own."""

    plan_id: str
    verb: str
    actor: str
    targets: tuple[str, ...] = ()


class DirectiveChanged(Struct, frozen=True, tag="directive_changed", gc=False):
    """A hold, a seal or a batch is new, changed or lifted.

    ``reach``: what it is about, as ``directives.Directive.reach`` names it. ``outcome``: of one that is lifted, how it
    ended: ``done``, ``released by ann``.
    """

    directive_id: str
    kind: str
    reach: str
    actor: str
    is_paused: bool = False
    is_lifted: bool = False
    outcome: str | None = None


class HealthChanged(Struct, frozen=True, tag="health", gc=False):
    """Store, broker or supervisors went up or down; read ``status``."""

    component: str
    up: bool
    detail: str


class Alert(Struct, frozen=True, tag="alert", gc=False):
    """An operator should look: ``gave_up``, ``kill_unproved``, ``set_aside`` and so on."""

    code: str
    message: str
    target: str | None = None


class Lagged(Struct, frozen=True, tag="lagged", gc=False):
    """Events were dropped; read a new snapshot."""

    dropped: int


class Stopping(Struct, frozen=True, tag="stopping", gc=False):
    """The daemon is stopping; reconnect later."""

    reason: str


Event = (
    JobChanged
    | UowChanged
    | LogGrew
    | TimetableGrew
    | ProcessChanged
    | PlanApplied
    | DirectiveChanged
    | HealthChanged
    | Alert
    | Lagged
    | Stopping
)


class Events(Struct, frozen=True):
    """The parameters of one notification; ``at`` is real time, ISO-8601.

    ``seq`` rises with each, over all subscribers: a gap is a notification that was meant for another one.
    """

    seq: int
    at: str
    schedule_time: str
    events: tuple[Event, ...]
