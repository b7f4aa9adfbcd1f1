from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synergy.tui.model.log_diff import (
    MOST_STEPS,
    Difference,
    DiffRow,
    Kind,
    beginnings,
    counts,
    diff_rows,
    differences,
    masked,
)


def rows(old: list[str], new: list[str], context: int = 3) -> list[tuple[str, str]]:
    return [(row.kind.value, row.text) for row in diff_rows(old, new, differences(old, new), context)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2026-11-23T08:33:27.123Z read", "2026-11-24 09:00:01,5 read"),
        ("08:33:27 read", "09:11:00.250 read"),
        ("worker pid 4711 ends", "worker pid 12 ends"),
        ("job[4711]: read", "job[99123]: read"),
        ("<X object at 0x7f817bd8>", "<X object at 0x7f000000>"),
        ("took 120 ms", "took 1.25 s"),
        ("request 3f2504e0-4f89-11d3-9a0c-0305e82c3301 ok", "request 3f2504e0-4f89-11d3-9a0c-0305e82c3302 ok"),
    ],
)
def test_what_differs_in_every_run_is_no_difference(one: str, other: str) -> None:
    assert masked(one) == masked(other)


@pytest.mark.parametrize(
    ("one", "other"), [("842 rows", "841 rows"), ("FlightsHourly", "FlightsDaily"), ("[1]", "[2]")]
)
def test_figures_of_the_work_are_a_difference(one: str, other: str) -> None:
    assert masked(one) != masked(other)


def test_lines_are_removed_added_and_changed() -> None:
    old = ["begin", "read 842 rows", "only here", "end"]
    new = ["begin", "read 841 rows", "end", "and more"]
    assert rows(old, new) == [
        ("  ", "begin"), ("~-", "read 842 rows"), ("~+", "read 841 rows"), ("- ", "only here"), ("  ", "end"),
        ("+ ", "and more"),
    ]  # fmt: skip
    found = diff_rows(old, new, differences(old, new), 3)
    assert counts(found) == (1, 1, 1)
    assert beginnings(found) == [1, 5]
    assert [(row.text[row.begin : row.end]) for row in found if row.kind in {Kind.WAS, Kind.IS}] == ["2", "1"]


def test_equal_stretches_are_folded_and_counted() -> None:
    same = [f"line {at}" for at in range(10)]
    assert rows(["x", *same, "y"], ["z", *same, "w"], context=2) == [
        ("- ", "x"), ("+ ", "z"), ("  ", "line 0"), ("  ", "line 1"), ("⋮ ", "6 equal lines"), ("  ", "line 8"),
        ("  ", "line 9"), ("- ", "y"), ("+ ", "w"),
    ]  # fmt: skip
    assert rows(same, [*same, "x"], context=0) == [("⋮ ", "10 equal lines"), ("+ ", "x")]
    assert rows(same, same) == [("⋮ ", "10 equal lines")]
    assert rows([], []) == []


def test_one_line_is_not_folded_for_a_line_that_says_so() -> None:
    assert rows(["a", "x"], ["a", "y"], context=0) == [("  ", "a"), ("- ", "x"), ("+ ", "y")]


lines = st.lists(st.sampled_from(["a", "b", "c", "unique 1", "unique 2", "unique 3"]), max_size=30)


@given(lines, lines, st.integers(0, 4))
def test_both_logs_can_be_read_off_the_comparison(old: list[str], new: list[str], context: int) -> None:
    found = differences(old, new)
    assert found == sorted(found)
    for each in found:
        assert each.old_end > each.old_begin or each.new_end > each.new_begin
    shown = diff_rows(old, new, found, 1000)
    if not found:
        assert old == new
        return
    assert [row.text for row in shown if row.old is not None or row.kind is Kind.SAME] == old
    assert [row.text for row in shown if row.new is not None] == new
    assert all(old[row.old] == row.text for row in shown if row.old is not None)
    assert all(new[row.new] == row.text for row in shown if row.new is not None)
    assert not any(row.kind is Kind.FOLDED for row in shown)
    folded = diff_rows(old, new, found, context)
    changes = [row for row in folded if row.kind not in {Kind.SAME, Kind.FOLDED}]
    assert changes == [row for row in shown if row.kind is not Kind.SAME and row.kind is not Kind.FOLDED]


def test_equal_lines_all_over_are_compared_too() -> None:
    many = ["the same"] * 5000
    assert differences(["x", *many, "y"], ["z", *many, "the same", "w"]) == [
        Difference(0, 1, 0, 1), Difference(5001, 5002, 5001, 5003),
    ]  # fmt: skip


def test_a_stretch_that_is_all_different_counts_as_replaced() -> None:
    old, new = (["a", "b"] * MOST_STEPS, ["b", "b", "b", "c"] * MOST_STEPS)
    assert differences(["x", *old, "y"], ["x", *new, "y"]) == [Difference(1, len(old) + 1, 1, len(new) + 1)]


def test_a_row_says_where_its_line_stands() -> None:
    assert diff_rows(["a"], ["a", "b"], differences(["a"], ["a", "b"]), 1)[1] == DiffRow(Kind.ADDED, None, 1, "b")
