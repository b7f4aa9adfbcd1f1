"""What a user's module of definitions imports: processes, trees, and what a job receives and returns.

A definition is checked when the project is loaded (``synergyd check``), all problems at once. So constructing one with
a wrong value, with a field that does not exist, or without one that is needed, does not fail: the check tells it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from functools import wraps
from typing import Any, Final, Literal, TypeVar

from synergy.core.records import UnitOfWork

__all__ = ["DaemonProcess", "FreerunEntry", "ManagedProcess", "Result", "Tree", "UnitOfWork"]


def _caller() -> str:
    """``file:line`` of the definition: the first frame outside this module and the dataclass machinery."""
    frame = sys._getframe(1)  # noqa: SLF001 - the only way to tell a user the line of a wrong definition
    while frame.f_back and frame.f_code.co_filename in {__file__, "<string>"}:
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


_STRANGE: Final = "_strange_fields"
_Defined = TypeVar("_Defined", bound=type)


def _lenient(cls: _Defined) -> _Defined:
    """Take fields that the class has not, and do without those that it needs: they stay unset."""
    kind: Any = cls
    made = kind.__init__
    needed = tuple(each.name for each in fields(cls) if each.default is MISSING and each.default_factory is MISSING)

    @wraps(made)
    def __init__(self: object, *args: object, **given: object) -> None:  # noqa: N807 - it becomes the method
        known = {name: value for name, value in given.items() if name in kind.__dataclass_fields__}
        missing = [name for name in needed if name not in known]
        made(self, *args, **dict.fromkeys(missing), **known)
        for name in missing:
            object.__delattr__(self, name)
        object.__setattr__(self, _STRANGE, tuple(name for name in given if name not in known))

    kind.__init__ = __init__
    return cls


def fields_of(definition: object) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The fields that a definition has, and the names that were given and are none; for the check."""
    values = dict(vars(definition))
    return values, values.pop(_STRANGE, ())


@dataclass(frozen=True, slots=True)
class Result:
    """What a callable may return: how it ended and how many documents it read and wrote. None means processed."""

    state: Literal["processed", "noop"] = "processed"
    processed: int = 0
    aggregated: int = 0


@_lenient
@dataclass(frozen=True, kw_only=True)
class ManagedProcess:
    """A process governed by a timetable: one job for each of its timeperiods.

    Exactly one of ``run`` (``"module:callable"``, called with a UnitOfWork) and ``command`` (a list, with placeholders
    {process_name} {timeperiod} {start_timeperiod} {end_timeperiod} {start_id} {end_id} {uow_id} {attempt}; never given
    to a shell).
    Seconds everywhere: ``time_limit`` of one attempt, ``grace_seconds`` between TERM and KILL,
    ``retry_delay_seconds`` before an invalid attempt is offered again (None: gc_release_lag_minutes), ``deadline``
    after the period's end.
    ``memory_limit_mb``: what all processes of an attempt may hold together.
    """

    process_name: str
    time_qualifier: str
    run: str | None = None
    command: Sequence[str] = ()
    state_machine: str = "discrete"
    blocking_type: str = "normal"
    trigger_frequency: str = "every 60"
    time_grouping: int = 1
    concurrency: int = 1
    is_on: bool = True
    source: str | None = None
    sink: str | None = None
    arguments: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)
    present_on_boxes: Sequence[str] = (".*",)
    time_limit: float | None = None
    memory_limit_mb: int | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str | None = None
    grace_seconds: float = 10.0
    noop_exit_codes: Sequence[int] = (99,)
    fatal_exit_codes: Sequence[int] = ()
    max_attempts: int | None = None
    retry_delay_seconds: float | None = None
    priority: int = 0
    pool: str | None = None
    deadline: float | None = None
    description: str | None = None
    defined_at: str = field(default_factory=_caller, compare=False)


@_lenient
@dataclass(frozen=True, kw_only=True)
class FreerunEntry:
    """Cron-like work with no timetable, ``process_name::entry_name``. See ManagedProcess for what is alike."""

    process_name: str
    entry_name: str
    trigger_frequency: str
    run: str | None = None
    command: Sequence[str] = ()
    arguments: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)
    description: str | None = None
    is_on: bool = True
    misfire: str = "once"
    present_on_boxes: Sequence[str] = (".*",)
    time_limit: float | None = None
    memory_limit_mb: int | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str | None = None
    grace_seconds: float = 10.0
    noop_exit_codes: Sequence[int] = (99,)
    fatal_exit_codes: Sequence[int] = ()
    max_attempts: int | None = None
    retry_delay_seconds: float | None = None
    priority: int = 0
    pool: str | None = None
    deadline: float | None = None
    defined_at: str = field(default_factory=_caller, compare=False)


@_lenient
@dataclass(frozen=True, kw_only=True)
class DaemonProcess:
    """A long-running command that a supervisor keeps alive on each box it is present on."""

    process_name: str
    command: Sequence[str]
    present_on_boxes: Sequence[str] = (".*",)
    is_on: bool = True
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str | None = None
    grace_seconds: float = 10.0
    description: str | None = None
    defined_at: str = field(default_factory=_caller, compare=False)


@_lenient
@dataclass(frozen=True, kw_only=True)
class Tree:
    """Processes of one subject at different time qualifiers, and the trees whose periods they wait for."""

    tree_name: str
    enclosed_processes: Sequence[str]
    dependent_on: Sequence[str] = ()
    description: str | None = None
    defined_at: str = field(default_factory=_caller, compare=False)
