from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from synergy.core.control.events import JobChanged
from synergy.core.control.replies import Grid, GridRow
from synergy.core.states import JobState
from synergy.core.timeperiods import Qualifier, timeperiod_of
from synergy.tui.model.grid_cache import CHUNK, MAX_CHUNKS, ChunkKey, GridCache

NAME = "FlightsHourly"
FIRST = 740 * CHUNK


def cache() -> GridCache:
    made = GridCache()
    made.know({NAME: Qualifier.HOURLY})
    return made


def reply(key: ChunkKey, cells: str, seq: int = 0) -> Grid:
    start = timeperiod_of(Qualifier.HOURLY, key.first)
    return Grid(seq, "hourly", start, start, (GridRow(NAME, "Flights", cells),))


def changed(ordinal: int, cell: str) -> JobChanged:
    period = timeperiod_of(Qualifier.HOURLY, ordinal)
    return JobChanged(NAME, period, JobState.EMBRYO, JobState.PROCESSED, cell)


@given(st.integers(0, 3 * CHUNK), st.integers(1, CHUNK * 2))
def test_a_window_over_chunks_is_one_slice(at: int, columns: int) -> None:
    held = cache()
    whole = "".join(str(number % 6) for number in range(6 * CHUNK))
    for key in held.missing(Qualifier.HOURLY, FIRST, 6 * CHUNK):
        held.store(key, reply(key, whole[key.first - FIRST :][:CHUNK]))
    assert held.cells(NAME, FIRST + at, columns) == whole[at : at + columns]
    assert held.missing(Qualifier.HOURLY, FIRST + at, columns) == []


def test_what_is_not_held_is_told_apart() -> None:
    assert cache().cells(NAME, FIRST, 3) == "???"
    assert cache().cells("unknown", FIRST, 2) == "??"


def test_an_event_younger_than_the_reply_is_not_lost() -> None:
    held = cache()
    key = held.missing(Qualifier.HOURLY, FIRST, 1)[0]
    held.change(5, changed(FIRST, "3"))
    held.store(key, reply(key, "1" * CHUNK, seq=4))
    assert held.cells(NAME, FIRST, 2) == "31"


def test_an_event_that_the_reply_contains_does_not_undo_it() -> None:
    held = cache()
    key = held.missing(Qualifier.HOURLY, FIRST, 1)[0]
    held.change(4, changed(FIRST, "1"))
    held.store(key, reply(key, "3" * CHUNK, seq=5))
    assert held.cells(NAME, FIRST, 1) == "3"


def test_only_a_different_cell_is_a_change() -> None:
    held = cache()
    key = held.missing(Qualifier.HOURLY, FIRST, 1)[0]
    held.store(key, reply(key, "0" * CHUNK))
    before = held.generation
    assert held.change(1, changed(FIRST, "3"))
    assert not held.change(2, changed(FIRST, "3"))
    assert held.generation == before + 1


def test_a_change_of_what_is_unknown_is_passed_over() -> None:
    held = cache()
    assert not held.change(1, JobChanged("Other", "2013010100", JobState.EMBRYO, JobState.NOOP, "5"))
    assert not held.change(2, JobChanged(NAME, "not a period", JobState.EMBRYO, JobState.NOOP, "5"))


def test_a_reply_that_begins_elsewhere_is_put_in_its_place() -> None:
    held = cache()
    key = ChunkKey(Qualifier.HOURLY, FIRST // CHUNK)
    late = Grid(0, "hourly", timeperiod_of(Qualifier.HOURLY, FIRST + 2), "", (GridRow(NAME, "Flights", "33"),))
    held.store(key, late)
    assert held.cells(NAME, FIRST, 5) == "  33 "
    held.store(key, Grid(0, "hourly", "nonsense", "", ()))
    assert held.cells(NAME, FIRST, 4) == "  33"


def test_a_new_period_is_embryo_at_once() -> None:
    held = cache()
    key = held.missing(Qualifier.HOURLY, FIRST, 1)[0]
    held.store(key, reply(key, "333"))
    held.forget_end(NAME, timeperiod_of(Qualifier.HOURLY, FIRST + 3))
    assert held.cells(NAME, FIRST, 5) == "3330 "
    held.forget_end(NAME, timeperiod_of(Qualifier.HOURLY, FIRST))
    held.forget_end("Other", "2013010100")
    assert held.cells(NAME, FIRST, 5) == "3330 "


def test_held_chunks_are_limited_and_cleared() -> None:
    held = cache()
    for number in range(MAX_CHUNKS + 3):
        key = ChunkKey(Qualifier.HOURLY, FIRST // CHUNK + number)
        held.store(key, reply(key, "3" * CHUNK))
    assert held.cells(NAME, FIRST, 1) == "?"
    assert held.cells(NAME, FIRST + (MAX_CHUNKS + 2) * CHUNK, 1) == "3"
    held.know({NAME: Qualifier.HOURLY, "Other": Qualifier.DAILY})
    assert held.cells(NAME, FIRST + (MAX_CHUNKS + 2) * CHUNK, 1) == "?"
