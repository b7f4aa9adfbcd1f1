from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from synergy.core.errors import InvalidArgument
from synergy.tui.model.log_window import Window, describe_window, parse_window

END = datetime(2026, 11, 23, 8, 34, 7, 500_000, UTC)


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("5m", "2026-11-23T08:29:07.500Z", ""),
        ("2 h", "2026-11-23T06:34:07.500Z", ""),
        ("08:30", "2026-11-23T08:30:00.000Z", ""),
        ("08:30..08:31:30", "2026-11-23T08:30:00.000Z", "2026-11-23T08:31:30.000Z"),
        ("23:50..00:10", "2026-11-22T23:50:00.000Z", "2026-11-23T00:10:00.000Z"),
        ("..8:00", "", "2026-11-23T08:00:00.000Z"),
        ("1h..30m", "2026-11-23T07:34:07.500Z", "2026-11-23T08:04:07.500Z"),
        ("2026-11-22T08:30..2026-11-23", "2026-11-22T08:30:00.000Z", "2026-11-23T00:00:00.000Z"),
        ("2026-11-22T08:30+02:00..", "2026-11-22T06:30:00.000Z", ""),
        ("", "", ""),
        (" all ", "", ""),
    ],
)
def test_windows_as_they_are_typed(text: str, since: str, until: str) -> None:
    assert parse_window(text, END) == Window(since, until)


def test_times_of_the_day_are_of_the_zone_that_is_shown() -> None:
    east = timezone(timedelta(hours=2))
    assert parse_window("09:00", END, east).since == "2026-11-23T07:00:00.000Z"
    assert describe_window(parse_window("09:00..10:00", END, east), east) == "09:00:00–10:00:00"
    assert describe_window(parse_window("..09:00", END, east), east, dated=True) == "until 11-23 09:00:00"


@pytest.mark.parametrize("text", ["5x", "25:00", "..", "soon", "08:30..later", "0001-01-01T00:00+01:00"])
def test_what_is_no_window_is_told_with_how_to_write_one(text: str) -> None:
    with pytest.raises(InvalidArgument, match="08:30") as caught:
        parse_window(text, END)
    assert "write 5m" in caught.value.remedy


def test_a_window_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="ends before it begins"):
        parse_window("08:00..07:00", END)


def test_windows_are_described_shortly() -> None:
    assert describe_window(Window()) == ""
    assert describe_window(parse_window("08:30", END)) == "since 08:30:00"
    assert describe_window(parse_window("..08:30", END)) == "until 08:30:00"
