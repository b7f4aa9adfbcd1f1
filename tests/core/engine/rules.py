"""What must hold of a world whatever happened, each rule recomputed from the stored records alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from copy import deepcopy

from synergy.core import grouping, timeperiods
from synergy.core.context import BlockingType, ManagedSpec
from synergy.core.directives import Directive, DirectiveId, DirectiveKind
from synergy.core.engine.dispatch import settle
from synergy.core.engine.outbox import Outbox
from synergy.core.engine.schedule import Schedule
from synergy.core.records import JobKey, UnitOfWork, UowId, UowType
from synergy.core.states import JobState, UowState
from synergy.core.timeperiods import Qualifier
from synergy.core.timetable.column import COVERED, Column
from synergy.core.triggers import Every
from tests.core.engine.world import World


class Naive:
    """The timetable by brute force: every period as a name, every edge by comparing calendars."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.specs = {spec.process_name: spec for spec in world.context.managed}
        self.trees = {tree.tree_name: tree for tree in world.context.trees}

    def periods(self, spec: ManagedSpec) -> range:
        column = self.column(spec)
        return range(column.first, column.end)

    def column(self, spec: ManagedSpec) -> Column:
        return self.world.lane(spec.process_name).column

    def carries_job(self, spec: ManagedSpec, ordinal: int) -> bool:
        return grouping.is_checkpoint(spec.time_qualifier, spec.time_grouping, ordinal)

    def state(self, spec: ManagedSpec, ordinal: int) -> JobState:
        if not self.carries_job(spec, ordinal):
            return JobState.NOOP
        job = self.world.store.jobs.get(self.key(spec, ordinal))
        return job.state if job else JobState.EMBRYO

    def is_untouched(self, spec: ManagedSpec, ordinal: int) -> bool:
        """Whether it carries a job that nobody has ever started, skipped or ordered."""
        return self.carries_job(spec, ordinal) and self.key(spec, ordinal) not in self.world.store.jobs

    def key(self, spec: ManagedSpec, ordinal: int) -> JobKey:
        return JobKey(spec.process_name, timeperiods.timeperiod_of(spec.time_qualifier, ordinal))

    def children(self, spec: ManagedSpec, ordinal: int) -> Iterator[tuple[ManagedSpec, int]]:
        """The children that exist; by the calendar."""
        names = self.trees[spec.tree_name].processes
        at = names.index(spec.process_name)
        if at + 1 == len(names):
            return
        below = self.specs[names[at + 1]]
        covered = grouping.covered(spec.time_qualifier, spec.time_grouping, ordinal)
        for child in self.periods(below):
            start = timeperiods.start_of(below.time_qualifier, child)
            if timeperiods.ordinal_at(spec.time_qualifier, start) in covered:
                yield below, child

    def counterparts(self, spec: ManagedSpec, ordinal: int) -> Iterator[tuple[ManagedSpec, int]]:
        covered = grouping.covered(spec.time_qualifier, spec.time_grouping, ordinal)
        for tree in self.trees[spec.tree_name].dependent_on:
            for name in self.trees[tree].processes:
                other = self.specs[name]
                if other.time_qualifier is spec.time_qualifier:
                    points = {grouping.checkpoint_of(other.time_qualifier, other.time_grouping, one) for one in covered}
                    yield from ((other, point) for point in sorted(points) if point in self.column(other))

    def children_are_complete(self, spec: ManagedSpec, ordinal: int) -> bool:
        """No child is still to come: the last one within the range has begun."""
        names = self.trees[spec.tree_name].processes
        below = self.specs[names[names.index(spec.process_name) + 1]].time_qualifier
        limit = self.world.settings.synergy_end_timeperiod
        assert limit is not None
        covered = grouping.covered(spec.time_qualifier, spec.time_grouping, ordinal)
        end = timeperiods.end_of(spec.time_qualifier, covered[-1])
        over = timeperiods.start_of(Qualifier.HOURLY, timeperiods.ordinal_of(Qualifier.HOURLY, limit))
        last = timeperiods.ordinal_at(below, min(end, over) - 1.0)
        return timeperiods.start_of(below, last) <= self.world.now.schedule


def check_columns(world: World) -> None:
    """Bytes, counts, cursor and reopened periods are those of the stored jobs."""
    naive = Naive(world)
    for spec in world.context.managed:
        column = naive.column(spec)
        states = [naive.state(spec, ordinal) for ordinal in naive.periods(spec)]
        carries = [naive.carries_job(spec, ordinal) for ordinal in naive.periods(spec)]
        assert [column.get(ordinal) for ordinal in naive.periods(spec)] == states
        assert [byte != COVERED for byte in column.states] == carries
        tally = Counter(state for state, own in zip(states, carries, strict=True) if own)
        assert column.counts == [tally[state] for state in JobState]
        unfinished = [column.first + at for at, state in enumerate(states) if not state.is_finished]
        assert list(column.unfinished()) == unfinished
        assert column.oldest_unfinished() == (unfinished[0] if unfinished else None)
        assert column.reopened == [ordinal for ordinal in unfinished if ordinal < column.cursor]


def forced_units(world: World) -> set[UowId | None]:
    """Those that an operator started past slots, holds and limits."""
    return {entry.uow_id for entry in world.store.history if entry.cause == "force"}


def check_units(world: World) -> None:
    """No job has two live units of work, and no process has more than its concurrency."""
    live = [uow for uow in world.store.uows.values() if not uow.state.is_finished]
    managed = [uow for uow in live if uow.uow_type is UowType.MANAGED]
    assert all(count == 1 for count in Counter(uow.key for uow in managed).values()), managed
    ours = [uow for uow in managed if world.schedule.node_of(uow) is not None]  # not of what was removed
    forced = forced_units(world)
    unforced = [uow for uow in ours if uow.uow_id not in forced]
    for name, count in Counter(uow.process_name for uow in unforced).items():
        assert count <= world.lane(name).spec.concurrency, f"{name} has {count} live units of work"
    entries = Counter((uow.process_name, uow.entry_name) for uow in live if uow.entry_name)
    assert all(count == 1 for count in entries.values()), entries


def is_all_told(world: World) -> bool:
    """Whether memory may be compared; the collector's round finds what was given back although it is to be canceled."""
    uows = world.store.uows.values()
    return not world.mail and not any(uow.state is UowState.REQUESTED and uow.cancel_requested for uow in uows)


def check_memory(world: World) -> None:
    """Memory is what a start would build from the store, and that start would find nothing that memory forgot."""
    fresh = world.load()
    known, stored = _view(world.schedule), _view(fresh)
    for part, value in known.items():
        assert value == stored[part], part
    fresh.outbox = Outbox()
    settle(fresh)
    assert [uow.uow_id for uow in fresh.outbox.new_uows] == []
    assert list(fresh.outbox.jobs) == []


def snapshot(world: World) -> object:
    """All that a plan must not change: what is stored, what is known, and what is about to be done."""
    schedule, store = world.schedule, world.store
    lanes = [(list(lane.ready), lane.frontier, set(lane.owed)) for lane in schedule.lanes]
    counts = [len(store.uows), len(store.history), len(store.plans), len(store.audit), len(store.directives)]
    return deepcopy((_view(schedule), lanes, schedule.dirty, schedule.outbox, schedule.uows)), counts, dict(store.jobs)


def _view(schedule: Schedule) -> dict[str, object]:
    """What of a schedule does not depend on how it came about."""
    lanes = schedule.lanes
    return {
        "columns": [bytes(lane.column.states) for lane in lanes],
        "jobs": schedule.jobs,
        "uows": {uow.uow_id: _essence(uow) for uow in schedule.uows.values() if uow.uow_type is UowType.MANAGED},
        "live entries": {uow.uow_id for uow in schedule.active_uows() if uow.entry_name},
        "dying": schedule.dying,
        "held": [(lane.holding, lane.reopened, lane.invalid, lane.is_on) for lane in lanes],
        "closed": [lane.closed_before for lane in lanes],
        "due": [lane.due_before for lane in lanes if lane.is_discrete or not isinstance(lane.trigger, Every)],
        "triggers": [lane.trigger for lane in lanes],
        "entries": {key: entry.record for key, entry in schedule.entries.items()},
        "directives": schedule.orders.directives,
        "holds": [sorted(lane.holds, key=str) for lane in lanes],
        "seals": {name: sorted(seals, key=str) for name, seals in schedule.orders.seals.items()},
        "batches": {
            name: (batch.directive, batch.members, batch.running) for name, batch in schedule.orders.batches.items()
        },
    }


def _essence(uow: UnitOfWork) -> tuple[object, ...]:
    """What the daemon must know of it; of a claim it may not have been told."""
    state = "open" if uow.state in {UowState.REQUESTED, UowState.IN_PROGRESS} else uow.state
    return uow.attempt, state, uow.applied, uow.cancel_requested, uow.gave_up


def check_tidy(world: World) -> None:
    """No finished job stands over an unfinished child, unless somebody decided so."""
    naive = Naive(world)
    untidy = []
    for key, job in world.store.jobs.items():
        spec = naive.specs.get(key.process_name)
        if spec is None or not job.state.is_finished or job.accepted_by_hand:
            continue
        ordinal = timeperiods.ordinal_of(spec.time_qualifier, key.timeperiod)
        if ordinal not in naive.column(spec) or not naive.carries_job(spec, ordinal):
            continue  # hidden by other definitions
        children = [naive.state(*child).is_finished for child in naive.children(spec, ordinal)]
        if not all(children) or (children and not naive.children_are_complete(spec, ordinal)):
            untidy.append(str(key))
    assert untidy == [], untidy
    assert list(world.untidy()) == [], world.untidy()


def holding(world: World, key: JobKey) -> list[Directive]:
    """The holds in force that the job is under, and the paused batch that it is in; by the calendar."""
    job = world.store.jobs.get(key)
    in_force = [one for one in world.store.directives.values() if one.lifted is None]
    paused = [one for one in in_force if one.is_paused and job is not None and job.batch == one.directive_id]
    return paused + [one for one in in_force if one.kind is DirectiveKind.HOLD and _is_about(world, one, key)]


def _is_about(world: World, hold: Directive, key: JobKey) -> bool:
    if hold.process_name is not None:
        is_within = (hold.from_timeperiod or "") <= key.timeperiod <= (hold.to_timeperiod or "9")
        return hold.process_name == key.process_name and is_within
    spec, hour = world.lane(key.process_name).spec, Qualifier.HOURLY
    ordinal = timeperiods.ordinal_of(spec.time_qualifier, key.timeperiod)
    start, end = (of(spec.time_qualifier, ordinal) for of in (timeperiods.start_of, timeperiods.end_of))
    first, last = hold.from_timeperiod or "2000010100", hold.to_timeperiod or "2030010100"
    begins = timeperiods.start_of(hour, timeperiods.ordinal_of(hour, first)) <= start
    ends = end <= timeperiods.end_of(hour, timeperiods.ordinal_of(hour, last))
    return hold.tree_name in {None, spec.tree_name} and begins and ends


def check_batches(world: World) -> None:
    """No more of a batch runs than its limit allows; what is being stopped, and what was forced, does not count."""
    running: Counter[str] = Counter()
    forced = forced_units(world)
    for uow in world.store.uows.values():
        job = world.store.jobs.get(uow.key)
        if uow.state.is_finished or uow.cancel_requested or job is None or job.related_unit_of_work != uow.uow_id:
            continue
        if job.batch is not None and uow.uow_id not in forced:
            running[job.batch] += 1
    for name, count in running.items():
        batch = world.store.directives[DirectiveId(name)]
        if batch.lifted is None:
            assert count <= (batch.max_parallel or 0), f"{count} jobs of {batch} run"


def check_new_unit(world: World, uow: UnitOfWork, before: JobState) -> None:
    """What must hold when a unit of work is stored; ``before`` is its job's state before that commit."""
    naive, spec = Naive(world), world.lane(uow.process_name).spec
    ordinal = timeperiods.ordinal_of(spec.time_qualifier, uow.timeperiod)
    lane = world.lane(uow.process_name)
    if uow.uow_id in forced_units(world):
        return
    assert lane.is_on
    assert ordinal < lane.due_before
    inputs = [*naive.children(spec, ordinal), *naive.counterparts(spec, ordinal)]
    if lane.is_discrete:
        assert ordinal < lane.closed_before
    if spec.blocking_type is BlockingType.CHILDREN:
        assert all(naive.state(*one).is_finished for one in inputs), f"{uow.uow_id} starts before its inputs"
    if spec.blocking_type is BlockingType.DEPENDENCIES:
        good = {JobState.PROCESSED, JobState.NOOP}
        assert all(naive.state(*one) in good for one in naive.counterparts(spec, ordinal)), uow.uow_id
    if lane.is_strict and (lane.is_discrete or before is JobState.EMBRYO):
        check_order(world, naive, spec, ordinal)
    unblocked = spec.blocking_type is BlockingType.NORMAL and not lane.reads_data
    if not lane.is_strict and unblocked and before is JobState.EMBRYO:
        older = (one for one in range(naive.periods(spec).start, ordinal) if naive.is_untouched(spec, one))
        passed_over = [one for one in older if not holding(world, naive.key(spec, one))]
        assert passed_over == [], f"{uow.uow_id} starts before older ones that nothing blocks"


def check_end(world: World, key: JobKey) -> None:
    """What must hold when a job becomes processed or noop: it is closed, and all that it is built on is finished."""
    naive, lane = Naive(world), world.lane(key.process_name)
    ordinal = timeperiods.ordinal_of(lane.spec.time_qualifier, key.timeperiod)
    if world.store.jobs[key].accepted_by_hand:
        return  # marked, or forced
    assert ordinal < lane.closed_before, f"{key} is live"
    for spec, input_ordinal in (*naive.children(lane.spec, ordinal), *naive.counterparts(lane.spec, ordinal)):
        assert naive.state(spec, input_ordinal).is_finished, f"{key} ends before {naive.key(spec, input_ordinal)}"
    related = world.job(str(key)).related_unit_of_work
    assert related is not None
    assert world.store.uows[related].state.is_finished


def check_skip(world: World, key: JobKey, cause: str) -> None:
    """A job is skipped by its machine only when a counterpart is skipped, or its own unit of work was canceled."""
    naive, spec = Naive(world), world.lane(key.process_name).spec
    if cause in {"skip", "gave_up", "cancel", "recovery", "batch cancel", "undo"}:
        return
    if cause == "no_data" and world.job(str(key)).number_of_failures > world.settings.max_number_of_failures:
        return
    ordinal = timeperiods.ordinal_of(spec.time_qualifier, key.timeperiod)
    if cause == "housekeeping":
        children = list(naive.children(spec, ordinal))
        assert children, key
        own = [child for child in children if naive.carries_job(*child)]
        assert all(naive.state(*child) is JobState.SKIPPED for child in own), key
        return
    assert cause == "dependency_skipped", f"{key} is skipped because of {cause}"
    assert spec.blocking_type is BlockingType.DEPENDENCIES
    assert any(naive.state(*one) is JobState.SKIPPED for one in naive.counterparts(spec, ordinal)), key


def check_order(world: World, naive: Naive, spec: ManagedSpec, ordinal: int) -> None:
    """All earlier periods are finished; of a continuous process, they have at least a finished unit of work."""
    for earlier in range(naive.periods(spec).start, ordinal):
        if naive.state(spec, earlier).is_finished:
            continue
        job = world.store.jobs.get(naive.key(spec, earlier))
        uow = world.store.uows.get(job.related_unit_of_work) if job and job.related_unit_of_work else None
        ran = uow is not None and uow.state.is_finished and not world.lane(spec.process_name).is_discrete
        assert ran, f"{naive.key(spec, ordinal)} starts before {naive.key(spec, earlier)} ended"


def check_history(world: World) -> None:
    """Each job's history is a chain from embryo to the state that is stored."""
    last: dict[JobKey, JobState] = {}
    for entry in world.store.history:
        key = JobKey(entry.process_name, entry.timeperiod)
        assert last.get(key, JobState.EMBRYO) is entry.old_state, f"{key}: {entry}"
        last[key] = entry.new_state
    for key, state in last.items():
        job = world.store.jobs.get(key)  # an undo may leave no trace of it but its history
        assert (job.state if job else JobState.EMBRYO) is state


def check_complete(world: World) -> None:
    """Every period that carries a job has exactly one record, and it is finished."""
    naive = Naive(world)
    for spec in world.context.managed:
        wanted = {naive.key(spec, ordinal) for ordinal in naive.periods(spec) if naive.carries_job(spec, ordinal)}
        assert wanted <= set(world.store.jobs)
        assert [str(key) for key in wanted if not world.store.jobs[key].state.is_finished] == []
    assert [uow.uow_id for uow in world.store.uows.values() if uow.state is UowState.IN_PROGRESS] == []
