"""Why a job does not go on, what waits for it, and why it ran; the engine's answers with what only the daemon knows.

The engine knows what is unmet. Here come in whether store, broker and boxes are there, and what the store tells of a
root: the last line of its log, who skipped it, why a process was switched off.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Final, cast

from msgspec.structs import replace

from synergy.core.control import replies
from synergy.core.control import why_requests as y
from synergy.core.engine import why
from synergy.core.engine.schedule import EntryLane, Schedule
from synergy.core.engine.why import Around, Branch, Code, Folded, Graph, Outlook, Told
from synergy.core.ports import LeaderStore
from synergy.core.targets import parse_entry, parse_job
from synergy.daemon.scheduler import Scheduler
from synergy.daemon.views.evidence import Evidence, evidence_of
from synergy.daemon.views.jobs import page_limit
from synergy.daemon.views.shapes import iso, iso_or_none

MOST_ROOTS: Final = 50
_HISTORY: Final = 1000
_AT_ONCE_SECONDS: Final = 0.01


def around_of(scheduler: Scheduler, boxes: Iterable[tuple[str, int]]) -> Around:
    """What the scheduler's surroundings are like; ``boxes``: the living ones, with their slots."""
    problem, broker = scheduler.store_problem, scheduler.broker.state()
    return Around(
        store_problem=None if problem is None else str(problem),
        store_since=scheduler.store_since,
        broker_problem=None if broker.up else broker.detail,
        broker_since=broker.since,
        boxes=tuple(boxes),
        next_round=scheduler.rounds.last + scheduler.deployment.settings.gc_run_interval,
    )


async def why_job(outlook: Outlook, store: LeaderStore, request: y.Why) -> replies.Why:
    """Why one job, or a freerun entry, does not go on.

    Raises:
        NotFound, InvalidArgument: no such job, nor will there be.
    """
    entry = parse_entry(request.job)
    if entry is not None:
        return await _why_entry(outlook, store, outlook.schedule.entry(entry.process_name, entry.entry_name))
    schedule, key = outlook.schedule, parse_job(request.job)
    told = why.absent(schedule, key)
    if told is not None:
        line = _condition(Branch(told), {})
        return replies.Why(str(key), None, told.code.value, (line,), (_root(told, None),))
    node = schedule.timetable.node(key)
    graph = Graph(outlook)
    branches = why.tree_of(graph, node)
    roots = sorted(graph.roots(node), key=lambda root: (not root.code.is_problem, graph.found_at[root]))
    found = [graph.told(root) for root in roots]
    found = [told for told in found if told.code is not Code.DONE or told.command is not None]
    shown = found[:MOST_ROOTS]
    evidence = await evidence_of(outlook, store, [*shown, *_leaves(branches)])
    return replies.Why(
        job=outlook.key(node),
        state=schedule.state(node).value,
        code=branches[0].told.code.value,
        conditions=tuple(_condition(branch, evidence) for branch in branches),
        roots=tuple(_root(told, evidence.get(told)) for told in shown),
        more_roots=len(found) - len(shown),
        is_cut=graph.is_cut,
    )


async def _why_entry(outlook: Outlook, store: LeaderStore, lane: EntryLane) -> replies.Why:
    tolds, uow = why.conditions_of_entry(outlook, lane), why.work_of_entry(outlook, lane)
    evidence = await evidence_of(outlook, store, tolds)
    return replies.Why(
        job=tolds[0].job,
        state=None if uow is None else uow.state.value,
        code=tolds[0].code.value,
        conditions=tuple(_condition(Branch(told), evidence) for told in tolds),
        roots=tuple(_root(told, evidence.get(told)) for told in tolds),
    )


async def why_all(look: Callable[[], Outlook], store: LeaderStore, request: y.WhyAll) -> replies.WhyAll:
    """What keeps all jobs that do not go on; after them entries, which keep no job.

    There may be very many, so others are served meanwhile: ``look`` is the outlook at each moment.
    """
    limit = page_limit(request.limit)
    graph = Graph(look())
    folded = await _in_steps(why.fold_in_steps(graph))
    outlook = look()
    tolds = [(graph.told_now(fold.root, outlook), fold) for fold in folded.folds[:limit]]
    shown = [(told, fold) for told, fold in tolds if told is not None]
    entries = _of_entries(outlook, folded)
    shown_entries = entries[: limit - len(shown)]
    evidence = await evidence_of(outlook, store, [*(told for told, _ in shown), *shown_entries])
    return replies.WhyAll(
        unfinished=folded.unfinished,
        blocked=folded.blocked,
        passing=folded.passing,
        roots=(
            *(
                replace(
                    _root(told, evidence.get(told)),
                    blocks=fold.blocks, by_process=fold.by_process, examples=fold.examples,
                )
                for told, fold in shown
            ),
            *(_root(told, evidence.get(told)) for told in shown_entries),
        ),
        more_roots=len(folded.folds) - len(tolds) + len(entries) - len(shown_entries),
        is_cut=graph.is_cut,
    )  # fmt: skip


async def _in_steps(steps: Generator[None, None, Folded]) -> Folded:
    """Let others in every few milliseconds; after each step, all that goes on meanwhile would take most of the time."""
    loop = asyncio.get_running_loop()
    until = loop.time() + _AT_ONCE_SECONDS
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return cast("Folded", end.value)
        if loop.time() > until:
            await asyncio.sleep(0)
            until = loop.time() + _AT_ONCE_SECONDS


def _of_entries(outlook: Outlook, folded: Folded) -> list[Told]:
    """The problems of entries that are no problem of jobs, too: an outage is told once."""
    known = {(fold.root.code, fold.root.subject) for fold in folded.folds}
    found = {(told.code, told.about): told for told in why.problems_of_entries(outlook)}
    return [told for key, told in found.items() if key not in known]


def blocks(schedule: Schedule, request: y.Blocks) -> replies.Blocks:
    """What waits for a job."""
    limit = page_limit(request.limit)
    timetable = schedule.timetable
    node = timetable.node(parse_job(request.job))
    found = why.waiting_on(schedule, node)
    by_process: dict[str, int] = {}
    for waiting in found:
        name = timetable.specs[waiting.node.process].process_name
        by_process[name] = by_process.get(name, 0) + 1
    return replies.Blocks(
        job=str(timetable.key(node)),
        state=schedule.state(node).value,
        total=len(found),
        by_process=by_process,
        jobs=tuple(_blocked(schedule, waiting) for waiting in found[:limit]),
        more=len(found) > limit,
    )


def _blocked(schedule: Schedule, waiting: why.Waiting) -> replies.BlockedJob:
    key = schedule.timetable.key(waiting.node)
    because = f"{schedule.timetable.key(waiting.on)} is {waiting.edge}"
    return replies.BlockedJob(key.process_name, key.timeperiod, schedule.state(waiting.node).value, because)


async def why_ran(schedule: Schedule, store: LeaderStore, request: y.WhyRan) -> replies.WhyRan:
    """What caused each run of a job."""
    key = schedule.timetable.key(schedule.timetable.node(parse_job(request.job)))
    history = await store.history(key, _HISTORY)
    attempts = await store.attempts(key)
    return replies.WhyRan(str(key), tuple(_run(run) for run in why.runs_of(history[::-1], attempts)))


def _run(run: why.Run) -> replies.JobRun:
    return replies.JobRun(
        run.run, run.uow_id, iso_or_none(run.at), run.cause, run.what, run.actor, run.because, run.reason, run.plan_id,
        tuple(_attempt(made) for made in run.attempts),
    )  # fmt: skip


def _attempt(made: why.RunAttempt) -> replies.RunAttempt:
    attempt = made.attempt
    return replies.RunAttempt(
        attempt.attempt, made.what, attempt.state.value, attempt.exit_reason, attempt.box_id, iso(attempt.started),
        iso_or_none(attempt.finished),
    )  # fmt: skip


def _leaves(branches: Iterable[Branch]) -> Iterator[Told]:
    for branch in branches:
        yield branch.told
        yield from _leaves(branch.children)


def _condition(branch: Branch, evidence: dict[Told, Evidence]) -> replies.Condition:
    told = branch.told
    more = evidence.get(told) or Evidence()
    return replies.Condition(
        job=told.job,
        code=told.code.value,
        what=told.what,
        about=told.about,
        since=iso_or_none(told.since or more.since),
        actor=told.actor or more.actor,
        reason=told.reason or more.reason,
        last_line=more.last_line,
        command=told.command,
        again=branch.again,
        more=branch.more,
        children=tuple(_condition(child, evidence) for child in branch.children),
    )


def _root(told: Told, evidence: Evidence | None) -> replies.RootCause:
    more = evidence or Evidence()
    return replies.RootCause(
        job=told.job,
        code=told.code.value,
        what=told.what,
        about=told.about,
        since=iso_or_none(told.since or more.since),
        actor=told.actor or more.actor,
        reason=told.reason or more.reason,
        last_line=more.last_line,
        command=told.command,
    )
