"""Everything that can go wrong, as one tree; each error has a stable code that crosses the control protocol.

Three branches say whose turn it is: ``CallerError`` (ask differently), ``PeerError`` (the other program broke the
protocol), ``WorldError`` (a store, broker, disk or process failed: try again). ``exit_code`` is what synergyctl and
synergyd exit with. Unless a docstring says otherwise, nothing was changed when an error is raised.
"""

from __future__ import annotations

from typing import ClassVar


class SynergyError(Exception):
    """The root. ``message`` names the thing and the value, ``remedy`` what to do about it."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}; {self.remedy}" if self.remedy else self.message


class CallerError(SynergyError):
    """The request cannot be served as it stands."""

    code = "caller"
    exit_code = 2


class InvalidArgument(CallerError):
    """A value is malformed or out of range."""

    code = "invalid_argument"


class InvalidDefinition(CallerError):
    """The user's definitions or settings are wrong; ``problems`` tells all of them at once."""

    code = "invalid_definition"

    def __init__(self, message: str, *, remedy: str = "", problems: tuple[str, ...] = ()) -> None:
        super().__init__(message, remedy=remedy)
        self.problems = problems


class NotFound(CallerError):
    """No process, job, unit of work, entry or plan has this name."""

    code = "not_found"


class IllegalState(CallerError):
    """The verb is not legal in the state that the thing is in."""

    code = "illegal_state"
    exit_code = 3


class PlanStale(CallerError):
    """The plan is no longer what would happen: unknown, expired, or a listed job has moved."""

    code = "plan_stale"
    exit_code = 4


class NotPermitted(CallerError):
    """The caller may look but not change, or the daemon is read-only for it."""

    code = "not_permitted"
    exit_code = 5


class CannotUndo(CallerError):
    """Nothing of the change can be taken back: all of it was overtaken, or cannot be brought back at all."""

    code = "cannot_undo"
    exit_code = 8


class PeerError(SynergyError):
    """The other program broke the protocol."""

    code = "protocol"
    exit_code = 9


class WorldError(SynergyError):
    """Something outside failed; the same request may succeed later."""

    code = "world"
    exit_code = 9


class DaemonUnreachable(WorldError):
    """No daemon answers on the control socket."""

    code = "daemon_unreachable"


class RequestTimedOut(WorldError):
    """No answer came in time; whether the request took effect is unknown."""

    code = "timed_out"
    exit_code = 124


class StoreDown(WorldError):
    """The store did not answer; whether the last write took effect is unknown."""

    code = "store_down"


class StoreCorrupt(StoreDown):
    """The store answers, but what it holds cannot be read: it is down until it is restored."""

    code = "store_corrupt"


class DiskFull(StoreDown):
    """The disk is full; nothing of the last write took effect."""

    code = "disk_full"


class TermSuperseded(WorldError):
    """Another daemon leads with a higher term; nothing of the write took effect."""

    code = "term_superseded"


class BrokerDown(WorldError):
    """The broker did not confirm; messages may or may not have been delivered."""

    code = "broker_down"


class SourceDown(WorldError):
    """A data source cannot be asked what it holds; that is no lack of data."""

    code = "source_down"


class StandingBy(WorldError):
    """The daemon stands by while another one leads; ask that one."""

    code = "standing_by"


class AlreadyRunning(WorldError):
    """The pid file or the socket is held by a living process."""

    code = "already_running"
    exit_code = 3
