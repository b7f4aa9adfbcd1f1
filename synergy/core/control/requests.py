"""What a client may ask. The method's name is the class's ``method``; the answer is of its ``reply`` type.

Targets are spelled as in INTERFACE section 2: ``PROCESS@TIMEPERIOD``, ``PROCESS@FROM..TO``, ``PROCESS::ENTRY``, a unit
of work's id. States are given in either form, any case.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final, Generic, TypeVar

from msgspec import Struct

from synergy.core.control import replies as r
from synergy.core.control.roles import Role
from synergy.core.records import Arguments
from synergy.core.wishes import Scope, Verb

PROTOCOL_VERSION: Final = 1
R_co = TypeVar("R_co", covariant=True)


class Request(Struct, Generic[R_co], frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One call. Whoever asks it must have the role that it ``needs``; to look is free to all who are let in."""

    method: ClassVar[str]
    reply: ClassVar[Any]
    needs: ClassVar[Role] = Role.VIEWER


class Hello(Request[r.Hello], frozen=True, forbid_unknown_fields=True):
    """The first call on a connection: versions are compared, and the daemon says who it takes the caller for."""

    method = "hello"
    reply = r.Hello
    client: str
    protocol: int = PROTOCOL_VERSION
    read_only: bool = False


class Status(Request[r.Status], frozen=True):
    """The deployment's health at a glance."""

    method = "status"
    reply = r.Status


class Trees(Request[r.Trees], frozen=True):
    """Trees with counts by state and what is wrong."""

    method = "trees"
    reply = r.Trees


class Processes(Request[r.Processes], frozen=True):
    """Managed processes as they stand."""

    method = "processes"
    reply = r.Processes


class Boxes(Request[r.Boxes], frozen=True):
    """Boxes and the daemon processes on them."""

    method = "boxes"
    reply = r.Boxes


class Workers(Request[r.Workers], frozen=True):
    """Supervisors and their children."""

    method = "workers"
    reply = r.Workers


class Collector(Request[r.Collector], frozen=True):
    """The garbage collector's queues."""

    method = "gc"
    reply = r.Collector


class Grid(Request[r.Grid], frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Rows of the timetable: one character of state per period from ``from_timeperiod``, at most ``columns`` each.

    Rows are the named processes; none named: all of the qualifier.
    """

    method = "grid"
    reply = r.Grid
    time_qualifier: str
    from_timeperiod: str
    columns: int
    process_names: tuple[str, ...] = ()


class ListJobs(Request[r.Jobs], frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Jobs of one process or of all, ascending, embryo jobs too; ``after`` continues behind a job of the page before.

    ``newest_first`` turns the order round.
    """

    method = "ls"
    reply = r.Jobs
    process_name: str | None = None
    from_timeperiod: str | None = None
    to_timeperiod: str | None = None
    states: tuple[str, ...] = ()
    limit: int = 500
    after: str | None = None
    newest_first: bool = False


class Show(Request[r.JobDetail], frozen=True, forbid_unknown_fields=True):
    """One job: record, neighbours, unit of work."""

    method = "show"
    reply = r.JobDetail
    job: str


class JobHistory(Request[r.History], frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Every transition of a job, newest first."""

    method = "history"
    reply = r.History
    job: str
    limit: int = 128
    offset: int = 0


class Attempts(Request[r.Attempts], frozen=True, forbid_unknown_fields=True):
    """All attempts of a job or freerun entry over all its units of work, oldest first, numbered from 1."""

    method = "attempts"
    reply = r.Attempts
    job: str


class Logs(Request[r.LogPage], frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A page of an attempt's log.

    ``target``: a job, an entry or a unit of work. ``number`` None: the last. ``first_line`` < 0 counts from the end.
    """

    method = "logs"
    reply = r.LogPage
    target: str
    number: int | None = None
    first_line: int = 0
    limit: int = 1000


class SearchLog(Request[r.LogMatches], frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Numbers of the lines of an attempt's log that contain a text, case-insensitively: those around line ``near``."""

    method = "search_log"
    reply = r.LogMatches
    target: str
    text: str
    number: int | None = None
    limit: int = 1000
    near: int = 0


class FollowLog(Request[r.Done], frozen=True, forbid_unknown_fields=True):
    """Send ``log_grew`` events of this unit of work on this connection (needs a subscription); off: stop."""

    method = "follow_log"
    reply = r.Done
    uow_id: str
    on: bool = True


class ListUows(Request[r.Uows], frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Units of work, newest first; ``before`` continues a page."""

    method = "uows"
    reply = r.Uows
    states: tuple[str, ...] = ()
    process_name: str | None = None
    before: str | None = None
    limit: int = 200


class ShowUow(Request[r.Uow], frozen=True, forbid_unknown_fields=True):
    """One unit of work."""

    method = "uow"
    reply = r.Uow
    uow_id: str


class ListAudit(Request[r.AuditPage], frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What operators did, newest first; ``before`` continues a page. ``since`` ≤ at < ``until``: ``2h``, ISO-8601."""

    method = "audit"
    reply = r.AuditPage
    since: str | None = None
    until: str | None = None
    actor: str | None = None
    verb: str | None = None
    before: int | None = None
    limit: int = 200


class WalkAudit(Request[r.AuditLinks], frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The audit from the entry after ``after`` on, ascending, for whoever checks its chain. None: from the first on."""

    method = "audit_walk"
    reply = r.AuditLinks
    after: int | None = None
    limit: int = 500


class MakePlan(Request[r.Plan], frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a verb would change. Nothing is changed; the plan is kept for ten minutes.

    Fields as those of ``wishes.Wish``; ``only``: states of targets; ``until``: seconds since the epoch, UTC. ``key``:
    see ApplyPlan; what was done under it is told as a plan that ``repeats``.
    """

    method = "plan"
    reply = r.Plan
    verb: Verb
    targets: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    tree: str | None = None
    scope: Scope = Scope()
    to: str | None = None
    until: float | None = None
    max_parallel: int | None = None
    key: str | None = None


class ApplyPlan(Request[r.Applied], frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Do exactly what the plan says, or refuse with the difference (plan_stale).

    ``key``: the caller's own name for this change; asked again with it, the daemon tells what the first one did.
    ``break_seal``: sealed jobs may change; it needs a reason. ``renew``: nobody has looked at the plan; where jobs have
    moved since, it is made anew and applied in one.
    """

    method = "apply"
    reply = r.Applied
    needs = Role.OPERATOR
    plan_id: str
    reason: str | None = None
    key: str | None = None
    break_seal: bool = False
    renew: bool = False


class ListPlans(Request[r.Plans], frozen=True):
    """Plans that can be applied, or undone, newest first: their names only."""

    method = "plans"
    reply = r.Plans


class Directives(Request[r.Directives], frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Holds, seals and batches in force, oldest first; ``lifted``: those that were lifted, too."""

    method = "directives"
    reply = r.Directives
    lifted: bool = False


class ShowBatch(Request[r.BatchDetail], frozen=True, forbid_unknown_fields=True):
    """A batch with what became of each of its jobs."""

    method = "batch"
    reply = r.BatchDetail
    batch_id: str


class Change(Request[R_co], Generic[R_co], frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A change of a process, an entry or a box, or a wish to the collector.

    ``preview``: tell what it would do, and change nothing. ``key``: the caller's own name for it; what was done under
    it is not done again.
    """

    needs = Role.OPERATOR
    reason: str | None = None
    key: str | None = None
    preview: bool = False


class Trigger(Change[r.Done], frozen=True):
    """Make all closed periods of the process due now, or run a freerun entry (``PROCESS::ENTRY``) now."""

    method = "trigger"
    reply = r.Done
    process_name: str


class SwitchProcess(Change[r.Done], frozen=True):
    """Activate or deactivate a managed process."""

    method = "switch_process"
    reply = r.Done
    process_name: str
    is_on: bool


class SwitchOnBox(Change[r.Done], frozen=True):
    """Start or stop a daemon process on one box; its supervisor does it at once, and keeps it so."""

    method = "switch_on_box"
    reply = r.Done
    box_id: str
    process_name: str
    is_on: bool


class ChangeFrequency(Change[r.Done], frozen=True):
    """Change a managed process's trigger frequency."""

    method = "frequency"
    reply = r.Done
    process_name: str
    trigger_frequency: str


class ListEntries(Request[r.Entries], frozen=True):
    """Freerun entries."""

    method = "freerun_ls"
    reply = r.Entries


class SaveEntry(Change[r.Done], frozen=True):
    """Create (``create``) or change a freerun entry; None leaves a field of an existing entry as it is."""

    method = "freerun_save"
    reply = r.Done
    entry: str
    create: bool = False
    trigger_frequency: str | None = None
    run: str | None = None
    command: tuple[str, ...] | None = None
    arguments: Arguments | None = None
    description: str | None = None
    is_on: bool | None = None


class RemoveEntry(Change[r.Done], frozen=True):
    """Delete a freerun entry."""

    method = "freerun_rm"
    reply = r.Done
    entry: str


class RunEntry(Change[r.Done], frozen=True):
    """Run a freerun entry now, with arguments over its own; illegal while one runs."""

    method = "freerun_run"
    reply = r.Done
    entry: str
    arguments: Arguments = {}


class CollectorRefresh(Change[r.Done], frozen=True):
    """Run the garbage collector now."""

    method = "gc_refresh"
    reply = r.Done


class CollectorFlush(Change[r.Done], frozen=True):
    """Resubmit what waits in the reprocessing queue of one process, or of all, at once."""

    method = "gc_flush"
    reply = r.Done
    process_name: str | None = None


class Subscribe(Request[r.Subscribed], frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Send events on this connection from the returned sequence number on.

    After a cut: ``after`` is the last number heard, from ``daemon_id``; what was told since comes first, if it is kept.
    """

    method = "subscribe"
    reply = r.Subscribed
    after: int | None = None
    daemon_id: str = ""


class Shutdown(Request[r.Done], frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Stop the daemon; ``now``: without waiting for running work. ``keep_supervisor``: a restart follows."""

    method = "shutdown"
    reply = r.Done
    needs = Role.ADMIN
    now: bool = False
    keep_supervisor: bool = False
