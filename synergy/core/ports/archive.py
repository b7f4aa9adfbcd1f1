"""A store as a whole, for moving it into another one: every record of every kind, in an order that all stores share.

Records of a kind with KEYS come in ascending order of these; history in the order in which it was written, which is
part of what it says. Writing is idempotent, and each page is stored together with how far the copy has come.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol

from msgspec import Struct

from synergy.core.records import Attempt, LeaderRecord, UnitOfWork, UowId

Key = tuple[str | int, ...]


class ArchiveKind(StrEnum):
    """What a store holds, in the order in which it is copied: processes first, they tell where their jobs lie."""

    PROCESS = "process"
    ENTRY = "entry"
    BOX_PROCESS = "box_process"
    DIRECTIVE = "directive"
    SUPERVISOR = "supervisor"
    JOB = "job"
    UNIT_OF_WORK = "unit_of_work"
    HISTORY = "history"
    PLAN = "plan"
    AUDIT = "audit"
    AUDIT_HEAD = "audit_head"
    LOG = "log"


KEYS: Final[Mapping[ArchiveKind, tuple[str, ...]]] = MappingProxyType(
    {
        ArchiveKind.PROCESS: ("process_name",),
        ArchiveKind.ENTRY: ("process_name", "entry_name"),
        ArchiveKind.BOX_PROCESS: ("box_id", "process_name"),
        ArchiveKind.DIRECTIVE: ("directive_id",),
        ArchiveKind.SUPERVISOR: ("supervisor_id",),
        ArchiveKind.JOB: ("process_name", "timeperiod"),
        ArchiveKind.UNIT_OF_WORK: ("uow_id",),
        ArchiveKind.PLAN: ("plan_id",),
        ArchiveKind.AUDIT: ("seq",),
        ArchiveKind.AUDIT_HEAD: ("seq",),
        ArchiveKind.LOG: ("uow_id", "attempt", "first_line"),
    }
)
"""The fields by which a record of the kind is known; history has none."""

PAGE_RECORDS: Final[Mapping[ArchiveKind, int]] = MappingProxyType(
    {**dict.fromkeys(ArchiveKind, 1_000), ArchiveKind.PLAN: 4, ArchiveKind.LOG: 100}
)
"""How many records a page has at most: a plan may list 100,000 jobs, a chunk of a log has up to 64 KB."""


class ArchivedUow(Struct, frozen=True):
    """A unit of work with its attempts, in order of attempt and start."""

    uow: UnitOfWork
    attempts: tuple[Attempt, ...] = ()

    @property
    def uow_id(self) -> UowId:
        """The unit of work's id."""
        return self.uow.uow_id


class ArchivePage(Struct, frozen=True):
    """Records that follow one another. ``place``: where reading goes on after them; only the same store knows it."""

    records: tuple[Struct, ...]
    place: Key


class MigrationMark(Struct, frozen=True):
    """How far the copy of a source has come; it is kept in the target.

    ``term`` and ``counter`` are those of the source's leader: when they differ, the source has moved on. ``number``
    counts the records of ``kind`` that are written, ``place`` is where the source's next ones begin.
    """

    source: str
    term: int
    counter: int
    kind: ArchiveKind = ArchiveKind.PROCESS
    place: Key | None = None
    number: int = 0
    done: bool = False


def key_of(kind: ArchiveKind, record: Struct) -> Key:
    """What the record is known by among its kind; empty for history."""
    return tuple(getattr(record, name) for name in KEYS.get(kind, ()))


class ArchiveStore(Protocol):
    """One store, to be read or filled while no daemon leads it. All of it raises StoreDown, as LeaderStore does."""

    @property
    def place(self) -> str:
        """What and where it is, without user and password; the same place has always the same name."""
        ...

    async def look(self) -> bool:
        """Connect and change nothing; False when there is no store yet: then nothing can be read."""
        ...

    async def prepare(self) -> None:
        """Make what is missing, and complete what a leader left half done."""
        ...

    async def close(self) -> None:
        """Let go; may be called twice."""
        ...

    async def leader(self) -> LeaderRecord:
        """See LeaderStore.leader."""
        ...

    async def lead(self, holder: str, above: int) -> int:
        """Take a term that is higher than the store's own, and than ``above``; returns it."""
        ...

    async def keep_term(self, term: int, *, resign: bool = False) -> None:
        """See LeaderStore.keep_term."""
        ...

    async def mark(self) -> MigrationMark | None:
        """How far a copy into this store has come; None when there was none."""
        ...

    async def set_mark(self, mark: MigrationMark) -> None:
        """Keep it."""
        ...

    async def count(self, kind: ArchiveKind) -> int:
        """How many records of the kind there are."""
        ...

    def read(self, kind: ArchiveKind, after: Key | None = None) -> AsyncGenerator[ArchivePage, None]:
        """All records of the kind, or those after a place that this store told; no page is empty."""
        ...

    async def write(self, kind: ArchiveKind, records: Sequence[Struct], first: int, mark: MigrationMark) -> None:
        """Store records as they are, then the mark. The first of them is number ``first`` of its kind."""
        ...
