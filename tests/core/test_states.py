from __future__ import annotations

import pytest

from synergy.core.errors import InvalidArgument
from synergy.core.states import JOB_CODES, JOB_STATES, JobState, UowState, parse_state


def test_the_stored_values_are_the_names_in_lower_case() -> None:
    for state in (*JobState, *UowState):
        assert state.value == f"state_{state.name.lower()}"


def test_people_read_the_word_alone() -> None:
    assert JobState.IN_PROGRESS.word == "in progress"
    assert UowState.CANCELED.word == "canceled"


def test_the_code_of_a_state_never_changes() -> None:
    assert [JOB_CODES[state] for state in JOB_STATES] == [0, 1, 2, 3, 4, 5]
    assert JOB_STATES[0] is JobState.EMBRYO
    assert JOB_STATES[5] is JobState.NOOP


def test_an_invalid_unit_of_work_is_not_finished() -> None:
    finished = {UowState.PROCESSED, UowState.NOOP, UowState.CANCELED}
    assert {state for state in UowState if state.is_finished} == finished
    assert {s for s in JobState if s.is_finished} == {JobState.PROCESSED, JobState.SKIPPED, JobState.NOOP}


@pytest.mark.parametrize("text", ["state_in_progress", "in progress", "In-Progress", " STATE_IN_PROGRESS "])
def test_a_filter_takes_either_form_in_any_case(text: str) -> None:
    assert parse_state(JobState, text) is JobState.IN_PROGRESS
    assert parse_state(UowState, text) is UowState.IN_PROGRESS


def test_an_unknown_state_is_refused_with_those_that_exist() -> None:
    with pytest.raises(InvalidArgument, match='state "skipped" is unknown; use one of: requested, in progress'):
        parse_state(UowState, "skipped")
