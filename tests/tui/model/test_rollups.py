"""Rolled-up cells: events make them worse in place; whether they got better only the daemon knows."""

from __future__ import annotations

from synergy.core.control.events import JobChanged
from synergy.core.control.replies import RollUp, RollUpRow
from synergy.core.timeperiods import Qualifier, ordinal_of
from synergy.tui.model.grid_cache import GridCache
from synergy.tui.model.rollups import CHUNK, Stretch
from synergy.tui.model.zoom import Bounds

DAY = ordinal_of(Qualifier.DAILY, "2013010200")
BOUNDS = Bounds(DAY, DAY + 2)
WHOLE = Stretch(Qualifier.DAILY, DAY, 3, whole=True)


def reply(cells: str, seq: int = 0, at: str = "2013010200") -> RollUp:
    return RollUp(seq, "daily", at, at, (RollUpRow("Hourly", "Main", cells, {}),))


def change(timeperiod: str, cell: str, old_state: str = "state_processed") -> JobChanged:
    return JobChanged("Hourly", timeperiod, old_state, "", cell)


def held(cells: str) -> GridCache:
    cache = GridCache()
    cache.know({"Hourly": Qualifier.HOURLY})
    cache.store_rollup(WHOLE, reply(cells))
    return cache


def shown(cache: GridCache) -> str:
    return cache.rollups.cells("Hourly", Qualifier.DAILY, DAY - 1, 5)


def missing(cache: GridCache) -> list[Stretch]:
    return cache.rollups.missing(Qualifier.DAILY, DAY - 9, DAY + 9, BOUNDS)


def test_a_chunk_is_asked_for_as_far_as_there_are_periods_and_only_once() -> None:
    empty = GridCache()
    empty.know({"Hourly": Qualifier.HOURLY})
    assert missing(empty) == [WHOLE]
    assert shown(empty) == "?????"
    cache = held("330")
    assert missing(cache) == []
    assert shown(cache) == " 330 "


def test_a_worse_state_is_seen_at_once_and_a_like_one_changes_nothing() -> None:
    cache = held("330")
    assert cache.change(1, change("2013010205", "6"))
    assert shown(cache) == " 630 "
    assert not cache.change(2, change("2013010206", "6"))
    assert not cache.change(3, change("2013010305", "3", "state_noop"))
    assert missing(cache) == []


def test_a_cell_whose_worst_may_be_over_is_asked_for_again_alone() -> None:
    cache = held("633")
    assert not cache.change(1, change("2013010205", "3", "state_in_progress"))
    assert shown(cache) == " 633 "
    again = Stretch(Qualifier.DAILY, DAY, 1, whole=False)
    assert missing(cache) == [again]
    cache.store_rollup(again, reply("3", seq=1))
    assert (shown(cache), missing(cache)) == (" 333 ", [])


def test_a_change_that_is_newer_than_an_answer_is_not_lost() -> None:
    cache = held("333")
    cache.change(7, change("2013010205", "4"))
    cache.store_rollup(WHOLE, reply("333", seq=6))
    assert shown(cache) == " 433 "
    cache.store_rollup(WHOLE, reply("333", seq=7))
    assert shown(cache) == " 333 "


def test_time_that_goes_on_brings_a_new_period() -> None:
    cache = held("333")
    cache.forget_end("Hourly", "2013010500")
    assert shown(cache) == " 3330"
    cache.forget_end("Hourly", "2013010204")
    assert shown(cache) == " 0330", "an hour that has not run is not done"


def test_changes_of_other_processes_and_of_unknown_ones_are_passed_over() -> None:
    cache = held("333")
    assert not cache.change(1, JobChanged("Other", "2013010205", "", "", "6"))
    assert not cache.change(2, JobChanged("Hourly", "not a time", "", "", "6"))
    assert not cache.change(3, change("2014010205", "6"))


def test_what_was_not_looked_at_for_long_is_forgotten() -> None:
    cache = held("333")
    for number in range(1, 40):
        stretch = Stretch(Qualifier.DAILY, DAY // CHUNK * CHUNK + number * CHUNK, 1, whole=True)
        cache.store_rollup(stretch, reply("3"))
    assert shown(cache) == "?????"
    cache.clear()
    assert missing(cache) == [WHOLE]
