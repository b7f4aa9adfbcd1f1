from __future__ import annotations

from synergy.tui.model.forms import hold_form, wider
from tests.tui.fake_daemon import TREES, FakeDeployment

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
