from __future__ import annotations

from synergy.core.control.replies import Plan, PlanChange, Refusal
from synergy.tui.model.listings import Style
from synergy.tui.model.plans import MANY, plan_lines, plan_table, word_to_type
from tests.tui.fake_daemon import TREES, FakeDeployment

DEPLOYMENT = FakeDeployment()
PROCESSES = [DEPLOYMENT.process(name) for names in TREES.values() for name in names]


def plan(count: int, counts: dict[str, int], **fields: object) -> Plan:
    changes = tuple(
        PlanChange("FlightsHourly", f"20130101{at:02}", "state_processed", "state_embryo", "asked")
        for at in range(count)
    )
    return Plan("p", "reprocess", changes, (), counts, ("Flights",), **fields)  # type: ignore[arg-type]


def text(made: Plan, *targets: str) -> str:
    return "\n".join("".join(part for part, _ in line) for line in plan_lines(made, targets))


def test_a_small_plan_needs_no_typing() -> None:
    assert word_to_type(plan(2, {"FlightsHourly": 2}), PROCESSES) is None
    assert word_to_type(plan(0, {}), PROCESSES) is None


def test_more_than_a_hundred_jobs_need_the_name_of_the_process_with_most() -> None:
    assert word_to_type(plan(MANY, {"FlightsHourly": MANY}), PROCESSES) is None
    assert word_to_type(plan(MANY + 1, {"FlightsDaily": 1, "FlightsHourly": MANY}), PROCESSES) == "FlightsHourly"


def test_a_whole_tree_needs_the_name_however_small_it_is() -> None:
    counts = {name: sum(DEPLOYMENT.counts([name]).values()) for name in TREES["Flights"]}
    assert word_to_type(plan(3, counts), PROCESSES) == "FlightsHourly"
    assert word_to_type(plan(3, {**counts, "FlightsHourly": 1}), PROCESSES) is None


def test_the_lines_tell_totals_kills_and_refusals() -> None:
    refused = tuple(Refusal(f"X@{at}", "illegal_state", "is noop") for at in range(5))
    told = text(plan(2, {"FlightsHourly": 2}, refused=refused), "FlightsHourly@2013010100")
    assert "reprocess FlightsHourly@2013010100: 2 jobs would change in Flights" in told
    assert "No running work is stopped." in told
    assert "refused: X@2: is noop" in told
    assert "and 2 more refused" in told
    killing = Plan("p", "cancel", (), ("u1", "u2"), {}, ())
    assert "Running work is stopped: 2: u1, u2" in text(killing, "a", "b")
    assert "cancel 2 targets: 0 jobs would change" in text(killing, "a", "b")


def test_a_refusal_names_its_job_once() -> None:
    refused = (Refusal("X@1", "illegal_state", "X@1 is noop, it cannot be skipped"),)
    assert "refused: X@1 is noop, it" in text(plan(1, {"X": 1}, refused=refused), "X@1")


def test_many_processes_are_summed_up() -> None:
    assert "and 2 more processes" in text(plan(1, {f"P{at}": at for at in range(8)}), "x")


def test_the_table_lists_every_job_with_its_cause() -> None:
    lines = plan_table(plan(1, {"FlightsHourly": 1}), Style()).lines()
    assert lines[1].split("  ") == ["FlightsHourly@2013010100", "■ processed", "· embryo", "asked"]
