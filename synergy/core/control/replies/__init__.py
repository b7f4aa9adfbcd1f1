"""What the daemon answers. Every reply carries ``v``; stamps are ISO-8601 UTC, durations are seconds.

States are sent by their stored names (``state_processed``).
"""

from synergy.core.control.replies.answer import Done, Hello, Reply
from synergy.core.control.replies.deployment import (
    Boxes,
    BoxProcessRow,
    BoxRow,
    ClockState,
    Collector,
    CollectorRow,
    Component,
    Processes,
    ProcessRow,
    Status,
    Subscribed,
    TreeRow,
    Trees,
    WorkerRow,
    Workers,
)
from synergy.core.control.replies.entries import Entries, EntryRow
from synergy.core.control.replies.jobs import (
    AttemptRow,
    Attempts,
    Grid,
    GridRow,
    History,
    HistoryRow,
    Job,
    JobDetail,
    Jobs,
    Neighbour,
    Uow,
    Uows,
)
from synergy.core.control.replies.logs import LogMatches, LogPage, LogRow
from synergy.core.control.replies.plans import Applied, Plan, PlanChange, Refusal

__all__ = [
    "Applied",
    "AttemptRow",
    "Attempts",
    "BoxProcessRow",
    "BoxRow",
    "Boxes",
    "ClockState",
    "Collector",
    "CollectorRow",
    "Component",
    "Done",
    "Entries",
    "EntryRow",
    "Grid",
    "GridRow",
    "Hello",
    "History",
    "HistoryRow",
    "Job",
    "JobDetail",
    "Jobs",
    "LogMatches",
    "LogPage",
    "LogRow",
    "Neighbour",
    "Plan",
    "PlanChange",
    "ProcessRow",
    "Processes",
    "Refusal",
    "Reply",
    "Status",
    "Subscribed",
    "TreeRow",
    "Trees",
    "Uow",
    "Uows",
    "WorkerRow",
    "Workers",
]
