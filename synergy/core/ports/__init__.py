"""What the core and its shells need of the world: Store, Broker, Clock, DataSource, and a store as an archive.

Adapters translate: whatever their driver raises becomes a ``WorldError`` of ``synergy.core.errors``. Every port is held
to its contract by one suite in tests/contract that runs over each implementation.
"""

from synergy.core.ports.archive import ArchivedUow, ArchiveKind, ArchivePage, ArchiveStore, MigrationMark
from synergy.core.ports.broker import Broker, BrokerState, Deliver, Delivery, Message, QueueDepth
from synergy.core.ports.clock import Clock
from synergy.core.ports.source import Boundaries, DataSource
from synergy.core.ports.store import LeaderStore, WorkerStore
from synergy.core.ports.store_values import (
    AuditQuery,
    Batch,
    Claim,
    Finish,
    FoundLines,
    JobPage,
    JobQuery,
    PlanQuery,
    StoredLog,
    UowQuery,
)

__all__ = [
    "ArchiveKind",
    "ArchivePage",
    "ArchiveStore",
    "ArchivedUow",
    "AuditQuery",
    "Batch",
    "Boundaries",
    "Broker",
    "BrokerState",
    "Claim",
    "Clock",
    "DataSource",
    "Deliver",
    "Delivery",
    "Finish",
    "FoundLines",
    "JobPage",
    "JobQuery",
    "LeaderStore",
    "Message",
    "MigrationMark",
    "PlanQuery",
    "QueueDepth",
    "StoredLog",
    "UowQuery",
    "WorkerStore",
]
