"""What must hold all along, looked at whenever something is stored, begins to run or ends. Each has a name.

A mirror of the timetable is kept up from what is committed alone; nothing is asked of the daemon.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from synergy.core.context import MachineKind, ProcessContext
from synergy.core.messages import Q_JOB_STATUS, Q_UOW_STATUS, box_queue, decode_uow_message
from synergy.core.ports import Batch, Claim, Finish, Message
from synergy.core.records import HistoryEntry, Job, JobKey, UnitOfWork, UowId
from synergy.core.settings import Settings
from synergy.core.states import JobState, UowState
from synergy.core.timetable.timetable import Node, Timetable
from tests.simulation.audited import Audited, Violate
from tests.simulation.broker import Overseer
from tests.simulation.children import Machine, SimProcess
from tests.simulation.loop import current_host
from tests.simulation.shelf import Shelf, Watcher

ONE_FINISH: Final = "exactly one finish of a unit of work is accepted"
ONE_LIVE: Final = "one live attempt of a unit of work"
ONE_UOW: Final = "one unit of work of a job at a time"
NOT_TWICE: Final = "no period is done twice"
FOLD: Final = "every state is the fold of its history"
TIDY: Final = "no finished parent stands over an unfinished child"
NO_PROCESS: Final = "no process lives for a finished unit of work"
ATTEMPTS: Final = "attempts are counted one by one"
DONE: Final = "no job is done before its unit of work is"
CLAIMED: Final = "no message is acknowledged before its claim is stored"
OFFERED: Final = "only what is stored is offered"
FRESH: Final = "no job is done by work that is older than its inputs"
HELD: Final = "what begins is held by its supervisor, and not finished"
CLEARED: Final = "no box works beside what its last supervisor left"

_DONE: Final = frozenset({JobState.PROCESSED, JobState.NOOP})
_OPEN: Final = frozenset({UowState.REQUESTED, UowState.IN_PROGRESS, UowState.INVALID})
_NEXT: Final[Mapping[UowState, frozenset[UowState]]] = {
    UowState.REQUESTED: frozenset({UowState.IN_PROGRESS, UowState.CANCELED, UowState.INVALID}),
    UowState.IN_PROGRESS: frozenset(UowState),
    UowState.INVALID: frozenset({UowState.REQUESTED, UowState.CANCELED}),
    UowState.PROCESSED: frozenset(),
    UowState.NOOP: frozenset(),
    UowState.CANCELED: frozenset(),
}


class Invariants(Watcher, Overseer):
    """Looks on. ``tell``: the story; ``violate`` is told of each rule that does not hold."""

    def __init__(
        self,
        shelf: Shelf,
        context: ProcessContext,
        settings: Settings,
        machines: Callable[[], Sequence[Machine]],
        tell: Callable[..., None],
        violate: Violate,
    ) -> None:
        self._shelf = shelf
        self._machines = machines
        self._tell = tell
        self._violate = violate
        self.mirror = Timetable(context, settings.synergy_start_timeperiod, settings.synergy_end_timeperiod)
        self.mirror.grow(float(2**32))
        self._discrete = {spec.process_name for spec in context.managed if spec.state_machine is MachineKind.DISCRETE}
        self._jobs: dict[JobKey, Job] = {}
        self._told: dict[JobKey, int] = {}
        self._states: dict[JobKey, JobState] = {}
        self._open: dict[tuple[JobKey, str | None], set[UowId]] = {}
        self._audited = Audited(shelf, violate)
        self._asked_for: set[tuple[str, UowId]] = set()
        self._order = 0
        """Claims and ends of jobs are numbered as they are stored: clocks of machines jump."""
        self._claimed: dict[UowId, int] = {}
        self._finished: dict[JobKey, int] = {}

    # What is stored

    def committed(self, batch: Batch) -> None:
        self._check_history(batch)
        for entry in batch.history:
            self._check_fresh(entry)
        for uow in batch.new_uows:
            self._check_new(uow, batch)
        self._audited.check(batch)
        for job in batch.jobs:
            self._jobs[job.key] = job
            self._put(job)
        for job in batch.jobs:
            self._check_done(job)
            self._check_tidy(job)

    def changed(self, before: UnitOfWork | None, after: UnitOfWork) -> None:
        key = (after.key, after.entry_name)
        if before is None or before.state is not after.state:
            by = after.claimed_by if after.state is UowState.IN_PROGRESS else after.exit_reason
            self._tell("store", after.state.word, after.uow_id, after.attempt, by or "")
            if after.state is UowState.IN_PROGRESS:
                self._claimed[after.uow_id] = self._next()
            self._check_step(before, after)
        if before is not None and before.attempt != after.attempt:
            self._check_attempt(before, after)
        known = self._open.setdefault(key, set())
        if after.state in _OPEN:
            known.add(after.uow_id)
        else:
            known.discard(after.uow_id)

    def asked_for(self, claim: Claim) -> None:
        self._asked_for.add((claim.supervisor_id, claim.uow_id))

    def accepted(self, uow: UnitOfWork, finish: Finish) -> None:
        if (uow.state, uow.attempt, uow.claimed_by) != (UowState.IN_PROGRESS, finish.attempt, finish.supervisor_id):
            now = f"{uow.state.word}, attempt {uow.attempt} of {uow.claimed_by}"
            told = f"the end of attempt {finish.attempt} by {finish.supervisor_id} is taken, which is {now}"
            self._violate(ONE_FINISH, f"{uow.uow_id}: {told}")

    def refused(self, finish: Finish) -> None:
        self._tell("store", "refuses an end:", finish.uow_id, finish.attempt, finish.supervisor_id)

    def _check_step(self, before: UnitOfWork | None, after: UnitOfWork) -> None:
        if before is None:
            return
        if after.state not in _NEXT[before.state]:
            self._violate(ONE_FINISH, f"{after.uow_id} was {before.state.word} and is {after.state.word}")
        if (before.state, after.state) == (UowState.INVALID, UowState.REQUESTED) and before.attempt == after.attempt:
            self._violate(ATTEMPTS, f"{after.uow_id} is offered again as attempt {after.attempt}, which has failed")
        if after.state.is_finished:
            self._check_nothing_lives(after)

    def _check_attempt(self, before: UnitOfWork, after: UnitOfWork) -> None:
        from_states = {UowState.INVALID, UowState.IN_PROGRESS}
        if (
            after.attempt != before.attempt + 1
            or after.state is not UowState.REQUESTED
            or before.state not in from_states
        ):
            self._violate(
                ATTEMPTS, f"{after.uow_id}: attempt {before.attempt} {before.state.word}, then {after.attempt}"
            )

    def _check_nothing_lives(self, uow: UnitOfWork) -> None:
        for process in self._working():
            if process.of is not None and process.of.uow_id == uow.uow_id and not is_excused(process):
                self._violate(NO_PROCESS, f"{uow.uow_id} is {uow.state.word}, process {process.pid} works on it")

    def _check_history(self, batch: Batch) -> None:
        keys = {JobKey(entry.process_name, entry.timeperiod): None for entry in batch.history}
        for key in keys:
            for entry in self._shelf.history.get(key, [])[self._told.get(key, 0) :]:
                self._fold(key, entry)
            self._told[key] = len(self._shelf.history.get(key, ()))
        for job in batch.jobs:
            self._check_state(job.key)
        for key in keys:
            self._check_state(key)

    def _fold(self, key: JobKey, entry: HistoryEntry) -> None:
        known = self._states.get(key, JobState.EMBRYO)
        if entry.old_state is not known:
            self._violate(FOLD, f"{key} was {known.word}, its history goes on from {entry.old_state.word}")
        self._states[key] = entry.new_state

    def _check_state(self, key: JobKey) -> None:
        job = self._shelf.jobs.get(key)
        state = JobState.EMBRYO if job is None else job.state
        if state is not self._states.get(key, JobState.EMBRYO):
            self._violate(
                FOLD, f"{key} is {state.word}, its history says {self._states.get(key, JobState.EMBRYO).word}"
            )

    def _check_new(self, uow: UnitOfWork, batch: Batch) -> None:
        stored = self._shelf.uows[uow.uow_id]
        if stored.created != uow.created:
            self._violate(ONE_UOW, f"{uow.uow_id} is issued twice")
        beside = self._open[uow.key, uow.entry_name] - {uow.uow_id}
        if beside:
            self._violate(ONE_UOW, f"{uow.uow_id} is issued beside {', '.join(sorted(beside))}")
        if uow.process_name in self._discrete and not _is_asked_for(uow, batch):
            self._check_not_twice(uow)

    def _check_not_twice(self, uow: UnitOfWork) -> None:
        """A discrete job runs again only after a reprocess, a run that came to nothing, or a newly finished input."""
        job = self._jobs.get(uow.key)
        if job is None or job.reopened or job.related_unit_of_work is None:
            return
        last = self._shelf.uows.get(job.related_unit_of_work)
        if last is None or last.state not in {UowState.PROCESSED, UowState.NOOP} or last.started is None:
            return
        if not any(self._newer_inputs(uow.key, last)):
            told = f"{uow.uow_id} is issued though {last.uow_id} was {last.state.word}, and no input is newer"
            self._violate(NOT_TWICE, told)

    def _newer_inputs(self, key: JobKey, uow: UnitOfWork) -> Iterator[JobKey]:
        """The inputs of a job that have finished since the claim by which a unit of work ran."""
        for part in self.mirror.inputs(self.mirror.node(key)):
            for other in map(self.mirror.key, self.mirror.nodes_of(part)):
                if self._finished.get(other, 0) > self._claimed.get(uow.uow_id, 0):
                    yield other

    def _check_fresh(self, entry: HistoryEntry) -> None:
        """The run by which a discrete job is done was claimed after each of its inputs had finished."""
        key = JobKey(entry.process_name, entry.timeperiod)
        uow = self._shelf.uows.get(entry.uow_id) if entry.uow_id is not None else None
        is_done = entry.new_state in _DONE and entry.cause == "uow_finished"
        if uow is not None and is_done and entry.process_name in self._discrete:
            for other in self._newer_inputs(key, uow):
                self._violate(FRESH, f"{key} is done by {uow.uow_id}, which was claimed before {other} finished")
        if entry.new_state.is_finished:
            self._finished[key] = self._next()

    def _next(self) -> int:
        self._order += 1
        return self._order

    # Trees

    def _put(self, job: Job) -> None:
        node = self.mirror.node(job.key)
        self.mirror.columns[node.process].put(node.ordinal, job.state)

    def _check_tidy(self, job: Job) -> None:
        node = self.mirror.node(job.key)
        parent = self.mirror.parent(node)
        if job.state.is_finished:
            self._check_over(node)
        elif parent is not None:
            self._check_over(parent)

    def _check_over(self, node: Node) -> None:
        """Of a finished node: all of its children are finished, unless somebody decided otherwise."""
        children = self.mirror.children(node)
        if children is None or not self.mirror.columns[node.process].get(node.ordinal).is_finished:
            return
        if self.mirror.columns[children.process].all_finished(children.ordinals):
            return
        job = self._shelf.jobs.get(self.mirror.key(node))
        if job is not None and not job.accepted_by_hand:
            self._violate(TIDY, f"{job.key} is {job.state.word}")

    def missing(self) -> list[str]:
        """Periods that carry a job and have no record of one that is finished."""
        return [
            str(self.mirror.key(Node(number, ordinal)))
            for number in range(len(self.mirror.specs))
            for ordinal in self.mirror.columns[number].unfinished()
        ]

    def _check_done(self, job: Job) -> None:
        uow = self._shelf.uows.get(job.related_unit_of_work) if job.related_unit_of_work is not None else None
        if uow is None or job.accepted_by_hand or job.state not in {JobState.PROCESSED, JobState.NOOP}:
            return
        # what an operator's mark ends is being ended still, also when an input has finished since
        if not uow.state.is_finished and not uow.cancel_requested:
            self._violate(DONE, f"{job.key} is {job.state.word}, {uow.uow_id} is {uow.state.word}")

    # What is sent

    def published(self, messages: Sequence[Message]) -> None:
        for message in messages:
            uow_id = _wanted(message.queue, message.body)
            if uow_id is not None and uow_id not in self._shelf.uows:
                self._violate(OFFERED, f"{uow_id} is not stored")

    def settled(self, queue: str, body: bytes) -> None:
        uow_id, host = _wanted(queue, body), current_host().name
        if uow_id is not None and (host, uow_id) not in self._asked_for:
            self._violate(CLAIMED, f"{host} has acknowledged {uow_id}")

    # What runs

    def ready(self, machine: Machine) -> None:
        """A supervisor begins to take work: what the one before it left has ended."""
        for process in machine.processes.values():
            if process.of is not None and process.supervisor is not machine.in_charge and not is_excused(process):
                self._violate(CLEARED, f"{machine.box_id}: process {process.pid} of {process.supervisor.name} lives")

    def begun(self, process: SimProcess) -> None:
        """A process begins to work on an attempt."""
        uow = process.of
        if uow is None:
            return
        self._check_held(process, uow)
        for other in self._working():
            if other is process or other.of is None or (other.of.key, other.of.entry_name) != (uow.key, uow.entry_name):
                continue
            if other.kind == "left behind" or process.kind == "left behind" or is_excused(other):
                continue
            told = f"{uow.uow_id} attempt {uow.attempt} begins beside {other.of.uow_id} attempt {other.of.attempt}"
            self._violate(ONE_LIVE, f"{told} of {other.supervisor.name}")

    def _check_held(self, process: SimProcess, uow: UnitOfWork) -> None:
        """What a late answer, or a lease that was lost meanwhile, has overtaken must not begin any more."""
        stored = self._shelf.uows[uow.uow_id]
        is_now = (stored.state, stored.attempt, stored.claimed_by)
        claimed = (UowState.IN_PROGRESS, uow.attempt, process.supervisor.name)
        if is_now != claimed and process.kind != "left behind" and not is_excused(process):
            told = f"{uow.uow_id} is {stored.state.word}, attempt {stored.attempt} of {stored.claimed_by}"
            self._violate(HELD, f"{told}; {process.supervisor.name} begins attempt {uow.attempt}")

    def _working(self) -> list[SimProcess]:
        return [one for machine in self._machines() for one in machine.processes.values() if one.of is not None]


def is_excused(process: SimProcess) -> bool:
    """What outlives KILL, or was left by a supervisor that stood still or is not back yet, is not what is promised.

    What begins after its supervisor stood still is promised again.
    """
    is_left = not process.supervisor.is_alive and process.machine.in_charge is None
    stood_still = process.supervisor.is_frozen or process.began <= process.supervisor.thawed_at
    return process.hangs or stood_still or is_left


def _wanted(queue: str, body: bytes) -> UowId | None:
    """The unit of work that a message offers; None of other messages."""
    if queue in {Q_UOW_STATUS, Q_JOB_STATUS} or queue.startswith(box_queue("")):
        return None
    return decode_uow_message(body).record_db_id


def _is_asked_for(uow: UnitOfWork, batch: Batch) -> bool:
    """Whether an operator starts it, or has it reprocessed, in the same breath."""
    told = (
        entry for entry in batch.history if (entry.process_name, entry.timeperiod) == (uow.process_name, uow.timeperiod)
    )
    return any(entry.cause in {"force", "undo"} or entry.new_state is JobState.EMBRYO for entry in told)
