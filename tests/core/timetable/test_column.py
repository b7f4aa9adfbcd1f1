"""A column of states against a plain list of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synergy.core import grouping, timeperiods
from synergy.core.errors import InvalidArgument
from synergy.core.states import JOB_CODES, JobState
from synergy.core.timeperiods import Qualifier
from synergy.core.timetable.column import Column

FIRST = 377_660
HOURS = st.integers(FIRST, FIRST + 59)


def column(*, group: int = 1, end: int = FIRST + 60, limit: int | None = None) -> Column:
    made = Column(Qualifier.HOURLY, group, FIRST, limit)
    made.grow(end)
    return made


def name(ordinal: int) -> str:
    return timeperiods.timeperiod_of(Qualifier.HOURLY, ordinal)


@given(st.sampled_from((1, 3, 8)), st.lists(st.tuples(HOURS, st.sampled_from(JobState)), max_size=60), HOURS)
def test_cursor_counts_and_reopened_always_agree_with_the_bytes(
    group: int, changes: list[tuple[int, JobState]], start: int
) -> None:
    it = column(group=group)
    states = {at: JobState.EMBRYO for at in range(FIRST, FIRST + 60) if grouping.is_checkpoint(it.qualifier, group, at)}
    for at, state in changes:
        if at in states:
            it.put(at, state)
            states[at] = state
    unfinished = [at for at, state in states.items() if not state.is_finished]

    assert [it.get(at) for at in range(FIRST, it.end)] == [states.get(at, JobState.NOOP) for at in range(FIRST, it.end)]
    assert [at for at in range(FIRST, it.end) if it.is_checkpoint(at)] == list(states)
    assert it.counts == [list(states.values()).count(state) for state in JobState]
    assert list(it.unfinished()) == unfinished
    assert list(it.unfinished(start)) == [at for at in unfinished if at >= start]
    assert it.oldest_unfinished() == (unfinished[0] if unfinished else None)
    assert it.reopened == [at for at in unfinished if at < it.cursor]
    assert [at for at in range(FIRST, it.end) if not it.is_finished(at)] == unfinished

    again = column(group=group)
    again.load([name(at) for at in states], bytes(JOB_CODES[state] for state in states.values()))
    again.settle()
    assert (again.states, again.counts) == (it.states, it.counts)
    assert list(again.unfinished()) == unfinished


@given(
    st.dictionaries(HOURS, st.sampled_from(JobState)), HOURS, st.integers(0, 30), st.sampled_from((None, FIRST + 40))
)
def test_questions_about_a_stretch_are_those_about_each_of_its_periods(
    given_states: dict[int, JobState], start: int, length: int, limit: int | None
) -> None:
    it = column(limit=limit)
    for at, state in given_states.items():
        if at in it:
            it.put(at, state)
    asked = range(start - 5, start - 5 + length)
    periods = [at for at in asked if at >= FIRST and (limit is None or at < limit)]
    known = [it.get(at) for at in periods if at in it]
    complete = len(known) == len(periods)

    assert it.all_finished(asked) == (complete and all(state.is_finished for state in known))
    assert it.all_good(asked) == (complete and all(state in {JobState.PROCESSED, JobState.NOOP} for state in known))
    assert it.any_skipped(asked) == (JobState.SKIPPED in known)
    assert it.all_skipped(asked) == (complete and bool(known) and set(known) == {JobState.SKIPPED})


def test_a_stretch_wholly_beyond_the_end_has_no_periods_and_holds_nobody_up() -> None:
    it = column(end=FIRST + 60, limit=FIRST + 10)

    assert it.end == FIRST + 10
    assert it.all_finished(range(FIRST + 12, FIRST + 13))
    assert it.all_good(range(FIRST + 12, FIRST + 13))
    assert not it.any_skipped(range(FIRST + 12, FIRST + 13))
    assert not it.all_skipped(range(FIRST + 12, FIRST + 13))


def test_periods_still_to_come_are_unfinished() -> None:
    it = column(end=FIRST + 2)
    it.put(FIRST, JobState.SKIPPED)
    it.put(FIRST + 1, JobState.SKIPPED)

    assert it.all_finished(range(FIRST, FIRST + 2))
    assert it.all_skipped(range(FIRST, FIRST + 2))
    assert not it.all_finished(range(FIRST, FIRST + 3))
    assert not it.all_good(range(FIRST, FIRST + 3))
    assert not it.all_skipped(range(FIRST, FIRST + 3))


def test_unfinished_periods_of_a_stretch_are_those_that_there_are() -> None:
    it = column(end=FIRST + 4)
    it.put(FIRST + 1, JobState.NOOP)

    assert it.unfinished_in(FIRST, FIRST + 3) == [FIRST, FIRST + 2]
    assert it.unfinished_in(FIRST - 9, FIRST + 9) == [FIRST, FIRST + 2, FIRST + 3]
    assert it.unfinished_in(FIRST + 4, FIRST + 9) == it.unfinished_in(FIRST - 9, FIRST) == []
    assert it.unfinished_in(FIRST + 3, FIRST) == []


def test_growing_is_told_only_when_there_are_new_periods() -> None:
    it = column(end=FIRST + 2, limit=FIRST + 4)

    assert not it.grow(FIRST + 2)
    assert it.grow(FIRST + 9)
    assert not it.grow(FIRST + 20)
    assert it.end == FIRST + 4


def test_the_cursor_of_a_finished_column_stands_at_its_end_and_finds_what_grows() -> None:
    it = column(group=8, end=FIRST + 4)  # 20, 21, 22, 23: only 23 is a checkpoint
    it.put(FIRST + 3, JobState.PROCESSED)
    assert it.oldest_unfinished() is None
    assert it.next_unfinished(FIRST) is None

    it.grow(FIRST + 13)

    assert it.oldest_unfinished() == FIRST + 12  # 08 of the next day


def test_a_reopened_period_is_found_before_the_cursor_and_forgotten_when_it_finishes() -> None:
    it = column()
    for at in range(FIRST, FIRST + 30):
        it.put(at, JobState.PROCESSED)
    it.put(FIRST + 7, JobState.EMBRYO)
    it.put(FIRST + 3, JobState.EMBRYO)

    assert (it.reopened, it.cursor) == ([FIRST + 3, FIRST + 7], FIRST + 30)
    assert it.next_unfinished(FIRST + 4) == FIRST + 7
    assert it.next_unfinished(FIRST + 8) == FIRST + 30

    it.put(FIRST + 3, JobState.NOOP)
    assert it.oldest_unfinished() == FIRST + 7


def test_the_cursor_passes_long_finished_stretches() -> None:
    it = column(end=FIRST + 200_000)
    names = [timeperiods.timeperiod_of(Qualifier.HOURLY, ordinal) for ordinal in range(FIRST, FIRST + 199_999)]

    assert it.load(names, bytes([JOB_CODES[JobState.PROCESSED]]) * len(names)) == 199_999
    it.settle()

    assert it.oldest_unfinished() == FIRST + 199_999


def test_stored_periods_outside_of_the_range_or_between_checkpoints_are_ignored() -> None:
    it = Column(Qualifier.HOURLY, 8, FIRST, FIRST + 13)
    it.grow(FIRST + 13)
    stored = [FIRST - 5, FIRST, FIRST + 3, FIRST + 99]

    assert it.load([], b"") == 0
    assert it.load([name(at) for at in stored], bytes([JOB_CODES[JobState.SKIPPED]]) * 4) == 1
    assert it.get(FIRST + 3) is JobState.SKIPPED
    assert FIRST - 5 not in it
    assert FIRST + 13 not in it


@pytest.mark.parametrize("group", [1, 3])
def test_stored_periods_that_are_still_to_come_are_made(group: int) -> None:
    it = column(group=group, end=FIRST + 2)

    assert it.load([name(FIRST + 3)], bytes([JOB_CODES[JobState.PROCESSED]])) == 1
    it.settle()

    assert it.end == FIRST + 4
    assert it.get(FIRST + 3) is JobState.PROCESSED
    assert it.counts[JOB_CODES[JobState.PROCESSED]] == 1


def test_stored_periods_of_another_qualifier_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="2013000000"):
        column().load(["2013000000"], b"\x03")
