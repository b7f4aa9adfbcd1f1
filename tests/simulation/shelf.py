"""What a simulated store holds, and what its two ports do to that: each call whole, in an instant.

Nothing here knows a rule of the engine; the contract suite of the stores is run over it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from synergy.core.audit_chain import START, head_after
from synergy.core.directives import Directive
from synergy.core.errors import InvalidArgument, TermSuperseded
from synergy.core.plan_records import PlanRecord
from synergy.core.ports import Batch, Claim, Finish
from synergy.core.records import (
    Attempt,
    AuditEntry,
    AuditHead,
    BoxProcess,
    EntryRecord,
    HistoryEntry,
    Job,
    JobKey,
    LeaderRecord,
    ProcessOverride,
    SupervisorRecord,
    UnitOfWork,
    UowId,
    UowPatch,
)
from synergy.core.states import UowState
from tests.simulation.shelf_logs import ShelfLogs

AttemptKey = tuple[UowId, int, str]

_encode = msgspec.json.Encoder().encode


class Watcher:
    """Who looks on; each is called once something is stored."""

    def committed(self, batch: Batch) -> None:
        """A batch of the leader."""

    def changed(self, before: UnitOfWork | None, after: UnitOfWork) -> None:
        """A unit of work, by whomever."""

    def asked_for(self, claim: Claim) -> None:
        """A supervisor wants to run something; it may have come too late."""

    def accepted(self, uow: UnitOfWork, finish: Finish) -> None:
        """An end is about to be stored with the unit of work, which stands so."""

    def refused(self, finish: Finish) -> None:
        """An end that is kept as evidence only."""


class Shelf:
    """Records by their names. ``poison``: why a batch cannot be stored, if it cannot."""

    def __init__(self) -> None:
        self.leader = LeaderRecord(0)
        self.jobs: dict[JobKey, Job] = {}
        self.uows: dict[UowId, UnitOfWork] = {}
        self.attempts: dict[AttemptKey, Attempt] = {}
        self.overrides: dict[str, ProcessOverride] = {}
        self.entries: dict[tuple[str, str], EntryRecord] = {}
        self.history: dict[JobKey, list[HistoryEntry]] = {}
        self.plans: dict[str, PlanRecord] = {}
        self.audit: dict[int, AuditEntry] = {}
        self.audit_head: AuditHead = START
        self.directives: dict[str, Directive] = {}
        self.boxes: dict[tuple[str, str], BoxProcess] = {}
        self.supervisors: dict[str, SupervisorRecord] = {}
        self.logs: Final = ShelfLogs()
        self.watcher = Watcher()
        self.poison: Callable[[Batch], str | None] = lambda _batch: None

    # The leader

    def take_term(self, holder: str, after: LeaderRecord | None) -> int:
        """See LeaderStore.take_term."""
        if after is not None and (self.leader.term, self.leader.holder) != (after.term, after.holder):
            raise self._superseded(after.term)
        self.leader = LeaderRecord(self.leader.term + 1, holder)
        return self.leader.term

    def keep_term(self, term: int, *, resign: bool) -> None:
        """See LeaderStore.keep_term."""
        self.check_term(term)
        self.leader = LeaderRecord(term, self.leader.holder, self.leader.counter + 1, resign)

    def check_term(self, term: int) -> None:
        """Raises TermSuperseded."""
        if self.leader.term > term:
            raise self._superseded(term)

    def _superseded(self, term: int) -> TermSuperseded:
        return TermSuperseded(f"term {term} is superseded: {self.leader.holder} leads with term {self.leader.term}")

    def refusal(self, batch: Batch) -> InvalidArgument | None:
        """See LeaderStore.refusal."""
        self.check_term(batch.term)
        try:
            _encode(batch)
        except UnicodeEncodeError as error:
            return InvalidArgument(f"the batch cannot be stored: {error}")
        reason = self.poison(batch)
        return None if reason is None else InvalidArgument(reason)

    def commit(self, batch: Batch) -> tuple[UnitOfWork, ...]:
        """See LeaderStore.commit; all of it or nothing."""
        refusal = self.refusal(batch)
        if refusal is not None:
            raise refusal
        for job in batch.jobs:
            if job.is_untouched:
                self.jobs.pop(job.key, None)
            else:
                self.jobs[job.key] = job
        for uow in batch.new_uows:
            if uow.uow_id not in self.uows:
                self._put(uow)
        missed = self._patch_all(batch.patches)
        self._keep_told(batch)
        self.watcher.committed(batch)
        return missed

    def _patch_all(self, patches: Iterable[UowPatch]) -> tuple[UnitOfWork, ...]:
        missed = [patch.uow_id for patch in patches if not self._patch(patch)]
        return tuple(self.uows[uow_id] for uow_id in dict.fromkeys(missed) if uow_id in self.uows)

    def _keep_told(self, batch: Batch) -> None:
        for entry in batch.history:
            known = self.history.setdefault(JobKey(entry.process_name, entry.timeperiod), [])
            if entry not in known:
                known.append(entry)
        self.plans.update((plan.plan_id, plan) for plan in batch.plans)
        self.overrides.update((one.process_name, one) for one in batch.overrides)
        self.entries.update(((one.process_name, one.entry_name), one) for one in batch.entries)
        self.boxes.update(((one.box_id, one.process_name), one) for one in batch.box_processes)
        self.directives.update((one.directive_id, one) for one in batch.directives)
        for line in batch.audit:
            self.audit.setdefault(line.seq, line)
        head = head_after(batch.audit, START)
        if head.seq > self.audit_head.seq:
            self.audit_head = head

    def _patch(self, patch: UowPatch) -> bool:
        uow = self.uows.get(patch.uow_id)
        if uow is None or (uow.state, uow.attempt) != (patch.expect_state, patch.expect_attempt):
            return False
        if patch.expect_claimed_by is not UNSET and patch.expect_claimed_by != uow.claimed_by:
            return False
        if patch.expect_state is UowState.IN_PROGRESS and patch.state is not UNSET:
            self._close_attempts(uow, patch, patch.state)
        if changes := patch.changes():
            self._put(replace(uow, **changes))
        return True

    def _close_attempts(self, uow: UnitOfWork, patch: UowPatch, state: UowState) -> None:
        """The leader takes it away: how the attempt ended is not known."""
        reason = "worker lost" if patch.exit_reason is UNSET or patch.exit_reason is None else patch.exit_reason
        for key, attempt in self.attempts.items():
            is_open = attempt.finished is None and attempt.state is UowState.IN_PROGRESS
            if key[:2] == (uow.uow_id, uow.attempt) and is_open:
                end = state if state.is_finished else UowState.INVALID
                self.attempts[key] = replace(attempt, state=end, exit_reason=reason)

    def _put(self, uow: UnitOfWork) -> UnitOfWork:
        before = self.uows.get(uow.uow_id)
        self.uows[uow.uow_id] = uow
        self.watcher.changed(before, uow)
        return uow

    def retire(self, supervisor_ids: Sequence[str]) -> None:
        """See LeaderStore.retire."""
        for name in supervisor_ids:
            if name in self.supervisors:
                self.supervisors[name] = replace(self.supervisors[name], gone=True)

    def expire(self, uows_before: float, logs_before: float) -> int:
        """See LeaderStore.expire."""
        removed = self.logs.expire(logs_before)
        for key, told in list(self.history.items()):
            kept = [entry for entry in told if entry.at >= uows_before]
            removed += len(told) - len(kept)
            self.history[key] = kept
        related = {job.related_unit_of_work for job in self.jobs.values()}
        related |= {entry.related_unit_of_work for entry in self.entries.values()}
        old = [uow_id for uow_id, uow in self.uows.items() if uow_id not in related and _is_old(uow, uows_before)]
        for uow_id in old:
            del self.uows[uow_id]
        for key_ in [key_ for key_ in self.attempts if key_[0] not in self.uows]:
            del self.attempts[key_]
        self.plans = {name: one for name, one in self.plans.items() if not one.done or one.at >= uows_before}
        self.directives = {
            name: one for name, one in self.directives.items() if one.lifted is None or one.lifted >= uows_before
        }
        return removed + len(old)

    # Supervisors

    def claim(self, claims: Sequence[Claim]) -> tuple[UnitOfWork, ...]:
        """See WorkerStore.claim."""
        return tuple(taken for one in claims if (taken := self._claim(one)) is not None)

    def _claim(self, one: Claim) -> UnitOfWork | None:
        self.watcher.asked_for(one)
        uow = self.uows.get(one.uow_id)
        if uow is None or uow.state is not UowState.REQUESTED or uow.cancel_requested:
            return None
        self.attempts[one.uow_id, uow.attempt, one.supervisor_id] = Attempt(
            one.uow_id, uow.attempt, one.supervisor_id, one.box_id, one.host, one.at,
            pid=one.pid, pid_started=one.pid_started,
        )  # fmt: skip
        return self._put(
            replace(
                uow, state=UowState.IN_PROGRESS, claimed_by=one.supervisor_id, box_id=one.box_id, pid=one.pid,
                started=one.at, finished=None, exit_reason=None, inputs_read=uow.inputs_finished,
            )
        )  # fmt: skip

    def release(self, uow_ids: Sequence[UowId], supervisor_id: str) -> None:
        """See WorkerStore.release."""
        for uow_id in uow_ids:
            uow = self.uows.get(uow_id)
            if uow is None or (uow.state, uow.claimed_by) != (UowState.IN_PROGRESS, supervisor_id):
                continue
            attempt = self.attempts.get((uow_id, uow.attempt, supervisor_id))
            if attempt is not None and attempt.finished is None:
                del self.attempts[uow_id, uow.attempt, supervisor_id]
            self._put(replace(uow, state=UowState.REQUESTED, claimed_by=None, box_id=None, pid=None, started=None))

    def set_pid(self, uow_id: UowId, number: int, pid: int, pid_started: float) -> None:
        """See WorkerStore.set_pid."""
        uow = self.uows.get(uow_id)
        if uow is None or (uow.state, uow.attempt) != (UowState.IN_PROGRESS, number):
            return
        key = (uow_id, number, uow.claimed_by or "")
        attempt = self.attempts.get(key)
        if attempt is not None and attempt.finished is None:
            self.attempts[key] = replace(attempt, pid=pid, pid_started=pid_started)
        self._put(replace(uow, pid=pid))

    def finish(self, finishes: Sequence[Finish]) -> tuple[UnitOfWork, ...]:
        """See WorkerStore.finish."""
        accepted: dict[UowId, UnitOfWork] = {}
        now: dict[UowId, Finish] = {}
        for one in finishes:
            uow = self.uows.get(one.uow_id)
            if uow is None:
                continue
            held = (UowState.IN_PROGRESS, one.attempt, one.supervisor_id)
            if (uow.state, uow.attempt, uow.claimed_by) == held:
                now[one.uow_id], accepted[one.uow_id] = one, self._finish(uow, one)
            elif self._is_said_again(uow, one, now.get(one.uow_id)):
                accepted[one.uow_id] = uow
            else:
                self._keep_evidence(one)
        return tuple(accepted.values())

    @staticmethod
    def _is_said_again(uow: UnitOfWork, one: Finish, now: Finish | None) -> bool:
        if now is not None:
            return now == one
        told = (one.attempt, one.supervisor_id, one.state, one.at)
        return (uow.attempt, uow.claimed_by, uow.state, uow.finished) == told

    def _finish(self, uow: UnitOfWork, one: Finish) -> UnitOfWork:
        self.watcher.accepted(uow, one)
        key = (one.uow_id, one.attempt, one.supervisor_id)
        if (attempt := self.attempts.get(key)) is not None:
            self.attempts[key] = replace(
                attempt, state=one.state, finished=one.at, exit_reason=one.exit_reason, log_lines=one.log_lines,
                started=attempt.started if one.started is None else one.started, kill=one.kill,
            )  # fmt: skip
        return self._put(
            replace(
                uow, state=one.state, finished=one.at, exit_reason=one.exit_reason,
                number_of_processed_documents=one.number_of_processed_documents,
                number_of_aggregated_documents=one.number_of_aggregated_documents,
                started=uow.started if one.started is None else one.started,
            )
        )  # fmt: skip

    def _keep_evidence(self, one: Finish) -> None:
        key = (one.uow_id, one.attempt, one.supervisor_id)
        known, sender = self.attempts.get(key), self.supervisors.get(one.supervisor_id)
        if known is None:
            box_id, host = (sender.box_id, sender.host) if sender is not None else ("", "")
            started = one.at if one.started is None else one.started
            known = Attempt(one.uow_id, one.attempt, one.supervisor_id, box_id, host, started)
        if known.finished is None:
            self.attempts[key] = replace(
                known, state=one.state, finished=one.at, exit_reason=one.exit_reason, accepted=False,
                log_lines=one.log_lines, kill=one.kill,
            )  # fmt: skip
        self.watcher.refused(one)

    def beat(self, record: SupervisorRecord) -> tuple[UowId, ...]:
        """See WorkerStore.beat."""
        self.supervisors[record.supervisor_id] = record
        return tuple(
            uow.uow_id
            for uow in self.uows.values()
            if uow.cancel_requested and uow.state is UowState.IN_PROGRESS and uow.claimed_by == record.supervisor_id
        )


def _is_old(uow: UnitOfWork, before: float) -> bool:
    ended = uow.created if uow.finished is None else uow.finished
    return uow.state.is_finished and uow.applied and uow.created < before and ended < before
