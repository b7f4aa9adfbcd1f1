from __future__ import annotations

from synergy.tui.model.trail import HOME, Place, Trail

JOB = Place("job", "FlightsDaily@2013010100")
LOG = Place("log", "FlightsDaily@2013010100")


def test_going_in_and_back_is_a_stack() -> None:
    trail = Trail().go(JOB).go(LOG)
    assert trail.breadcrumb() == "overview › FlightsDaily@2013010100 › log FlightsDaily@2013010100"
    assert trail.back().here == JOB
    assert trail.back().back().here == HOME
    assert trail.back().back().back().here == HOME


def test_going_to_a_place_on_the_way_goes_back_to_it() -> None:
    trail = Trail().go(JOB).go(LOG).go(JOB)
    assert trail.places == (HOME, JOB)
    assert trail.go(JOB) is trail


def test_a_jump_starts_from_home() -> None:
    assert Trail().go(JOB).go(LOG).jump(Place("uows")).places == (HOME, Place("uows"))
    assert Trail().go(JOB).jump(HOME).places == (HOME,)


def test_last_view_goes_back_and_forth() -> None:
    trail = Trail().jump(Place("uows")).jump(Place("timetable"))
    there = trail.last()
    assert there.here == Place("uows")
    assert there.last().here == Place("timetable")
    assert Trail().last() == Trail()


def test_a_breadcrumb_that_is_too_long_keeps_where_one_is() -> None:
    trail = Trail().go(Place("timetable")).go(Place("job", "FlightsHourly@2013021018"))
    assert trail.breadcrumb(" > ", 80) == "overview > timetable > FlightsHourly@2013021018"
    assert trail.breadcrumb(" > ", 40) == "… > timetable > FlightsHourly@2013021018"
    assert trail.breadcrumb(" > ", 30) == "… > FlightsHourly@2013021018"
