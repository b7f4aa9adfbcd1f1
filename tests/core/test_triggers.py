from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synergy.core.errors import InvalidArgument
from synergy.core.triggers import At, Cron, Every, Trigger, WallTime, parse_trigger
from synergy.core.triggers import firings as next_firings


def instant(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def written(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def firings(text: str, start: str, count: int) -> list[str]:
    return [written(at) for at in next_firings(parse_trigger(text), instant(start), count)]


@pytest.mark.parametrize(
    ("text", "trigger"),
    [
        ("every 60", Every(60)),
        ("  Every  0.5 ", Every(0.5)),
        ("at 6:30", At((WallTime(6, 30),))),
        ("at 06:30, 06:30,18:00", At((WallTime(6, 30), WallTime(18, 0)))),
        ("at 0-08:30, 6-09:00", At((WallTime(8, 30, 0), WallTime(9, 0, 6)))),
        ("at Mon-08:30, sunday-09:00", At((WallTime(8, 30, 0), WallTime(9, 0, 6)))),
        ("at 06:30 Europe/Berlin", At((WallTime(6, 30),), "Europe/Berlin")),
        ("at 06:30 UTC", At((WallTime(6, 30),))),
        ("cron 30 6 * * 1-5", Cron("30 6 * * 1-5")),
        ("cron 30 6 * * 1-5 Europe/Berlin", Cron("30 6 * * 1-5", "Europe/Berlin")),
        ("cron @daily Europe/Berlin", Cron("0 0 * * *", "Europe/Berlin")),
        ("@hourly", Cron("0 * * * *")),
    ],
)
def test_each_spelling_is_read(text: str, trigger: Trigger) -> None:
    assert parse_trigger(text) == trigger
    assert msgspec.json.decode(msgspec.json.encode(trigger), type=Trigger) == trigger


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "begins with none of every, at, cron"),
        ("hourly", "begins with none of every, at, cron"),
        ("every", '"" is not a number of seconds'),
        ("every hour", '"hour" is not a number of seconds'),
        ("every 60 Europe/Berlin", '"60 Europe/Berlin" is not a number of seconds'),
        ("every 0", "0 seconds is not above 0"),
        ("every -5", "-5 seconds is not above 0"),
        ("every nan", "nan seconds is not above 0"),
        ("every inf", "inf seconds is not above 0"),
        ("every 1e13", "1e13 seconds is too long"),
        ("at", '"" is not HH:MM or D-HH:MM'),
        ("at noon", '"noon" is not HH:MM or D-HH:MM'),
        ("at 06:30,", '"" is not HH:MM or D-HH:MM'),
        ("at 6:3", '"6:3" is not HH:MM or D-HH:MM'),
        ("at 24:00", "hour 24 is not in 0–23"),
        ("at 10:60", "minute 60 is not in 0–59"),
        ("at 7-10:00", "day 7 is not in 0–6 (0 is Monday)"),
        ("at 1" + "0" * 5_000 + "-10:00", "is not in 0–6 (0 is Monday)"),
        ("at Foo-10:00", "day Foo is not in 0–6 (0 is Monday)"),
        ("at 10:00 Mars/Base", 'time zone "Mars/Base" is unknown'),
        ("at 10:00 Europe", 'time zone "Europe" is unknown'),
        ("at 10:00 a/../b", 'time zone "a/../b" is unknown'),
        ("at 10:00 a" + "/a" * 3_000, 'time zone "a/a/a'),
        ("cron", "0 fields where cron has 5"),
        ("cron * * * *", "4 fields where cron has 5"),
        ("cron 0 * * * * *", 'time zone "*" is unknown'),
        ("cron 61 * * * *", "bad minute"),
        ("cron 0 0 31 2 *", "bad day-of-month"),
        ("cron 0 0 * * 5L/2", "not a cron expression"),
        ("cron 0 0 1" + "0" * 5_000 + " * *", "not a cron expression"),
        ("cron 0 0 * * 1 Nowhere", 'time zone "Nowhere" is unknown'),
        ("@reboot", '"@reboot" is unknown'),
    ],
)
def test_what_is_no_trigger_is_refused_with_the_field_and_a_remedy(text: str, says: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        parse_trigger(text)
    assert f'trigger "{text}": ' in caught.value.message
    assert says in caught.value.message
    assert caught.value.remedy


def test_a_cron_that_never_fires_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="never fires"):
        parse_trigger("cron 0 0 LW * */7")  # a Sunday is never the month's last working day


@given(st.floats(0, 4e9), st.sampled_from(["every 0.1", "every 7", "every 60", "every 86400"]))
def test_beats_are_multiples_since_the_epoch_so_a_restart_does_not_shift_them(at: float, text: str) -> None:
    trigger = parse_trigger(text)
    assert isinstance(trigger, Every)
    beat = trigger.next_after(at)
    assert at < beat <= at + trigger.seconds * 1.001 + 1e-6
    assert beat / trigger.seconds == pytest.approx(round(beat / trigger.seconds), abs=1e-4)
    assert trigger.first_at_or_after(at) == at


def test_times_of_the_day_and_week_fire_in_order() -> None:
    assert firings("at 18:00, 06:30, Mon-07:00", "2013-01-06T18:00", 4) == [
        "2013-01-07T06:30:00",
        "2013-01-07T07:00:00",
        "2013-01-07T18:00:00",
        "2013-01-08T06:30:00",
    ]
    assert firings("at 1-00:00", "2013-01-01T00:00", 2) == ["2013-01-08T00:00:00", "2013-01-15T00:00:00"]


@given(
    st.floats(0, 4e9),
    st.sampled_from(["at 06:30", "at 0-23:59 America/New_York", "cron 30 6 * * 1-5", "cron */7 * * * * Europe/Berlin"]),
)
def test_a_firing_at_the_instant_counts_as_first_but_not_as_next(at: float, text: str) -> None:
    trigger = parse_trigger(text)
    first = trigger.first_at_or_after(at)
    assert first >= at
    assert trigger.first_at_or_after(first) == first
    following = trigger.next_after(first)
    assert following > first
    assert trigger.first_at_or_after(first + 0.25) == following


@pytest.mark.parametrize("text", ["at 02:30 Europe/Berlin", "cron 30 2 * * * Europe/Berlin"])
def test_a_local_time_that_does_not_exist_fires_at_the_shift(text: str) -> None:
    assert firings(text, "2013-03-29T12:00", 3) == ["2013-03-30T01:30:00", "2013-03-31T01:00:00", "2013-04-01T00:30:00"]


@pytest.mark.parametrize("text", ["at 02:30 Europe/Berlin", "cron 30 2 * * * Europe/Berlin"])
def test_a_local_time_that_occurs_twice_fires_once(text: str) -> None:
    assert firings(text, "2013-10-26T12:00", 2) == ["2013-10-27T00:30:00", "2013-10-28T01:30:00"]
    assert firings(text, "2013-10-27T01:10", 1) == ["2013-10-28T01:30:00"]


def test_a_whole_day_that_a_zone_left_out_fires_when_the_next_begins() -> None:
    assert firings("at 12:00 Pacific/Apia", "2011-12-30T00:00", 2) == ["2011-12-30T10:00:00", "2011-12-30T22:00:00"]


def test_a_cron_with_a_star_hour_goes_by_elapsed_time_on_the_night_of_a_change() -> None:
    assert firings("cron 30 * * * * Europe/Berlin", "2013-10-27T00:00", 3) == [
        "2013-10-27T00:30:00",
        "2013-10-27T01:30:00",
        "2013-10-27T02:30:00",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("every 60", "every 60 seconds"),
        ("at 06:30, Mon-08:30 Europe/Berlin", "at 06:30, Monday 08:30 (Europe/Berlin)"),
        ("at 06:30", "at 06:30 (UTC)"),
        ("cron 30 6 * * 1-5", "At 06:30 on Monday through Friday (UTC)"),
    ],
)
def test_a_trigger_describes_itself(text: str, words: str) -> None:
    assert parse_trigger(text).describe() == words


def test_a_beat_is_later_even_where_division_rounds() -> None:
    assert Every(0.1).next_after(43 * 0.1) == pytest.approx(4.4)


def test_the_next_firings_are_told_in_their_order() -> None:
    assert next_firings(parse_trigger("every 60"), 30.0, 3) == [60.0, 120.0, 180.0]
    assert next_firings(parse_trigger("every 60"), 30.0, 0) == []
