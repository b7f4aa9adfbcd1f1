from __future__ import annotations

from typing import get_args

import pytest

from synergy.core.wishes import Verb
from synergy.tui.model.forms import form_of, hold_form, job_form, wider
from tests.tui.fake_daemon import TREES, FakeDeployment

VERBS: tuple[Verb, ...] = get_args(Verb)
DEPLOYMENT = FakeDeployment()
PROCESSES = [DEPLOYMENT.process(name) for names in TREES.values() for name in names]
TREE_ROWS = [DEPLOYMENT.tree(name) for name in TREES]


def values(target: str) -> list[str]:
    return [option.value for option in wider(target, PROCESSES, TREE_ROWS)]


def test_a_job_can_be_widened_to_all_that_it_is_part_of() -> None:
    hour, day = "FlightsHourly@2013030514", "FlightsDaily@2013030500"
    assert values(hour) == [hour, f"{hour}..", "FlightsHourly", "Flights"]
    assert values(day) == [day, f"{day}..", "Flights@2013030500", "FlightsDaily", "Flights"]


def test_an_hour_is_not_widened_to_what_could_be_read_as_a_day() -> None:
    assert "Flights@2013030500" not in values("FlightsHourly@2013030500")


def test_a_range_is_widened_to_its_process_and_tree() -> None:
    jobs = "FlightsDaily@2013030100..2013030500"
    assert values(jobs) == [jobs, "FlightsDaily", "Flights"]
    assert values("FlightsDaily") == ["FlightsDaily", "Flights"]


def test_a_tree_and_what_is_unknown_stay_what_they_are() -> None:
    assert values("Flights") == ["Flights"]
    assert values("Flights@2013030500") == ["Flights@2013030500"]
    assert values("Nothing") == ["Nothing"]


def test_several_targets_are_not_widened() -> None:
    form = hold_form(("A@1", "A@2"), PROCESSES, TREE_ROWS)
    assert [field.name for field in form.fields] == ["until", "reason"]
    assert form.targets_of({"until": ""}) == ("A@1", "A@2")


def test_what_was_chosen_is_acted_on() -> None:
    form = hold_form(("FlightsHourly@2013030514",), PROCESSES, TREE_ROWS)
    assert form.targets_of({"what": "Flights"}) == ("Flights",)


@pytest.mark.parametrize(
    ("given", "chosen"),
    [("self", "self"), ("dependents ancestors", "ancestors dependents"), ("ancestors self", "ancestors"), ("", "")],
)
def test_a_reach_that_flags_gave_is_chosen_in_the_form_whatever_its_order(given: str, chosen: str) -> None:
    reach = job_form("reprocess", ("A@1",)).filled({"reach": given}).fields[0]
    assert reach.value == chosen
    assert reach.value in [option.value for option in reach.options]


def test_each_verb_asks_for_what_it_takes() -> None:
    fields = {verb: {field.name for field in form.fields} for verb in VERBS if (form := form_of(verb, ("A@1",), {}))}
    scope = {"reach", "depth", "exclude"}
    assert fields == {
        "reprocess": scope | {"only", "max_parallel", "reason"},
        "skip": scope | {"only", "reason"},
        "cancel": {"only", "reason"},
        "force": {"only", "reason"},
        "mark": {"to", "only", "reason"},
        "hold": {"until", "reason"},
        "drain": {"until", "reason"},
        "cursor": {"to", "reason"},
    }
