from __future__ import annotations

from datetime import UTC, timedelta, timezone

import pytest

from synergy.core.states import JobState
from synergy.tui.model import formats
from synergy.tui.model.glyphs import GlyphSet

STAMP = "2026-11-23T08:33:27.5Z"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "—"), (0, "0s"), (0.12, "120ms"), (8.14, "8.1s"), (42, "42s"), (60, "1m"), (125, "2m 5s"),
        (3600 * 4 + 5, "4h"), (86_400 * 3 + 3600 * 4, "3d 4h"), (-42, "-42s"),
    ],
)  # fmt: skip
def test_a_duration_is_told_in_its_two_largest_units(seconds: float | None, words: str) -> None:
    assert formats.duration(seconds) == words


def test_unknown_is_a_dash_and_never_a_zero() -> None:
    assert [formats.count(None), formats.moment(None), formats.time_of_day("x"), formats.percent(None)] == ["—"] * 4
    assert formats.elapsed(STAMP, None) is None
    assert formats.done_share({}) is None


def test_stamps_are_shown_in_the_zone_asked_for() -> None:
    assert formats.moment(STAMP, UTC) == "2026-11-23 08:33:27"
    assert formats.time_of_day(STAMP, timezone(timedelta(hours=2))) == "10:33:27"
    assert formats.short_moment(STAMP, UTC) == "11-23 08:33:27"
    assert formats.moment("2026-11-23T08:33:27", UTC) == "2026-11-23 08:33:27"
    assert formats.elapsed(STAMP, "2026-11-23T08:33:30Z") == 2.5


@pytest.mark.parametrize(
    ("timeperiod", "qualifier", "words"),
    [
        ("2013010114", "hourly", "2013-01-01 14h"),
        ("2013010100", "daily", "2013-01-01"),
        ("2013010000", "monthly", "2013-01"),
        ("2013000000", "yearly", "2013"),
        ("20130101143000", "hourly", "20130101143000"),
    ],
)
def test_a_period_is_written_as_a_calendar_does(timeperiod: str, qualifier: str, words: str) -> None:
    assert formats.period(timeperiod, qualifier) == words


def test_only_all_is_a_hundred_percent() -> None:
    assert formats.percent(formats.done_share({JobState.PROCESSED: 999, JobState.EMBRYO: 1})) == "99 %"
    assert formats.percent(formats.done_share({JobState.PROCESSED: 3, JobState.NOOP: 1})) == "100 %"


def test_counts_stand_behind_their_glyphs() -> None:
    counts: dict[str, int] = {JobState.PROCESSED: 1204, JobState.EMBRYO: 0, JobState.IN_PROGRESS: 3}
    assert formats.state_counts(counts, GlyphSet()) == "▸ 3  ■ 1,204"
    assert formats.state_counts(counts, GlyphSet(unicode=False)) == "> 3  # 1,204"


@pytest.mark.parametrize(
    ("number", "words"), [(12, "12 B"), (2048, "2.0 KB"), (64_000_000, "61.0 MB"), (2**51, "2048.0 TB")]
)
def test_sizes_are_told_in_their_unit(number: int, words: str) -> None:
    assert formats.size(number) == words


def test_what_is_too_long_ends_in_an_ellipsis() -> None:
    assert formats.shorten("abcdef", 4) == "abc…"
    assert formats.shorten("abc", 4) == "abc"
    assert formats.shorten("abc", 0) == ""


def test_a_day_is_that_of_the_zone() -> None:
    assert not formats.same_day("2026-11-23T23:59:59Z", "2026-11-24T00:00:00Z", UTC)
    assert formats.same_day("2026-11-23T23:59:59Z", "2026-11-24T00:00:00Z", timezone(timedelta(hours=2)))
    assert formats.same_day("", "2026-11-24T00:00:00Z", UTC)
