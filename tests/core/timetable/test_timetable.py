"""The edges between columns, by arithmetic."""

from __future__ import annotations

import pytest

from synergy.core import timeperiods
from synergy.core.context import ManagedSpec
from synergy.core.errors import InvalidArgument, NotFound
from synergy.core.records import JobKey
from synergy.core.timeperiods import Qualifier
from synergy.core.timetable.timetable import Inputs, Node, Timetable
from tests.core.engine.contexts import context_of, spec

WHOLE = (
    spec("MainMonthly", "Main"),
    spec("MainDaily", "Main"),
    spec("MainHourly", "Main", time_grouping=8),
    spec("ReportDaily", "Report"),
    spec("ReportHourly", "Report"),
)


def timetable(
    *specs: ManagedSpec, start: str = "2013013020", end: str | None = "2013020203", now: str = "2013020200"
) -> Timetable:
    made = Timetable(context_of(*(specs or WHOLE), dependent_on={"Report": ("Main",)}), start, end)
    made.grow(timeperiods.start_of(Qualifier.HOURLY, timeperiods.ordinal_of(Qualifier.HOURLY, now)))
    return made


def node(it: Timetable, name: str) -> Node:
    process_name, _, timeperiod = name.partition("@")
    return it.node(JobKey(process_name, timeperiod))


def names(it: Timetable, nodes: object) -> list[str]:
    assert not isinstance(nodes, Inputs)
    return [str(it.key(one)) for one in nodes]  # type: ignore[attr-defined] # any iterable of nodes


def test_columns_begin_with_the_period_that_holds_the_start_and_end_before_the_end() -> None:
    it = timetable(now="2014010100")

    assert [it.bounds(number) for number in range(5)] == [
        "2013010000..2013020000", "2013013000..2013020200", "2013013020..2013020202",
        "2013013000..2013020200", "2013013020..2013020202",
    ]  # fmt: skip


def test_an_unknown_process_is_answered_with_the_one_that_was_meant() -> None:
    with pytest.raises(NotFound, match='process "MainHurly" is unknown; did you mean "MainHourly"'):
        node(timetable(), "MainHurly@2013013020")
    with pytest.raises(NotFound, match='did you mean "MainDaily"'):
        timetable().nodes_between("maindaily", "2013013000", "2013013000")


def test_a_tree_is_no_process_and_its_processes_are_named() -> None:
    with pytest.raises(NotFound, match="Main is a tree; name one of its processes: MainMonthly, MainDaily, MainHourly"):
        node(timetable(), "Main@2013013020")


def test_a_range_of_one_period_is_named_once() -> None:
    with pytest.raises(NotFound, match=r"MainDaily@2012010100 is not in the timetable; its periods are 2013013000\.\."):
        timetable().nodes_between("MainDaily", "2012010100", "2012010100")
    with pytest.raises(NotFound, match=r"MainDaily@2012010100\.\.2012010200 is not in the timetable"):
        timetable().nodes_between("MainDaily", "2012010100", "2012010200")


def test_an_end_at_midnight_leaves_the_next_day_out() -> None:
    assert timetable(end="2013020200", now="2014010100").bounds(1) == "2013013000..2013020100"


def test_before_its_start_a_timetable_has_no_periods() -> None:
    it = timetable(now="2012010100", end=None)

    assert it.bounds(0) == "none yet"
    with pytest.raises(NotFound, match="none yet"):
        node(it, "MainHourly@2013013020")


def test_growing_tells_which_processes_have_new_periods() -> None:
    it = timetable()

    assert it.grow(timeperiods.start_of(Qualifier.HOURLY, timeperiods.ordinal_of(Qualifier.HOURLY, "2013020201"))) == [
        2,
        4,
    ]


def test_parents_and_children_are_each_others() -> None:
    it = timetable()
    day = node(it, "MainDaily@2013013100")

    assert it.parent(day) == node(it, "MainMonthly@2013010000")
    assert it.parent(node(it, "MainMonthly@2013010000")) is None
    children = it.children(day)
    assert children is not None
    assert names(it, it.nodes_of(children)) == [f"MainHourly@20130131{hour}" for hour in ("08", "16", "23")]
    assert it.children(node(it, "MainHourly@2013013108")) is None
    assert it.parent(node(it, "MainHourly@2013013023")) == node(it, "MainDaily@2013013000")


def test_a_process_is_built_on_its_children_and_its_counterparts() -> None:
    it = timetable()

    assert [spec.process_name for number, spec in enumerate(it.specs) if it.has_inputs(number)] == [
        "MainMonthly", "MainDaily", "ReportDaily", "ReportHourly"
    ]  # fmt: skip


def test_the_parent_of_a_period_in_a_grouped_process_is_the_checkpoint_that_covers_it() -> None:
    it = timetable(spec("MainMonthly", "Main"), spec("MainDaily", "Main", time_grouping=10), spec("MainHourly", "Main"))

    assert it.parent(node(it, "MainHourly@2013013020")) == node(it, "MainDaily@2013013000")
    assert it.parent(node(it, "MainHourly@2013020103")) is None  # covered by the 10th, which is beyond the end


def test_counterparts_and_dependants_meet_at_the_checkpoint() -> None:
    it = timetable()
    hour = node(it, "ReportHourly@2013013103")

    [part] = it.counterparts(hour)
    assert names(it, it.nodes_of(part)) == ["MainHourly@2013013108"]
    covered = [f"ReportHourly@20130131{hour:02}" for hour in range(9)]
    assert names(it, it.dependants(node(it, "MainHourly@2013013108"))) == covered
    assert names(it, it.built_on_this(node(it, "MainHourly@2013013108"))) == ["MainDaily@2013013100", *covered]
    assert it.counterparts(node(it, "MainDaily@2013013100")) == []
    assert len(list(it.inputs(node(it, "ReportDaily@2013013100")))) == 2


def test_a_grouped_dependant_is_built_on_all_that_its_checkpoint_covers() -> None:
    it = timetable(spec("MainHourly", "Main"), spec("ReportHourly", "Report", time_grouping=8), now="2013020300")

    [part] = it.counterparts(node(it, "ReportHourly@2013013116"))
    assert names(it, it.nodes_of(part)) == [f"MainHourly@20130131{hour:02}" for hour in range(9, 17)]
    assert names(it, it.dependants(node(it, "MainHourly@2013013109"))) == ["ReportHourly@2013013116"]
    assert names(it, it.dependants(node(it, "MainHourly@2013020201"))) == []  # the 08 of that day never comes


def test_a_counterpart_whose_checkpoint_never_comes_holds_nobody_up() -> None:
    it = timetable(now="2013030100")

    assert it.inputs_finished(node(it, "ReportHourly@2013020201"))
    assert not it.inputs_finished(node(it, "ReportHourly@2013020101"))


def test_a_covered_period_is_named_as_its_checkpoint() -> None:
    it = timetable()

    assert str(it.key(node(it, "MainHourly@2013013022"))) == "MainHourly@2013013023"
    assert it.covered(node(it, "MainHourly@2013013022")) == range(377656 + 1, 377664)
    with pytest.raises(NotFound, match=r"its periods are 2013013020\.\."):
        node(it, "MainHourly@2013020301")


def test_periods_whose_checkpoint_is_still_to_come_or_never_comes_are_refused_by_its_name() -> None:
    it = timetable(now="2013013103")
    covered = r"is covered by MainHourly@2013013108, which is not in the timetable"

    with pytest.raises(NotFound, match=f"MainHourly@2013013102 {covered}"):
        node(it, "MainHourly@2013013102")
    with pytest.raises(NotFound, match=rf"MainHourly@2013013100\.\.2013013102 {covered}"):
        it.nodes_between("MainHourly", "2013013100", "2013013102")


@pytest.mark.parametrize(
    ("process_name", "start", "stop", "found"),
    [
        ("ReportHourly", "2013013022", "2013013100", ["2013013022", "2013013023", "2013013100"]),
        ("ReportHourly", "2013010100", "2013013021", ["2013013020", "2013013021"]),
        ("MainHourly", "2013013107", "2013013109", ["2013013108", "2013013116"]),
        ("MainHourly", "2013013120", "2013020300", ["2013013123", "2013020108", "2013020116", "2013020123"]),
    ],
)
def test_a_range_is_cut_to_the_timetable(process_name: str, start: str, stop: str, found: list[str]) -> None:
    it = timetable()

    assert [it.timeperiod(one) for one in it.nodes_between(process_name, start, stop)] == found


def test_ranges_that_name_nothing_are_refused() -> None:
    it = timetable()

    with pytest.raises(NotFound, match='"Nope" is unknown'):
        it.nodes_between("Nope", "2013013020", "2013013021")
    with pytest.raises(NotFound, match='"Nope" is unknown'):
        node(it, "Nope@2013013020")
    with pytest.raises(InvalidArgument, match="put the earlier timeperiod first"):
        it.nodes_between("MainHourly", "2013013021", "2013013020")
    with pytest.raises(NotFound, match="its periods are"):
        it.nodes_between("MainHourly", "2014013020", "2014013021")


def test_the_youngest_period_has_no_younger_sibling() -> None:
    it = timetable()

    assert it.has_younger_sibling(node(it, "MainDaily@2013020100"))
    assert not it.has_younger_sibling(node(it, "MainDaily@2013020200"))
    assert it.period_end(node(it, "MainDaily@2013013100")) == it.period_end(node(it, "ReportHourly@2013013123"))


def test_children_wholly_outside_the_timetable_are_none() -> None:
    it = timetable()

    assert names(it, it.nodes_of(Inputs(4, range(10)))) == []
