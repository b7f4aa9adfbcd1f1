"""One job of a kind answers for all: that is never told from having asked every one of them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synergy.core.context import BlockingType
from synergy.core.engine.schedule import Schedule
from synergy.core.engine.why import Around, Folded, Graph, Outlook, fold_in_steps, kinds, tree_of
from synergy.core.engine.why.kinds import Kinds
from synergy.core.engine.why.lane_kinds import Kind
from synergy.core.states import JobState
from synergy.core.targets import parse_job
from synergy.core.timetable.timetable import Node
from tests.core.engine.contexts import context_of, settings_of, spec
from tests.core.engine.plain_why import PlainGraph, plain_fold
from tests.core.engine.random_schedules import random_schedule
from tests.core.engine.test_histories import FIRST_SEED, SEEDS, History
from tests.core.engine.why_scenes import AROUND, HOUR, SCENES, Scene, ended, finished, small, switch_off
from tests.core.engine.world import World

LOOKS: Final = 15
"""So often the answer is asked for while a history goes on."""


def in_order(folded: Folded) -> object:
    """All of the answer: what is told first and what later, too."""
    folds = [(*fold, list(fold.by_process)) for fold in folded.folds]
    return folds, folded.unfinished, folded.blocked, list(folded.passing.items())


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """These timetables are short."""
    monkeypatch.setattr(kinds, "_MANY", 3)


def check(schedule: Schedule, around: Around, random: Random) -> None:
    """Of all jobs, and of one."""
    graph, plain = Graph(Outlook(schedule, around)), PlainGraph(Outlook(schedule, around))
    folded = ended(fold_in_steps(graph, random.choice((1, 5, 1_000))))
    assert in_order(folded) == in_order(plain_fold(plain))
    assert graph.found_at == plain.found_at
    assert not graph.is_cut
    lane = random.choice([lane for lane in schedule.lanes if lane.column.states])
    periods = [at for at in range(lane.column.first, lane.column.end) if lane.column.is_checkpoint(at)]
    if periods:
        check_one(schedule, around, Node(lane.number, random.choice(periods)))


def check_one(schedule: Schedule, around: Around, node: Node) -> None:
    graph, plain = Graph(Outlook(schedule, around)), PlainGraph(Outlook(schedule, around))
    assert graph.roots(node) == plain.roots(node)
    assert graph.found_at == plain.found_at
    assert tree_of(graph, node) == tree_of(cast("Graph", plain), node)


def check_cut(schedule: Schedule, around: Around, most: int) -> None:
    """What is told when no more jobs may be asked is so, though it may not be all."""
    graph, plain = Graph(Outlook(schedule, around), most), PlainGraph(Outlook(schedule, around))
    part, whole = ended(fold_in_steps(graph)), plain_fold(plain)
    blocks = {fold.root: fold.blocks for fold in whole.folds}
    assert all(fold.blocks <= blocks[fold.root] for fold in part.folds)
    assert part.unfinished == whole.unfinished
    assert graph.is_cut or in_order(part) == in_order(whole)


def around(random: Random) -> Around:
    """Boxes that are there or not, full or not; a broker and a store that are up, mostly."""
    return Around(
        store_problem=random.choice((None, None, None, "down")),
        broker_problem=random.choice((None, None, None, "down")),
        boxes=random.choice(((), (("box", 1),), (("box", 50),))),
    )


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + SEEDS))
def test_whatever_has_happened_kinds_answer_as_every_job_would(seed: int) -> None:
    history = History(seed, redefines=False)
    history.world.settle()
    for _ in range(LOOKS):
        for _ in range(history.random.choice((1, 5, 15))):
            history.step()
        check(history.world.schedule, around(history.random), history.random)


@given(seed=st.integers(0, 1 << 32))
@settings(max_examples=5 * SEEDS, deadline=None)
def test_of_any_schedule_kinds_answer_as_every_job_would(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a test's seed
    schedule, surroundings = random_schedule(random), around(random)
    check(schedule, surroundings, random)
    check_cut(schedule, surroundings, random.randrange(30))


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_in_every_scene_kinds_answer_as_every_job_would(scene: Callable[[], Scene]) -> None:
    asked = scene()
    check(asked.world.schedule, asked.around, Random(1))  # noqa: S311 - a test's seed


def test_of_jobs_that_are_alike_one_is_asked() -> None:
    world = small("2013013020", concurrency=1)
    switch_off(world, "MainHourly")
    world.go_to("2013020203")
    graph = Graph(Outlook(world.schedule, AROUND), most=10)

    folded = ended(fold_in_steps(graph))

    assert folded.folds[0].by_process == {"MainDaily": 4, "MainHourly": 55, "ReportHourly": 55}
    assert not graph.is_cut


def test_a_report_that_one_of_its_hours_is_skipped_for_is_like_no_other() -> None:
    """Reports of three hours each: all wait for hours of one kind, and one of them for a skipped one as well."""
    hours = spec("MainHourly", "Main", is_on=False)
    reports = spec("ReportHourly", "Report", blocking_type=BlockingType.DEPENDENCIES, time_grouping=3, concurrency=9)
    world = World(context_of(hours, reports, dependent_on={"Report": ("Main",)}), settings_of())
    world.go_to("2013020203")
    world.lane("MainHourly").column.put(
        world.schedule.timetable.node(parse_job("MainHourly@2013013111")).ordinal, JobState.SKIPPED
    )

    check(world.schedule, AROUND, Random(1))  # noqa: S311 - a test's seed
    nodes = [world.schedule.timetable.node(parse_job(f"ReportHourly@20130131{hour}")) for hour in ("09", "12", "15")]
    kinds_now = Kinds(Outlook(world.schedule, AROUND))
    assert [kinds_now.of(node) == node for node in nodes] == [False, True, False]
    assert kinds_now.of(nodes[0]) is kinds_now.of(nodes[2])


def test_a_finished_job_answers_for_itself_alone() -> None:
    world = finished()
    switch_off(world, "MainHourly")
    finished_one, next_one = (world.schedule.timetable.node(parse_job(job)) for job in (HOUR, "MainHourly@2013013022"))

    kinds_now = Kinds(Outlook(world.schedule, AROUND))

    assert kinds_now.of(finished_one) == finished_one
    assert isinstance(kinds_now.of(next_one), Kind)
