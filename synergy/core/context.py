"""The process context as the rest of the program sees it: checked, complete, and nothing left to look up.

Made from the user's definitions by ``synergy.core.validation``; travels as JSON from the child that imported them.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum

import msgspec
from msgspec import Struct

from synergy.core.records import Arguments
from synergy.core.timeperiods import Qualifier


class MachineKind(StrEnum):
    """The state machine that drives a managed process's jobs."""

    DISCRETE = "discrete"
    CONTINUOUS = "continuous"
    RECOMPUTING = "recomputing"


class BlockingType(StrEnum):
    """What keeps a job from running (DOMAIN: section 5)."""

    NORMAL = "normal"
    CHILDREN = "children"
    DEPENDENCIES = "dependencies"


class Work(Struct, frozen=True, omit_defaults=True):
    """What is executed, and under which limits; seconds everywhere. Exactly one of ``run`` and ``command`` is set."""

    run: str | None = None
    command: tuple[str, ...] = ()
    env: dict[str, str] = {}
    cwd: str | None = None
    time_limit: float | None = None
    memory_limit_mb: int | None = None
    grace_seconds: float = 10.0
    noop_exit_codes: tuple[int, ...] = (99,)
    fatal_exit_codes: tuple[int, ...] = ()
    max_attempts: int | None = None
    retry_delay_seconds: float | None = None
    priority: int = 0
    pool: str | None = None
    deadline: float | None = None
    present_on_boxes: tuple[str, ...] = (".*",)


class ManagedSpec(Struct, frozen=True, omit_defaults=True):
    """One managed process. ``blocking_type`` values drop DOMAIN's ``blocking_`` prefix."""

    process_name: str
    time_qualifier: Qualifier
    tree_name: str
    work: Work
    state_machine: MachineKind = MachineKind.DISCRETE
    blocking_type: BlockingType = BlockingType.NORMAL
    trigger_frequency: str = "every 60"
    time_grouping: int = 1
    concurrency: int = 1
    is_on: bool = True
    source: str | None = None
    sink: str | None = None
    arguments: Arguments = {}
    description: str | None = None


class FreerunSpec(Struct, frozen=True, omit_defaults=True):
    """One freerun entry of the file. ``misfire``: what becomes of firings missed while down: ``once`` or ``skip``."""

    process_name: str
    entry_name: str
    trigger_frequency: str
    work: Work
    arguments: Arguments = {}
    description: str | None = None
    is_on: bool = True
    misfire: str = "once"


class DaemonSpec(Struct, frozen=True, omit_defaults=True):
    """One supervised long-running command."""

    process_name: str
    work: Work
    is_on: bool = True
    description: str | None = None


class TreeSpec(Struct, frozen=True, omit_defaults=True):
    """One tree; ``processes`` run from the coarsest qualifier to the finest."""

    tree_name: str
    processes: tuple[str, ...]
    dependent_on: tuple[str, ...] = ()
    description: str | None = None


class ProcessContext(Struct, frozen=True):
    """Everything the user registered. Names are unique; every managed process is in exactly one tree.

    ``pools``: the size of each pool on this box; whatever names a pool names one of these.
    """

    managed: tuple[ManagedSpec, ...] = ()
    freerun: tuple[FreerunSpec, ...] = ()
    daemons: tuple[DaemonSpec, ...] = ()
    trees: tuple[TreeSpec, ...] = ()
    pools: dict[str, int] = {}
    warnings: tuple[str, ...] = ()


def digest_of(context: ProcessContext) -> str:
    """Equal for equal definitions, on any box and in any process; warnings, which differ by box, do not count."""
    told = msgspec.json.encode(msgspec.structs.replace(context, warnings=()), order="deterministic")
    return hashlib.sha256(told).hexdigest()[:32]
