"""Why 100,000 unfinished jobs do not go on, in several mixtures: the engine's own time, without a daemon.

Prints the CPU time of the whole answer, and of its longest step: so long nobody else is served.
Run: ``python benchmarks/fold.py``.
"""

from __future__ import annotations

import time

from msgspec.structs import replace

from synergy.core import timeperiods
from synergy.core.context import BlockingType, ManagedSpec, ProcessContext, TreeSpec, Work
from synergy.core.engine import reports
from synergy.core.engine.dispatch import settle
from synergy.core.engine.restore import Stored, restore
from synergy.core.engine.schedule import Now, Schedule
from synergy.core.engine.why import Around, Folded, Graph, Outlook, fold_in_steps
from synergy.core.settings import Settings
from synergy.core.states import UowState
from synergy.core.timeperiods import Qualifier
from synergy.core.timetable.timetable import Timetable

START = "2000010100"
JOBS = 100_000
AROUND = Around(boxes=(("box", 50),))
ROUNDS = 5


def spec(name: str, qualifier: Qualifier = Qualifier.HOURLY, **fields: object) -> ManagedSpec:
    """A process; the first letter of its name is its tree's."""
    return ManagedSpec(name, qualifier, name[0], Work(run="jobs:nothing"), **fields)  # type: ignore[arg-type]


def schedule_of(*specs: ManagedSpec, running: int = 50, hours: int = JOBS) -> Schedule:
    """All that is due has been queued, and so many run; tree B depends on A."""
    names = dict.fromkeys(one.tree_name for one in specs)
    trees = tuple(
        TreeSpec(name, tuple(one.process_name for one in specs if one.tree_name == name),
                 dependent_on=("A",) if name == "B" else ())
        for name in names
    )  # fmt: skip
    context = ProcessContext(managed=specs, trees=trees)
    at = timeperiods.start_of(Qualifier.HOURLY, timeperiods.ordinal_of(Qualifier.HOURLY, START) + hours)
    timetable = Timetable(context, START, None)
    timetable.grow(at)
    settings = Settings(context="none", synergy_start_timeperiod=START)
    schedule = restore(context, settings, timetable, Stored(), Now(at, 1.0))
    while settle(schedule):
        pass
    for uow in schedule.outbox.publish[:running]:
        reports.uow_claimed(schedule, replace(uow, state=UowState.IN_PROGRESS, started=1.0, box_id="box"))
    while settle(schedule):
        pass
    return schedule


def fails(schedule: Schedule) -> Schedule:
    """All that runs fails."""
    for uow in schedule.uows.running():
        reports.uow_finished(schedule, replace(uow, state=UowState.INVALID, finished=1.0))
    while settle(schedule):
        pass
    return schedule


def measure(what: str, schedule: Schedule) -> None:
    """Fold some times, and tell the quickest."""
    best, longest, folded, is_cut = float("inf"), 0.0, None, False
    for _ in range(ROUNDS):
        graph = Graph(Outlook(schedule, AROUND))
        began = time.process_time()
        found, held = timed(graph)
        took = time.process_time() - began
        if took < best:
            best, longest, folded, is_cut = took, held, found, graph.is_cut
    assert folded is not None
    print(
        f"{what:52} {folded.unfinished:7,} jobs, {len(folded.folds):6,} roots: {best * 1000:5.0f} ms,"
        f" longest step {longest * 1000:4.0f} ms{', cut' if is_cut else ''}"
    )


def timed(graph: Graph) -> tuple[Folded, float]:
    """The answer, and how long its longest step took."""
    steps, longest = fold_in_steps(graph), 0.0
    while True:
        began = time.process_time()
        try:
            next(steps)
        except StopIteration as end:
            return end.value, max(longest, time.process_time() - began)
        longest = max(longest, time.process_time() - began)


def main() -> None:
    daily, monthly, yearly = Qualifier.DAILY, Qualifier.MONTHLY, Qualifier.YEARLY
    children, dependencies = BlockingType.CHILDREN, BlockingType.DEPENDENCIES
    measure("queued behind 50 that run", schedule_of(spec("A", concurrency=JOBS)))
    measure("queued, and a slot is free", schedule_of(spec("A", concurrency=JOBS), running=0))
    measure("of an inactive process", schedule_of(spec("A", is_on=False)))
    measure("in line behind each other", schedule_of(spec("A")))
    measure(
        "years, months and days over inactive hours",
        schedule_of(
            spec("AY", yearly, blocking_type=children), spec("AM", monthly, blocking_type=children),
            spec("AD", daily, blocking_type=children), spec("AH", is_on=False), hours=95_000,
        ),
    )  # fmt: skip
    hours = spec("A", concurrency=JOBS), spec("B", concurrency=100, blocking_type=dependencies)
    measure("half of them queued, half dependent on these", schedule_of(*hours, hours=JOBS // 2))
    measure(
        "1,000 failed, each a root, and the rest is queued",
        fails(schedule_of(spec("A", concurrency=JOBS), running=1_000)),
    )
    measure("all failed, each a root", fails(schedule_of(spec("A", concurrency=JOBS), running=JOBS)))


if __name__ == "__main__":
    main()
