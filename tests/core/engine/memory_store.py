"""A store of dicts with the semantics of the Store port: what the daemon commits, and what workers do to it."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from synergy.core.audit_chain import START, head_after
from synergy.core.directives import Directive
from synergy.core.engine.restore import Stored
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
from synergy.core.states import UowState


class MemoryStore:
    """Records by their names; nothing of it knows a rule of the engine."""

    def __init__(self) -> None:
        self.jobs: dict[JobKey, Job] = {}
        self.uows: dict[UowId, UnitOfWork] = {}
        self.overrides: dict[str, ProcessOverride] = {}
        self.entries: dict[tuple[str, str], EntryRecord] = {}
        self.history: list[HistoryEntry] = []
        self.plans: dict[str, PlanRecord] = {}
        self.audit: list[AuditEntry] = []
        self.directives: dict[str, Directive] = {}
        self.boxes: list[BoxProcess] = []

    def commit(self, batch: Batch) -> tuple[UnitOfWork, ...]:
        """Apply a batch; returns the records that a patch missed."""
        for job in batch.jobs:
            self.jobs[job.key] = job
            if job.is_untouched:
                del self.jobs[job.key]
        self.directives.update({one.directive_id: one for one in batch.directives})
        for uow in batch.new_uows:
            assert uow.uow_id not in self.uows, f"{uow.uow_id} is issued twice"
            self.uows[uow.uow_id] = uow
        missed = [patch.uow_id for patch in batch.patches if not self._patch(patch)]
        self.history += batch.history
        self.audit += batch.audit
        self.plans.update({plan.plan_id: plan for plan in batch.plans})
        known = {(one.box_id, one.process_name): one for one in (*self.boxes, *batch.box_processes)}
        self.boxes = list(known.values())
        self.overrides.update({override.process_name: override for override in batch.overrides})
        self.entries.update({(entry.process_name, entry.entry_name): entry for entry in batch.entries})
        return tuple(self.uows[uow_id] for uow_id in dict.fromkeys(missed))

    @property
    def audit_head(self) -> AuditHead:
        """The newest audit entry."""
        return head_after(self.audit, START)

    def _patch(self, patch: UowPatch) -> bool:
        uow = self.uows[patch.uow_id]
        if (uow.state, uow.attempt) != (patch.expect_state, patch.expect_attempt):
            return False
        if patch.expect_claimed_by not in {UNSET, uow.claimed_by}:
            return False
        self._put(replace(uow, **patch.changes()))
        return True

    def claim(self, uow_id: UowId, supervisor_id: str, at: float) -> UnitOfWork | None:
        """Requested → in progress; None when it is not requested, or to be canceled."""
        uow = self.uows[uow_id]
        if uow.state is not UowState.REQUESTED or uow.cancel_requested:
            return None
        return self._put(
            replace(
                uow, state=UowState.IN_PROGRESS, claimed_by=supervisor_id, box_id="box", started=at,
                inputs_read=uow.inputs_finished,
            ),
        )  # fmt: skip

    def finish(self, attempt: UnitOfWork, state: UowState, at: float, reason: str = "exit 1") -> UnitOfWork | None:
        """The end of an attempt; None when it is not accepted."""
        uow = self.uows[attempt.uow_id]
        if (uow.state, uow.attempt, uow.claimed_by) != (UowState.IN_PROGRESS, attempt.attempt, attempt.claimed_by):
            return None
        return self._put(replace(uow, state=state, finished=at, exit_reason=reason))

    def release(self, attempt: UnitOfWork) -> bool:
        """In progress → requested, same attempt."""
        uow = self.uows[attempt.uow_id]
        if (uow.state, uow.attempt, uow.claimed_by) != (UowState.IN_PROGRESS, attempt.attempt, attempt.claimed_by):
            return False
        self._put(replace(uow, state=UowState.REQUESTED, claimed_by=None, box_id=None, started=None))
        return True

    def _put(self, uow: UnitOfWork) -> UnitOfWork:
        self.uows[uow.uow_id] = uow
        return uow

    def open_uows(self) -> tuple[UnitOfWork, ...]:
        """What is active, or has ended and is not applied yet."""
        return tuple(uow for uow in self.uows.values() if not uow.state.is_finished or not uow.applied)

    def stored(self) -> Stored:
        """What a daemon reads at its start."""
        jobs = tuple(job for job in self.jobs.values() if not job.state.is_finished)
        related = {job.related_unit_of_work for job in jobs}
        uows = (
            uow for uow in self.uows.values() if not uow.state.is_finished or not uow.applied or uow.uow_id in related
        )
        directives = tuple(one for one in self.directives.values() if one.lifted is None)
        return Stored(jobs, tuple(uows), tuple(self.overrides.values()), tuple(self.entries.values()), directives)
