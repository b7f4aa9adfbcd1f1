from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synergy.core.errors import InvalidArgument
from synergy.core.states import JobState, UowState
from synergy.tui.model.filters import EVERYTHING, TOO_SLOW, parse_filter, title_counts
from synergy.tui.model.patience import Pattern

ROW = "■ processed FlightsHourly 2013010114"
FIELDS = {"state": "in progress", "process": "FlightsHourly", "period": "2013010114"}


@pytest.mark.parametrize(
    "source",
    [
        "flights", "^■", "!weather", "process:Fl*", "!process:We*", "state:in_progress", "state:In*", "state:STATE_IN*",
        "flights process:Fl* !x", "period:20130101",
    ],
)  # fmt: skip
def test_a_row_that_holds_every_word_passes(source: str) -> None:
    assert parse_filter(source).passes(ROW, FIELDS)


@pytest.mark.parametrize("source", ["weather", "!flights", "process:We*", "state:skipped", "flights weather"])
def test_one_word_that_does_not_hold_is_enough(source: str) -> None:
    assert not parse_filter(source).passes(ROW, FIELDS)


def test_nothing_typed_lets_everything_through() -> None:
    assert parse_filter("  ") is EVERYTHING
    assert not EVERYTHING
    assert EVERYTHING.passes("", {})


@pytest.mark.parametrize("source", ["(", "color:red", "a{99999999999}", "(" * 3_000])
def test_a_wrong_word_is_named_with_its_remedy(source: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        parse_filter(source)
    assert source.partition(":")[0] in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize("source", ["state:purple", "!state:purple", "state:z*", "state:", "x state:purple"])
def test_a_state_that_there_is_none_of_is_refused_with_those_that_there_are(source: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        parse_filter(source)
    assert source.rpartition(" ")[2].lstrip("!") in caught.value.message
    assert "in_progress, final_run" in caught.value.remedy


def test_every_state_is_a_word_of_a_filter() -> None:
    for state in (*JobState, *UowState):
        for word in (state.value, state.word.replace(" ", "_"), state.word.replace(" ", "-").title()):
            assert parse_filter(f"state:{word}").passes("", {"state": state.word})
    assert parse_filter("state:off").passes("", {"state": "off"})


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_filter_or_an_error_with_a_remedy(source: str) -> None:
    try:
        parse_filter(source).passes(ROW, FIELDS)
    except InvalidArgument as problem:
        assert problem.remedy  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize("source", ["(a+)+$", "(a|a)+$", "process:" + "*a" * 30 + "!"])
def test_a_pattern_that_would_search_for_ever_gives_up_and_says_so(source: str) -> None:
    wanted = parse_filter(source)
    text = "a" * 5_000 + "!"
    for _ in range(1_000):
        wanted.passes(text, {"process": text})
    assert wanted.note in {TOO_SLOW, ""}
    if not source.startswith("process"):
        assert wanted.note == TOO_SLOW
        assert not wanted.passes("a", FIELDS)


def test_a_filter_that_is_quick_is_never_used_up() -> None:
    wanted = parse_filter("Fl.*Hourly")
    assert all(wanted.passes(ROW, FIELDS) for _ in range(20_000))
    assert wanted.note == ""


def test_a_pattern_outside_the_main_thread_is_used_up_too() -> None:
    with ThreadPoolExecutor(1) as threads:
        slow = Pattern("(a|a)+$")
        texts = ["a" * length + "!" for length in range(12, 22)]
        assert not any(threads.map(slow.finds, texts * 6))
    assert slow.gave_up


def test_the_title_tells_how_many_of_how_many() -> None:
    assert title_counts(15, 1204, filtered=True) == "[15/1,204]"
    assert title_counts(1204, 1204, filtered=False) == "[1,204]"
