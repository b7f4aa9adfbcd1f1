"""One scene for each code of "why": a world, the job that is asked about, and what the daemon around it knows."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Final, NamedTuple, cast

from msgspec.structs import replace

from synergy.core.context import BlockingType, MachineKind, ProcessContext, Work
from synergy.core.directives import Directive, DirectiveId, DirectiveKind
from synergy.core.engine import changes
from synergy.core.engine.changes import By
from synergy.core.engine.orders import put_directive
from synergy.core.engine.why import Around, Code, Folded, Graph, Outlook, Told, absent, tree_of, waiting_for
from synergy.core.states import UowState
from synergy.core.targets import parse_job
from tests.core.engine.contexts import context_of, settings_of, spec
from tests.core.engine.world import REAL, World

BOX: Final = (("box", 4),)
AROUND: Final = Around(boxes=BOX, next_round=REAL + 60.0)
HOUR: Final = "MainHourly@2013013020"
NEXT: Final = "MainHourly@2013013021"
DAY: Final = "MainDaily@2013013000"
REPORT: Final = "ReportHourly@2013013020"


class Scene(NamedTuple):
    """What is asked of whom."""

    world: World
    job: str = HOUR
    around: Around = AROUND


def tolds(scene: Scene) -> list[Told]:
    """The job's own conditions, in their order."""
    schedule, key = scene.world.schedule, parse_job(scene.job)
    told = absent(schedule, key)
    if told is not None:
        return [told]
    branches = tree_of(Graph(Outlook(schedule, scene.around)), schedule.timetable.node(key))
    return [branch.told for branch in branches]


def told_of(scene: Scene, code: Code) -> Told:
    """What is told of the scene under a code."""
    found = [told for told in tolds(scene) if told.code is code]
    assert found, f"{code}: {tolds(scene)}"
    return found[0]


def ended(steps: Generator[None, None, Folded]) -> Folded:
    """What all steps of a fold come to."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return cast("Folded", end.value)


def what(world: World, job: str = HOUR, around: Around = AROUND) -> list[str]:
    """What the job waits for."""
    return list(waiting_for(Outlook(world.schedule, around), world.schedule.timetable.node(parse_job(job))))


def small(at: str = "2013013022", **hourly: object) -> World:
    """A day over its hours, and a report that depends on these; the hour 20 is due."""
    context = context_of(
        spec("MainDaily", "Main", blocking_type=BlockingType.CHILDREN),
        spec("MainHourly", "Main", **hourly),
        spec("ReportHourly", "Report", blocking_type=BlockingType.DEPENDENCIES),
        dependent_on={"Report": ("Main",)},
    )
    world = World(context, settings_of(gc_life_support_hours=1.0))
    world.go_to(at)
    return world


def order(kind: DirectiveKind, directive_id: str = "d1", **fields: object) -> Directive:
    """An order that ann gave."""
    return Directive(DirectiveId(directive_id), kind, "ann", REAL, **fields)  # type: ignore[arg-type] # fields of one


def put(world: World, directive: Directive) -> Directive:
    """Let the order be in force."""
    world.settle(lambda schedule: put_directive(schedule, directive))
    return directive


def switch_off(world: World, process_name: str) -> None:
    """Ann switches a process off."""
    lane = world.lane(process_name)
    world.settle(lambda schedule: changes.switch(schedule, lane, is_on=False, by=By("ann", "c1", "bad feed")))


def set_aside() -> World:
    """The store refused the hour's record."""
    world = small()
    world.schedule.aside[HOUR] = "too large"
    return world


def running(world: World, job: str = HOUR) -> World:
    """A worker has the job."""
    world.claim(world.related(job).uow_id)
    world.settle()
    return world


def failed() -> World:
    """The hour's first attempt failed."""
    world = small()
    world.work(UowState.INVALID, most=1)
    return world


def given_up() -> World:
    """The hour failed, and its life support is over."""
    world = collector_forgot()
    world.tick(4_000.0)
    world.settle(collect=True)
    return world


def held() -> World:
    """Two hours are held before they were due."""
    world = small("2013013020")
    put(
        world,
        order(
            DirectiveKind.HOLD, reason="bad feed", process_name="MainHourly",
            from_timeperiod="2013013020", to_timeperiod="2013013021", until=REAL + 600.0,
        ),
    )  # fmt: skip
    world.go_to("2013013022")
    return world


def skipped_upstream() -> World:
    """The hour was canceled; the report, which depends on it, is skipped with it."""
    world = small()
    world.apply("cancel", HOUR)
    return world


def pooled(concurrency: int = 2) -> World:
    """Some hours want the only place of a pool; the first one has it."""
    main = replace(spec("MainHourly", "Main", concurrency=concurrency), work=Work(run="jobs:run", pool="db"))
    context: ProcessContext = replace(context_of(main), pools={"db": 1})
    world = World(context)
    world.go_to("2013013023" if concurrency == 2 else "2013013103")
    return running(world)


def in_batch(*, paused: bool = False) -> World:
    """Two hours are reprocessed in a batch that runs one at a time."""
    world = small("2013013023", concurrency=4)
    world.work()
    world.apply("reprocess", f"{HOUR}..2013013021", max_parallel=1)
    if paused:
        world.apply("batch pause", "p1")
    return world


def asks_its_source() -> World:
    """A live hour of a recomputing process, whose data source has not answered."""
    machine = spec("MainHourly", "Main", state_machine=MachineKind.RECOMPUTING, source="flights")
    world = World(context_of(machine))
    world.use_source()
    world.settle()
    return world


def about_to_start() -> World:
    """The process is switched on this moment, and nobody has looked at it since."""
    world = World(context_of(spec("MainHourly", "Main", is_on=False)))
    world.go_to("2013013022")
    world.lane("MainHourly").is_on = True
    return world


def sealed() -> World:
    """The day is over and sealed."""
    world = small("2013013101")
    world.work()
    put(
        world,
        order(
            DirectiveKind.SEAL, reason="signed off", tree_name="Main",
            from_timeperiod="2013013000", to_timeperiod="2013013023",
        ),
    )  # fmt: skip
    return world


def without_counterpart() -> World:
    """A month depends on a tree that has no months."""
    context = context_of(
        spec("MainHourly", "Main"),
        spec("ReportMonthly", "Report", blocking_type=BlockingType.DEPENDENCIES),
        dependent_on={"Report": ("Main",)},
    )
    return World(context)


def drained() -> World:
    """Everything is held before anything was due."""
    world = small("2013013020")
    put(world, order(DirectiveKind.HOLD, reason="maintenance"))
    world.go_to("2013013022")
    return world


def failed_and_held() -> World:
    """The hour failed, and is held before its next attempt."""
    world = failed()
    put(world, order(DirectiveKind.HOLD, process_name="MainHourly"))
    return world


def switched_off() -> World:
    """The process was switched off before the hour was due."""
    world = small("2013013020")
    switch_off(world, "MainHourly")
    world.go_to("2013013022")
    return world


def collector_forgot() -> World:
    """The hour failed, and waits in no queue: as after a restart."""
    world = failed()
    world.schedule.queues.flush()
    return world


def being_stopped() -> World:
    """The hour is reprocessed while it runs."""
    world = running(small())
    world.apply("reprocess", HOUR)
    return world


def finished() -> World:
    """The hour is processed."""
    world = small()
    world.work(most=1)
    return world


SCENES: Final[dict[Code, Callable[[], Scene]]] = {
    Code.STORE_DOWN: lambda: Scene(small(), around=AROUND._replace(store_problem="the disk is full", store_since=REAL)),
    Code.CLOCK_BEFORE_START: lambda: Scene(small(), "MainHourly@2013013019"),
    Code.SET_ASIDE: lambda: Scene(set_aside()),
    Code.GAVE_UP: lambda: Scene(given_up()),
    Code.FAILED: lambda: Scene(failed_and_held()),
    Code.DRAINING: lambda: Scene(drained()),
    Code.HELD: lambda: Scene(held()),
    Code.INACTIVE_PROCESS: lambda: Scene(switched_off()),
    Code.RETRY_WAIT: lambda: Scene(failed()),
    Code.COLLECTOR_WAIT: lambda: Scene(collector_forgot()),
    Code.BROKER_DOWN: lambda: Scene(small(), around=AROUND._replace(broker_problem="refused", broker_since=REAL)),
    Code.QUEUED_NO_WORKER: lambda: Scene(small(), around=Around()),
    Code.LIMIT_POOL: lambda: Scene(pooled(), NEXT),
    Code.QUEUED_BEHIND: lambda: Scene(running(small("2013013023", concurrency=2)), NEXT, Around(boxes=(("box", 1),))),
    Code.STOPPING: lambda: Scene(being_stopped()),
    Code.RUNNING: lambda: Scene(running(small())),
    Code.NOT_DUE: lambda: Scene(small(), "MainHourly@2013013022"),
    Code.UPSTREAM_SKIPPED: lambda: Scene(skipped_upstream(), REPORT),
    Code.BLOCKED_CHILDREN: lambda: Scene(small("2013013101"), DAY),
    Code.BLOCKED_DEPENDENCY: lambda: Scene(small(), REPORT),
    Code.OWN_PAST: lambda: Scene(small("2013013023"), NEXT),
    Code.LIMIT_BATCH: lambda: Scene(in_batch(), NEXT),
    Code.LIMIT_PROCESS: lambda: Scene(small("2013013101", concurrency=2), "MainHourly@2013013022"),
    Code.SOURCE_WAIT: lambda: Scene(asks_its_source()),
    Code.STARTING: lambda: Scene(about_to_start()),
    Code.DONE: lambda: Scene(finished()),
    Code.SEALED: lambda: Scene(sealed()),
    Code.NO_COUNTERPART: lambda: Scene(without_counterpart(), "ReportMonthly@2013010000"),
}
"""Every code has its scene."""
