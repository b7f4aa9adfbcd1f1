from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from synergy.tui.model.filters import parse_filter
from synergy.tui.model.table import GAP, Cell, Column, Order, Row, Table, fit

COLUMNS = (Column("Name", 10, flex=1), Column("Count", 6, right=True), Column("Note", 8, rank=2))
ROWS = tuple(
    Row(name, (Cell(name), Cell(str(count), value=count), Cell(note)), {"process": name}, is_problem=bool(note))
    for name, count, note in (("b", 10.0, ""), ("a", 9.0, "bad"), ("c", 100.0, ""))
)
TABLE = Table(COLUMNS, ROWS)


def keys(table: Table) -> list[str]:
    return [row.key for row in table.rows]


def test_a_letter_sorts_up_down_and_then_by_the_next_column_that_begins_with_it() -> None:
    table = TABLE
    orders = [Order()]
    for _ in range(5):
        orders.append(table.order_by_letter("n", orders[-1]) or Order())
    up, down = Order(0), Order(0, descending=True)
    assert orders == [Order(), up, down, Order(2), Order(2, descending=True), Order()]
    assert table.order_by_letter("C", down) == Order(1)
    assert table.order_by_letter("x", down) is None
    assert keys(table.arranged(order=Order(1))) == ["a", "b", "c"]
    assert keys(table.arranged(order=Order(1, descending=True))) == ["c", "b", "a"]


def test_what_is_unknown_sorts_behind_what_is_known() -> None:
    rows = tuple(Row(text, (Cell(text),)) for text in ("—", "b", "a"))
    assert keys(Table((Column("Name", 5),), rows).arranged(order=Order(0))) == ["a", "b", "—"]


def test_filter_and_only_problems_are_both_obeyed() -> None:
    assert keys(TABLE.arranged(parse_filter("process:a"))) == ["a"]
    assert keys(TABLE.arranged(only_problems=True)) == ["a"]
    assert keys(TABLE.arranged(parse_filter("!process:a"), only_problems=True)) == []


@given(
    st.lists(st.builds(Column, st.just("T"), st.integers(1, 30), st.integers(0, 3), st.integers(0, 5)), min_size=1),
    st.integers(1, 200),
)
def test_columns_never_need_more_than_there_is_unless_all_are_wanted(columns: list[Column], width: int) -> None:
    widths = fit(columns, width)
    shown = [each for each in widths if each]
    assert shown
    if all(column.rank > 0 for column in columns[1:]):
        assert sum(shown) + GAP * (len(shown) - 1) <= max(width, 4)


def test_the_least_wanted_column_goes_first_and_room_is_shared() -> None:
    assert fit(COLUMNS, 40) == [22, 6, 8]
    assert fit(COLUMNS, 20) == [12, 6, 0]


def test_plain_lines_are_aligned_and_complete() -> None:
    assert TABLE.lines() == [
        "NAME  COUNT  NOTE",
        "b      10.0",
        "a       9.0  bad",
        "c     100.0",
    ]
    assert TABLE.lines(8)[0] == "NAME  C…"
