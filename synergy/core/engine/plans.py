"""What a wish would change, worked out without changing anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec.structs import replace

from synergy.core import timeperiods
from synergy.core.engine import order_plans
from synergy.core.engine.closures import Closure
from synergy.core.engine.drafts import Draft, add_each
from synergy.core.engine.orders import seal_of
from synergy.core.engine.schedule import Schedule, is_active
from synergy.core.errors import IllegalState, InvalidArgument, NotFound
from synergy.core.plan_records import PlannedChange
from synergy.core.records import UnitOfWork
from synergy.core.states import JobState, UowState
from synergy.core.suggestions import did_you_mean
from synergy.core.timetable.timetable import Node
from synergy.core.wishes import JOB_VERBS, Scope, Wish

MOST_PARALLEL: Final = 100_000
_OPTIONS: Final[Mapping[str, frozenset[str]]] = {
    "only": JOB_VERBS,
    "tree": JOB_VERBS,
    "scope": frozenset({"reprocess", "skip"}),
    "to": frozenset({"mark", "cursor"}),
    "until": frozenset({"hold", "drain"}),
    "max_parallel": frozenset({"reprocess"}),
}
"""Which verbs an option goes with."""


def draft(schedule: Schedule, wish: Wish) -> Draft:
    """Work out what the wish would change.

    Raises:
        CallerError: the only target cannot be read, does not exist, or the verb is not legal for it; of several
            targets, such ones are listed in ``refused``. An option is out of range or does not go with the verb.
    """
    _check_options(wish)
    _check_names(schedule, wish)
    if wish.verb == "cursor":
        return draft(schedule, _moved(schedule, wish))
    if wish.verb in JOB_VERBS:
        return _draft_jobs(schedule, wish)
    drafted = order_plans.draft(schedule, wish)
    ended = dict(_members(schedule, drafted)) if wish.verb == "batch cancel" else {}
    return _with_nodes(schedule, drafted, ended, dict.fromkeys(ended, JobState.SKIPPED))


def _members(schedule: Schedule, drafted: Draft) -> Iterator[tuple[Node, str]]:
    """The unfinished jobs of the batches that would be canceled."""
    for directive in drafted.lifts:
        for node in sorted(schedule.orders.batches[directive.directive_id].members):
            yield node, f"it is in batch {directive.directive_id}"


def _check_options(wish: Wish) -> None:
    plain = Wish(wish.verb)
    for name, verbs in _OPTIONS.items():
        if wish.verb not in verbs and getattr(wish, name) != getattr(plain, name):
            option = name.replace("_", "-")
            raise InvalidArgument(f"{wish.verb} has no {option}", remedy=f"it goes with {', '.join(sorted(verbs))}")
    if wish.max_parallel is not None and not 1 <= wish.max_parallel <= MOST_PARALLEL:
        raise InvalidArgument(f"max-parallel {wish.max_parallel} is out of range", remedy=f"use 1 to {MOST_PARALLEL}")
    if wish.scope.depth is not None and wish.scope.depth < 0:
        raise InvalidArgument(f"depth {wish.scope.depth} is out of range", remedy="use 0 or more")


def _check_names(schedule: Schedule, wish: Wish) -> None:
    """A misspelt name would narrow the wish to nothing, or leave in what should stay out. Stars may match nothing.

    Raises:
        NotFound: no tree, or nothing that can be left out, is called so.
    """
    trees = schedule.timetable.trees
    if wish.tree is not None and wish.tree not in trees:
        raise NotFound(f'tree "{wish.tree}" is unknown', remedy=did_you_mean(wish.tree, trees))
    known = {*trees, *schedule.timetable.index}
    for text in wish.scope.exclude:
        name = text.partition("@")[0]
        if "*" not in name and name not in known:
            raise NotFound(f'no process and no tree "{name}" to leave out', remedy=did_you_mean(name, known))


def _moved(schedule: Schedule, wish: Wish) -> Wish:
    """Moving a process's cursor forward skips what it passes, moving it back reprocesses that."""
    if len(wish.targets) != 1:
        raise InvalidArgument("cursor moves one process", remedy="name one")
    (name,) = wish.targets
    lane = schedule.lanes[schedule.timetable.number(name)]
    qualifier = lane.spec.time_qualifier
    to = timeperiods.ordinal_of(qualifier, wish.to or "")
    if not lane.column.first <= to <= lane.column.end:
        bounds = schedule.timetable.bounds(lane.number)
        raise NotFound(f"{name}@{wish.to} is not in the timetable", remedy=f"its periods are {bounds}")
    at = lane.column.next_unfinished()
    at = lane.column.end if at is None else at
    if to == at:
        raise IllegalState(f"the cursor of {name} is at {wish.to} already", remedy="name another timeperiod")
    first, last = (timeperiods.timeperiod_of(qualifier, ordinal) for ordinal in (min(at, to), max(at, to) - 1))
    if to > at:
        active = (JobState.EMBRYO, JobState.IN_PROGRESS, JobState.FINAL_RUN)
        return Wish("skip", (f"{name}@{first}..{last}",), only=active, scope=Scope(alone=True))
    finished = (JobState.PROCESSED, JobState.SKIPPED, JobState.NOOP)
    return Wish("reprocess", (f"{name}@{first}..{last}",), only=finished)


def _draft_jobs(schedule: Schedule, wish: Wish) -> Draft:
    closure = Closure(schedule, wish)
    refused = add_each(wish.targets, closure.add)
    waiting = [node for node in closure.because if wish.verb == "reprocess" and schedule.state(node) is JobState.EMBRYO]
    changed = {node: because for node, because in closure.because.items() if node not in set(waiting)}
    drafted = Draft(
        wish,
        ordered=tuple(waiting),
        kept=tuple(node for node in closure.kept if node not in closure.because),
        refused=refused,
        cancels=tuple(uow.uow_id for uow in closure.entry_uows),
        kills=tuple(uow.uow_id for uow in _running(closure.entry_uows)),
    )
    return _with_nodes(schedule, drafted, changed, {node: closure.new_state(node) for node in changed})


def _with_nodes(
    schedule: Schedule, drafted: Draft, because: Mapping[Node, str], becomes: Mapping[Node, JobState]
) -> Draft:
    """The draft with these jobs, and the units of work that would be canceled with them."""
    keys = {node: schedule.timetable.key(node) for node in because}
    related = [uow for node in because if (uow := schedule.related_uow(node)) is not None and is_active(uow)]
    sealed = [*because, *drafted.kept] if schedule.orders.seals else []
    return replace(
        drafted,
        nodes=tuple(because),
        changes=tuple(
            PlannedChange(key.process_name, key.timeperiod, schedule.state(node), becomes[node], because[node])
            for node, key in keys.items()
        ),
        cancels=(*(uow.uow_id for uow in related), *drafted.cancels),
        kills=(*(uow.uow_id for uow in _running(related)), *drafted.kills),
        sealed=tuple(str(schedule.timetable.key(node)) for node in sealed if seal_of(schedule, node) is not None),
    )


def _running(uows: Iterable[UnitOfWork]) -> Iterable[UnitOfWork]:
    return (uow for uow in uows if uow.state is UowState.IN_PROGRESS)
