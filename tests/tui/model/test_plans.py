from __future__ import annotations

from datetime import timedelta, timezone

import pytest

from synergy.core.control.replies import Directive, Level, Plan, PlanChange, Refusal, Undone
from synergy.tui.model.listings import Style
from synergy.tui.model.plans import MANY, button_labels, difference, does_anything, plan_lines, plan_table, word_to_type
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
    return "\n".join("".join(part for part, _ in line) for line in plan_lines(made, targets, Style()))


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


def test_what_would_wait_for_an_operator_is_told() -> None:
    told = text(
        plan(8, {"FlightsHourly": 8}, obstacles=tuple(f"1 job would wait: {name} is off" for name in "ABCDEFGHI"))
    )
    assert "1 job would wait: A is off." in told
    assert "I is off" not in told
    assert "more" in told


def test_the_lines_tell_totals_kills_and_refusals() -> None:
    refused = tuple(Refusal(f"X@{at}", "illegal_state", "is noop") for at in range(5))
    told = text(plan(2, {"FlightsHourly": 2}, refused=refused), "FlightsHourly@2013010100")
    assert "reprocess FlightsHourly@2013010100: 2 jobs would change in Flights" in told
    assert "No running work is stopped." in told
    assert "refused: X@2: is noop" in told
    assert "and 2 more refused" in told
    killing = Plan("p", "cancel", (), ("u1", "u2"), {}, ())
    assert "Running work is stopped (2): u1, u2" in text(killing, "a", "b")
    assert "cancel 2 targets: 0 jobs would change" in text(killing, "a", "b")


def test_an_undo_says_which_change_it_takes_back() -> None:
    made = Plan("p", "undo", (), (), {}, (), undoes=Undone("p-0", "drain", (), "root", "2026-11-26T13:47:38.120Z"))
    assert text(made) == "undo of drain (plan p-0, by root, 2026-11-26 13:47:38): 0 jobs would change"
    assert "15:47:38" in "".join(part for part, _ in plan_lines(made, (), Style(zone=timezone(timedelta(hours=2))))[0])


def test_a_refusal_names_its_job_once() -> None:
    refused = (Refusal("X@1", "illegal_state", "X@1 is noop, it cannot be skipped"),)
    assert "refused: X@1 is noop, it" in text(plan(1, {"X": 1}, refused=refused), "X@1")


def test_many_processes_are_summed_up() -> None:
    told = text(plan(1, {f"P{at}": at for at in range(8)}), "x")
    assert "P7 7 jobs   P6 6 jobs" in told
    assert "and 2 more processes" in told
    assert "FlightsHourly 1 job" in text(plan(1, {"FlightsHourly": 1}), "x")


def test_the_table_lists_every_job_with_its_cause() -> None:
    lines = plan_table(plan(1, {"FlightsHourly": 1}), Style()).lines()
    assert lines[1].split("  ") == ["FlightsHourly@2013010100", "■ processed", "· embryo", "asked"]


def order(verb: str, *reaches: str, lifted: str | None = None, **fields: object) -> Plan:
    directives = tuple(Directive("", "hold", reach, "olga", None, lifted=lifted) for reach in reaches)
    return Plan("p", verb, (), (), {}, (), directives=directives, **fields)  # type: ignore[arg-type]


def test_levels_tell_what_each_costs_and_what_never_ran() -> None:
    levels = (Level("Flights", "FlightsHourly", "hourly", 24, 10.0, 80.0, 3), Level("Flights", "X", "daily", 1))
    told = text(plan(2, {"FlightsHourly": 2}, levels=levels, seconds=80.0), "A@1")
    assert "about 1m 20s by the last runs" in told
    assert "FlightsHourly     24 jobs       10s each   1m 20s in all, 3 at once" in told
    assert "X                   1 job      never ran" in told


def test_what_warns_comes_before_what_only_tells() -> None:
    levels = (Level("Flights", "FlightsHourly", "hourly", 24, 10.0, 240.0),)
    made = plan(
        2, {"FlightsHourly": 2}, levels=levels, at_risk=("D@1",), sealed=("S@1", "S@2", "S@3", "S@4"), kept=1,
        overtaken=("A@1 has been started",), lost=("a", "b", "c", "d"),
    )  # fmt: skip
    told = text(made, "A@1").split("\n")
    assert told[2:5] == [
        "  Deadlines at risk: D@1",
        "  Sealed (4): S@1, S@2, S@3 …",
        "  1 finished job built on them stays as it is.",
    ]
    assert told[5] == "  stays as it is: A@1 has been started"
    assert told[9] == "  … and 1 more"
    assert told[-1].startswith("  FlightsHourly")


def test_an_order_tells_what_is_set_or_lifted_and_how_many_jobs_it_is_about() -> None:
    told = text(order("hold", "Flights", affects=(("FlightsHourly", 3), ("FlightsDaily", 1))), "Flights")
    assert "hold Flights: 1 order would be set, no job changes" in told
    assert "about 4 unfinished jobs now: FlightsHourly 3, FlightsDaily 1" in told
    assert "1 order would be lifted" in text(order("release", "Flights", lifted="2026-11-23T10:00:00Z"), "h1")
    assert "and 2 more" in text(order("hold", *(f"P{at}" for at in range(8))))


def test_an_order_about_a_whole_tree_or_everything_needs_its_name_but_lifting_it_does_not() -> None:
    many = (("FlightsHourly", MANY + 1),)
    assert word_to_type(order("hold", "Flights"), PROCESSES) == "Flights"
    assert word_to_type(order("drain", "everything"), PROCESSES) == "drain"
    assert word_to_type(order("hold", "FlightsHourly", affects=many), PROCESSES) == "FlightsHourly"
    assert word_to_type(order("hold", "FlightsHourly"), PROCESSES) is None
    assert word_to_type(order("release", "Flights", affects=many), PROCESSES) is None
    assert word_to_type(order("batch pause", "120 jobs", affects=many), PROCESSES) is None


def test_a_new_plan_is_told_apart_from_the_one_before() -> None:
    assert "the same jobs" in difference(plan(2, {}), plan(2, {}))
    assert "2 more, compared" in difference(plan(1, {}), plan(3, {}))
    assert "1 fewer, compared" in difference(plan(3, {}), plan(2, {}))


def test_there_is_something_to_agree_to_when_anything_would_be_done() -> None:
    assert not does_anything(plan(0, {}))
    assert does_anything(plan(1, {}))
    assert does_anything(order("hold", "Flights"))
    assert does_anything(Plan("p", "cancel", (), ("u1",), {}, ()))


@pytest.mark.parametrize("verb", ["reprocess", "skip", "cancel", "undo", "batch cancel", "seal"])
def test_the_buttons_never_say_the_same(verb: str) -> None:
    leave, agree = button_labels(verb)
    assert leave.lower() != agree.lower()
    assert verb.rsplit(maxsplit=1)[-1] in agree.lower()
