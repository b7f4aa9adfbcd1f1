"""A plan of faults is drawn from its seed alone, and keeps its hands off what it already holds."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import pytest

from tests.campaign.chaos.acts import INSIDE
from tests.campaign.chaos.operator import some_change, some_hold, stamp
from tests.campaign.chaos.outside import OUTSIDE
from tests.campaign.chaos.plan import BACKENDS, Fault, plan_faults

HOUR = 3600.0


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_same_seed_gives_the_same_faults_and_another_one_others(backend: str) -> None:
    assert plan_faults(7, 100.0, backend) == plan_faults(7, 100.0, backend)
    assert plan_faults(7, 100.0, backend) != plan_faults(8, 100.0, backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_hour_has_more_than_a_thousand_faults_and_every_kind_often(backend: str) -> None:
    found: dict[str, int] = defaultdict(int)
    for fault in plan_faults(1, HOUR, backend):
        found[fault.kind] += 1
    assert sum(found.values()) > 1_000
    assert min(found.values()) >= 5
    wanted = {"kill -9 daemon", "freeze supervisor", "kill -9 child", "fill disk", "step clock", "operator"}
    assert wanted <= found.keys()


def test_on_servers_they_are_hit_too_and_a_file_is_only_locked_where_there_is_one() -> None:
    kinds = {backend: {fault.kind for fault in plan_faults(1, HOUR, backend)} for backend in BACKENDS}
    assert {"kill -9 broker", "freeze store", "hold wires of box-2"} <= kinds["mongodb+rabbitmq"] - kinds["embedded"]
    assert "lock store" in kinds["embedded"] - kinds["mongodb+rabbitmq"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_faults_come_in_order_are_over_in_time_and_never_hold_the_same_resource(backend: str) -> None:
    faults = plan_faults(3, HOUR, backend)
    assert list(faults) == sorted(faults, key=lambda fault: fault.at)
    assert max(fault.at + fault.seconds for fault in faults) <= HOUR
    by_resource: dict[str, list[Fault]] = defaultdict(list)
    for fault in faults:
        by_resource[fault.resource].append(fault)
    for held in by_resource.values():
        assert all(earlier.at + earlier.seconds <= later.at for earlier, later in pairwise(held))


def test_while_a_clock_is_wrong_no_daemon_is_begun_by_it() -> None:
    """A replay is anchored to the wall clock: begun two hours ahead, a year of work would fall due at once."""
    faults = plan_faults(3, HOUR, "embedded")
    steps = [fault for fault in faults if fault.kind == "step clock"]
    ends = [fault for fault in faults if fault.resource == "daemon"]
    assert steps
    for step in steps:
        assert not [one for one in ends if step.at <= one.at <= step.at + step.seconds]


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_kind_can_be_done(backend: str) -> None:
    assert {fault.kind for fault in plan_faults(1, HOUR, backend)} <= INSIDE.keys() | OUTSIDE.keys()


def test_a_backend_that_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match=r'backend "sqlite" is none of embedded, mongodb\+rabbitmq'):
        plan_faults(1, 10.0, "sqlite")


def test_an_operator_asks_for_all_sorts_of_changes_of_the_latest_hours() -> None:
    changes = [some_change(draw, 50.5, ["p1"]) for draw in range(500)]
    assert {words[0] for words in changes} == {"reprocess", "skip", "cancel", "undo", "batch"}
    assert any("--max-parallel" in words for words in changes)
    assert some_change(4, 50.5, []) == some_change(4, 50.5, [])
    assert all(words[0] != "batch" for words in (some_change(draw, 50.5, []) for draw in range(200)))
    assert {some_hold(draw, 50.5) for draw in range(100)} == {
        "Calls", "Commands", "Calls@2013010302..2013010305", "Commands@2013010302.."
    }  # fmt: skip


def test_hours_are_counted_from_the_first_timeperiod() -> None:
    assert [stamp(hours) for hours in (-1, 0, 1, 24, 8760)] == [
        "2013010100", "2013010100", "2013010101", "2013010200", "2014010100"
    ]  # fmt: skip
