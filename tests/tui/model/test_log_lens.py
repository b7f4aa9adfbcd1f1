from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synergy.core.errors import InvalidArgument
from synergy.tui.model.log_lens import CONTEXTS, NO_LENS, Held, Lens, Selection
from synergy.tui.model.log_levels import Level


def held(*texts: str) -> list[Held]:
    levels = {"E": Level.ERROR, "W": Level.WARNING}
    return [
        Held(at, f"2026-11-23T08:00:{at:02d}.000Z", "stdout", levels.get(text[:1], Level.UNKNOWN), text)
        for at, text in enumerate(texts)
    ]


def shown(lens: Lens, lines: list[Held]) -> list[int]:
    selection = Selection(lens)
    selection.take(lines, 0)
    return selection.shown


def test_lines_that_match_are_shown_with_those_around_them() -> None:
    lines = held(*"abcdEfghijEk")
    lens = NO_LENS.with_pattern("e")
    assert shown(lens, lines) == [4, 10]
    assert shown(lens._replace(context=2), lines) == [2, 3, 4, 5, 6, 8, 9, 10, 11]


def test_an_exclamation_mark_leaves_lines_out() -> None:
    assert shown(NO_LENS.with_pattern("!a|b"), held("a", "b", "c")) == [2]
    assert shown(NO_LENS.with_pattern("!"), held("a", "b!")) == [1]


def test_a_wrong_pattern_is_told() -> None:
    with pytest.raises(InvalidArgument, match="regular expression"):
        NO_LENS.with_pattern("(")


def test_only_what_is_bad_enough() -> None:
    lines = held("E1", "W2", "3")
    assert shown(Lens(at_least=Level.WARNING), lines) == [0, 1]
    assert shown(Lens(at_least=Level.ERROR, context=1), lines) == [0, 1]
    assert shown(Lens(at_least=Level.WARNING).with_pattern("2|3"), lines) == [1]


def test_a_window_of_time_bounds_what_is_around_a_match_too() -> None:
    lens = Lens(since="2026-11-23T08:00:01.000Z", until="2026-11-23T08:00:03.000Z", context=5)
    assert shown(lens, held(*"abcde")) == [1, 2]
    assert shown(lens.with_pattern("c"), held(*"abcde")) == [1, 2]
    assert shown(lens, [Held(0, "", "stdout", Level.UNKNOWN, "x")]) == [0]


def test_an_open_lens_hides_nothing() -> None:
    assert not NO_LENS.hides
    assert not Lens(context=3).hides
    assert shown(NO_LENS, held("a", "b")) == [0, 1]
    assert all(lens.hides for lens in (Lens(since="x"), Lens(at_least=Level.INFO), NO_LENS.with_pattern("x")))


def test_keys_step_through_the_lines_around() -> None:
    assert [NO_LENS.wider(1).context, Lens(context=3).wider(1).context, Lens(context=3).wider(-1).context] == [1, 5, 2]
    assert NO_LENS.wider(-1).context == 0
    assert Lens(context=CONTEXTS[-1]).wider(1).context == CONTEXTS[-1]


letters = st.lists(st.sampled_from("EWabc"), max_size=60)


@given(letters, letters, st.integers(0, 6), st.integers(0, 60), st.integers(0, 30))
def test_lines_that_come_later_are_shown_as_if_all_had_come_at_once(
    first: list[str], then: list[str], context: int, known: int, dropped: int
) -> None:
    lens = Lens(context=context).with_pattern("E")
    selection, lines = Selection(lens), held(*first)
    selection.take(lines, 0)
    lines = lines[:known] + held(*then)
    selection.take(lines, min(known, len(first)))
    assert selection.shown == shown(lens, lines)
    assert selection.matched == [at for at, line in enumerate(lines) if line.text == "E"]
    selection.drop(dropped)
    assert selection.shown == [at - dropped for at in shown(lens, lines) if at >= dropped]
