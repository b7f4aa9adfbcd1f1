"""From many blocked jobs down to the few roots: the graph, the tree that is shown of it, and the fold of all jobs."""

from __future__ import annotations

from synergy.core.context import BlockingType
from synergy.core.engine.why import (
    Branch,
    Code,
    Folded,
    Graph,
    Outlook,
    Root,
    fold_in_steps,
    tree_of,
    waiting_on,
)
from synergy.core.states import UowState
from synergy.core.targets import parse_job
from synergy.core.timetable.timetable import Node
from tests.core.engine.contexts import context_of, settings_of, spec
from tests.core.engine.why_scenes import AROUND, HOUR, NEXT, ended, in_batch, running, small, switch_off
from tests.core.engine.world import World

LAST = "ReportMonthly@2013020000"


def trouble(*, concurrency: int = 1, hours: str = "2013020203") -> World:
    """Two trees over three days; the first hour failed, and waits for its retry."""
    context = context_of(
        spec("MainMonthly", "Main", blocking_type=BlockingType.CHILDREN),
        spec("MainDaily", "Main", blocking_type=BlockingType.CHILDREN),
        spec("MainHourly", "Main", concurrency=concurrency),
        spec("ReportMonthly", "Report", blocking_type=BlockingType.DEPENDENCIES),
        spec("ReportDaily", "Report", blocking_type=BlockingType.DEPENDENCIES),
        spec("ReportHourly", "Report", blocking_type=BlockingType.DEPENDENCIES),
        dependent_on={"Report": ("Main",)},
    )
    world = World(context, settings_of())
    world.go_to(hours)
    world.work(UowState.INVALID, most=1)
    return world


def node_of(world: World, job: str) -> Node:
    return world.schedule.timetable.node(parse_job(job))


def fold(graph: Graph) -> Folded:
    return ended(fold_in_steps(graph))


def graph_of(world: World, most: int = 1_000) -> Graph:
    return Graph(Outlook(world.schedule, AROUND), most)


def texts(branches: tuple[Branch, ...], depth: int = 0) -> list[str]:
    """The tree, a line a condition."""
    lines = []
    for branch in branches:
        again = " again" if branch.again else ""
        more = f" +{branch.more}" if branch.more else ""
        lines.append(f"{'  ' * depth}{branch.told.job} {branch.told.code}{again}{more}")
        lines += texts(branch.children, depth + 1)
    return lines


def test_the_farthest_job_has_the_one_root_that_all_wait_for() -> None:
    world = trouble()
    graph = graph_of(world)

    roots = graph.roots(node_of(world, LAST))

    problems = {root for root in roots if root.code.is_problem}
    assert problems == {Root(Code.RETRY_WAIT, f"{HOUR}.1")}
    assert not graph.is_cut


def test_the_tree_goes_across_trees_and_spells_each_job_out_once() -> None:
    world = trouble(hours="2013013101")

    lines = texts(tree_of(graph_of(world), node_of(world, "ReportDaily@2013013000")))

    assert lines == [
        "ReportDaily@2013013000 blocked_dependency",
        "  MainDaily@2013013000 blocked_children +3",
        f"    {HOUR} retry_wait",
    ]


def test_a_job_that_is_reached_twice_is_told_again_without_what_is_beneath_it() -> None:
    world = trouble(hours="2013013101")

    lines = texts(tree_of(graph_of(world), node_of(world, "ReportHourly@2013013023")))

    assert lines == [
        "ReportHourly@2013013023 blocked_dependency",
        "  MainHourly@2013013023 own_past",
        f"    {HOUR} retry_wait",
        "ReportHourly@2013013023 own_past",
        "  ReportHourly@2013013020 blocked_dependency",
        f"    {HOUR} retry_wait again",
    ]


def test_a_tree_that_is_too_large_counts_what_it_leaves_out() -> None:
    world = trouble(hours="2013013101")
    node = node_of(world, "ReportDaily@2013013000")
    whole = tree_of(graph_of(world), node)
    assert len(texts(whole)) == 3

    short = tree_of(graph_of(world), node, most=1)
    shallow = tree_of(graph_of(world), node, deepest=1)

    assert texts(short) == ["ReportDaily@2013013000 blocked_dependency +1"]
    assert texts(shallow) == [texts(whole)[0], "  MainDaily@2013013000 blocked_children +4"]


def test_a_graph_that_is_too_large_says_that_it_was_cut() -> None:
    world = trouble()
    graph = graph_of(world, most=5)

    graph.roots(node_of(world, LAST))

    assert graph.is_cut


def test_all_roots_of_a_job_are_found_and_those_without_a_problem_are_told_apart() -> None:
    world = trouble(concurrency=4, hours="2013013101")
    running(world, "MainHourly@2013013021")
    day = node_of(world, "MainDaily@2013013000")
    graph = graph_of(world)

    codes = {root.code: graph.told(root).job for root in graph.roots(day)}

    assert codes[Code.RETRY_WAIT] == HOUR
    assert codes[Code.RUNNING] == "MainHourly@2013013021"
    assert codes[Code.QUEUED_BEHIND].startswith("MainHourly@201301302")


def test_a_chain_of_skipped_dependencies_leads_to_its_first_one() -> None:
    world = World(
        context_of(
            spec("MainDaily", "Main"),
            spec("ReportDaily", "Report", blocking_type=BlockingType.DEPENDENCIES),
            spec("MailDaily", "Mail", blocking_type=BlockingType.DEPENDENCIES),
            dependent_on={"Report": ("Main",), "Mail": ("Report",)},
        ),
    )
    world.go_to("2013013101")
    world.apply("cancel", "MainDaily@2013013000")
    graph = graph_of(world)

    roots = graph.roots(node_of(world, "MailDaily@2013013000"))

    assert roots == {Root(Code.UPSTREAM_SKIPPED, "MainDaily@2013013000")}


def test_all_blocked_jobs_fold_into_their_root_and_the_rest_goes_on_by_itself() -> None:
    world = trouble()

    folded = fold(graph_of(world))

    retry = folded.folds[0]
    assert retry.root == Root(Code.RETRY_WAIT, f"{HOUR}.1")
    assert len(folded.folds) == 1
    assert retry.blocks == sum(retry.by_process.values()) == folded.blocked - 1
    assert retry.by_process["ReportMonthly"] == 2
    assert HOUR not in retry.examples
    assert folded.unfinished == folded.blocked + sum(folded.passing.values())
    assert set(folded.passing) <= {"not_due", "blocked_dependency"}


def test_an_inactive_process_is_one_root_for_all_its_jobs_and_counts_them() -> None:
    world = small("2013013020")
    switch_off(world, "MainHourly")
    world.go_to("2013013023")

    folded = fold(graph_of(world))

    assert [(one.root, one.by_process["MainHourly"]) for one in folded.folds] == [
        (Root(Code.INACTIVE_PROCESS, "MainHourly"), 4)
    ]


def test_a_paused_batch_keeps_its_jobs_and_one_that_is_full_goes_on_by_itself() -> None:
    paused, full = fold(graph_of(in_batch(paused=True))), fold(graph_of(in_batch()))

    assert Root(Code.LIMIT_BATCH, "p1") in {one.root for one in paused.folds}
    assert NEXT in next(one.examples for one in paused.folds if one.root.code is Code.LIMIT_BATCH)
    assert full.folds == []
    assert full.passing["limit_batch"] == 1  # not queued_behind, as the one that it waits for


def test_of_a_batch_in_a_strict_process_those_that_it_has_no_room_for_are_counted() -> None:
    world = small("2013013100")
    world.work()
    world.apply("reprocess", f"{HOUR}..2013013022", max_parallel=1)
    running(world)

    passing = fold(graph_of(world)).passing

    assert (passing["running"], passing["limit_batch"]) == (1, 2)


def test_what_runs_is_counted_apart_from_what_waits_for_its_slots() -> None:
    world = small("2013013103", concurrency=2)
    running(world)
    running(world, "MainHourly@2013013021")

    folded = fold(graph_of(world))

    assert folded.folds == []
    assert folded.passing["running"] == 2
    assert folded.passing["limit_process"] == 4


def test_without_a_problem_everything_goes_on_by_itself() -> None:
    world = small("2013013021")

    folded = fold(graph_of(world))

    assert (folded.folds, folded.blocked) == ([], 0)
    assert folded.passing == {"not_due": folded.unfinished}


def test_a_cut_graph_counts_no_job_whose_roots_it_does_not_know() -> None:
    world = trouble()
    folded = fold(graph_of(world, most=0))
    assert (folded.folds, folded.passing) == ([], {})
    assert folded.unfinished > 0


# The other direction


def test_what_waits_for_a_job_is_found_transitively_and_says_because_of_what() -> None:
    world = trouble(hours="2013013101")
    schedule = world.schedule

    found = waiting_on(schedule, node_of(world, HOUR))

    key = schedule.timetable.key
    told = {str(key(waiting.node)): f"{key(waiting.on)} is {waiting.edge}" for waiting in found}
    assert told["MainDaily@2013013000"] == f"{HOUR} is its child"
    assert told["ReportHourly@2013013020"] == f"{HOUR} is its dependency"
    assert told["MainHourly@2013013021"] == f"{HOUR} is before it"
    assert told["ReportMonthly@2013010000"] == "MainMonthly@2013010000 is its dependency"
    assert len(told) == len(found)
    assert HOUR not in told
    nearest = [str(schedule.timetable.key(waiting.node)) for waiting in found[:2]]
    assert nearest == ["MainDaily@2013013000", "ReportHourly@2013013020"]


def test_later_periods_of_a_wide_process_do_not_wait_and_nothing_waits_for_a_finished_job() -> None:
    world = trouble(concurrency=4, hours="2013013101")
    schedule = world.schedule
    names = {str(schedule.timetable.key(waiting.node)) for waiting in waiting_on(schedule, node_of(world, HOUR))}
    assert "MainHourly@2013013021" not in names
    assert "MainDaily@2013013000" in names

    world.apply("skip", HOUR)

    assert waiting_on(schedule, node_of(world, HOUR)) == []


def test_an_earlier_job_that_waits_by_a_detour_has_its_later_periods_counted_once() -> None:
    world = trouble()
    schedule = world.schedule

    found = waiting_on(schedule, node_of(world, "MainHourly@2013020100"))

    nodes = [waiting.node for waiting in found]
    assert len(set(nodes)) == len(nodes)
    assert node_of(world, "ReportDaily@2013020200") in nodes
    assert node_of(world, HOUR) not in nodes


def test_between_the_steps_of_a_fold_the_schedule_may_go_on() -> None:
    world = trouble()
    graph = graph_of(world)
    steps = fold_in_steps(graph, periods=2)
    next(steps)
    retry = Root(Code.RETRY_WAIT, f"{HOUR}.1")
    told = graph.told_now(retry, Outlook(world.schedule, AROUND))
    assert told == graph.told(retry)

    world.tick(16 * 60.0)
    world.work()

    assert retry in {one.root for one in ended(steps).folds}
    assert graph.told_now(retry, Outlook(world.schedule, AROUND)) is None
