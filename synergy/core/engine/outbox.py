"""What a batch of events changed: to be stored in one commit, then published, then announced."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from synergy.core.audit_chain import chained, with_states
from synergy.core.control import events
from synergy.core.directives import Directive
from synergy.core.plan_records import PlanRecord
from synergy.core.ports import Batch
from synergy.core.records import (
    AuditEntry,
    AuditHead,
    BoxProcess,
    EntryRecord,
    HistoryEntry,
    Job,
    JobKey,
    ProcessOverride,
    UnitOfWork,
    UowId,
    UowPatch,
)


class Cancel(NamedTuple):
    """A box is to be told that cancel is requested."""

    uow_id: UowId
    box_id: str


class AskBoundaries(NamedTuple):
    """A data source is to be asked what it holds of a period; the answer goes to ``data_source.boundaries_read``."""

    key: JobKey
    source: str
    start_timeperiod: str
    end_timeperiod: str


@dataclass(slots=True)
class Outbox:
    """Collected writes and effects. ``tentative``: units of work that we ended, unless a worker was quicker.

    ``raised``: what ``inputs_finished`` of units of work is raised to: once in a commit, which is one moment.
    ``revisits``: finished jobs of which an input has finished again; their records are read, then ``verbs.revisit``.
    """

    jobs: dict[JobKey, Job] = field(default_factory=dict)
    new_uows: list[UnitOfWork] = field(default_factory=list)
    patches: list[UowPatch] = field(default_factory=list)
    history: list[HistoryEntry] = field(default_factory=list)
    plans: list[PlanRecord] = field(default_factory=list)
    audit: list[AuditEntry] = field(default_factory=list)
    overrides: list[ProcessOverride] = field(default_factory=list)
    entries: list[EntryRecord] = field(default_factory=list)
    box_processes: list[BoxProcess] = field(default_factory=list)
    directives: list[Directive] = field(default_factory=list)
    publish: list[UnitOfWork] = field(default_factory=list)
    cancels: list[Cancel] = field(default_factory=list)
    asks: list[AskBoundaries] = field(default_factory=list)
    revisits: list[JobKey] = field(default_factory=list)
    tentative: list[UowId] = field(default_factory=list)
    raised: dict[UowId, float] = field(default_factory=dict)
    events: list[events.Event] = field(default_factory=list)

    def needs_commit(self) -> bool:
        """Whether there is anything to store."""
        return bool(
            self.jobs
            or self.new_uows
            or self.patches
            or self.history
            or self.plans
            or self.audit
            or self.overrides
            or self.entries
            or self.box_processes
            or self.directives
        )

    def is_empty(self) -> bool:
        """Whether there is nothing to store, publish or announce."""
        acts = self.publish or self.cancels or self.asks or self.revisits or self.events or self.tentative
        return not (self.needs_commit() or acts)

    def batch(self, term: int, head: AuditHead) -> Batch:
        """The writes, as one commit of this term; ``head`` is the newest audit entry that is stored."""
        plans = {plan.plan_id: plan for plan in self.plans}
        return Batch(
            term=term,
            jobs=tuple(self.jobs.values()),
            new_uows=tuple(self.new_uows),
            patches=tuple(self.patches),
            history=tuple(self.history),
            plans=tuple(self.plans),
            audit=chained((with_states(entry, plans) for entry in self.audit), head),
            overrides=tuple(self.overrides),
            entries=tuple(self.entries),
            box_processes=tuple(self.box_processes),
            directives=tuple(self.directives),
        )
