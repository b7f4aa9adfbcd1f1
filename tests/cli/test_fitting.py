from __future__ import annotations

import pytest

from synergy.cli.fitting import fitted, wrapped


@pytest.mark.parametrize(
    ("wanted", "least", "room", "widths"),
    [
        ([10, 20, 30], [0, 8, 8], 64, [10, 20, 30]),
        ([10, 20, 30], [0, 8, 8], 54, [10, 20, 20]),
        ([10, 20, 30], [0, 8, 8], 44, [10, 15, 15]),
        ([10, 20, 30], [0, 0, 8], 42, [10, 20, 8]),
        ([10, 20, 30], [0, 8, 8], 29, [10, 17]),
        ([10, 4, 30], [0, 8, 8], 20, [10, 4]),
        ([10, 20], [0, 0], 9, [10]),
        ([10, 20], [0, 0], 5, [10]),
    ],
    ids=["all fits", "the widest yields", "wide ones yield alike", "some never", "the last has no room",
         "narrow ones stay", "one is left", "that may be too wide"],
)  # fmt: skip
def test_wide_columns_yield_first_and_the_last_ones_go(
    wanted: list[int], least: list[int], room: int, widths: list[int]
) -> None:
    assert fitted(wanted, least, room, 2) == widths


def test_a_cell_goes_on_in_the_next_line_where_its_column_may_be_narrowed() -> None:
    cells = ("2026-11-23 23:00:56", "Hourly@2013010101.1", "left out", "never seen")

    assert wrapped(cells, [10, 6, 8], [10, 0, 8, 8]) == [
        ("2026-11-23", "Hourly@2013010101.1", "left out"),
        ("23:00:56", "", ""),
    ]
