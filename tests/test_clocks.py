from __future__ import annotations

from pathlib import Path

import pytest

from synergy.clocks import RealClock, ReplayClock, load_or_create_anchor, open_clock
from synergy.core.errors import InvalidDefinition, WorldError
from synergy.core.ports import Clock
from synergy.core.settings import ClockSettings
from synergy.core.settings_reading import parse_instant
from tests.manual_clock import ManualClock

START = "2013-01-01T00:00:00Z"
BEGAN = parse_instant(START)


def test_the_real_clock_keeps_schedule_and_real_time_alike() -> None:
    clock: Clock = RealClock()
    assert clock.schedule_time() == pytest.approx(clock.real_time(), abs=1)
    assert clock.real_seconds_until(clock.real_time() + 60) == pytest.approx(60, abs=1)
    assert clock.real_seconds_until(0) == 0
    assert clock.monotonic() <= clock.monotonic()


def test_a_replay_runs_so_many_times_as_fast() -> None:
    source = ManualClock()
    clock: Clock = ReplayClock(BEGAN, 3600, source.real, source)
    source.advance(2)
    assert clock.schedule_time() == BEGAN + 7200
    assert clock.real_seconds_until(BEGAN + 10800) == 1
    assert clock.real_seconds_until(BEGAN) == 0
    assert clock.real_time() == source.real
    assert clock.monotonic() == source.mono


def test_a_corrected_wall_clock_does_not_move_schedule_time() -> None:
    source = ManualClock()
    clock = ReplayClock(BEGAN, 3600, source.real, source)
    source.real += 5000
    assert clock.schedule_time() == BEGAN


def test_a_replay_goes_on_over_a_restart(tmp_path: Path) -> None:
    path, source, settings = tmp_path / "runtime" / "clock.json", ManualClock(), ClockSettings(START, 60)
    first = load_or_create_anchor(path, settings, source)
    source.advance(100)
    again = load_or_create_anchor(path, settings, source)
    assert again == first
    clock = ReplayClock(again.schedule, again.speed, again.real, source)
    assert clock.schedule_time() == BEGAN + 6000
    assert [each.name for each in path.parent.iterdir()] == ["clock.json"]


def test_another_speed_goes_on_from_what_was_reached(tmp_path: Path) -> None:
    path, source = tmp_path / "clock.json", ManualClock()
    load_or_create_anchor(path, ClockSettings(START, 60), source)
    source.advance(100)
    anchor = load_or_create_anchor(path, ClockSettings(START, 3600), source)
    assert (anchor.schedule, anchor.real, anchor.speed) == (BEGAN + 6000, source.real, 3600)
    assert load_or_create_anchor(path, ClockSettings(START, 3600), source) == anchor


def test_another_start_begins_the_replay_anew(tmp_path: Path) -> None:
    path, source = tmp_path / "clock.json", ManualClock()
    load_or_create_anchor(path, ClockSettings(START, 60), source)
    source.advance(100)
    anchor = load_or_create_anchor(path, ClockSettings("2014-01-01T00:00:00Z", 60), source)
    assert anchor.schedule == parse_instant("2014-01-01T00:00:00Z")


def test_an_unreadable_anchor_is_named_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    path.write_text("{")
    with pytest.raises(InvalidDefinition, match=r"clock\.json cannot be read.*remove it"):
        load_or_create_anchor(path, ClockSettings(START), ManualClock())


def test_an_anchor_that_cannot_be_read_or_written_is_the_worlds_fault(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="cannot be read: Is a directory"):
        load_or_create_anchor(tmp_path, ClockSettings(START), ManualClock())
    (tmp_path / "file").touch()
    with pytest.raises(WorldError, match="cannot be read: Not a directory"):
        load_or_create_anchor(tmp_path / "file" / "clock.json", ClockSettings(START), ManualClock())
    (tmp_path / "loop").symlink_to(tmp_path / "gone" / "away")
    with pytest.raises(WorldError, match="cannot be written: File exists"):
        load_or_create_anchor(tmp_path / "loop" / "clock.json", ClockSettings(START), ManualClock())


def test_the_settings_choose_the_clock(tmp_path: Path) -> None:
    assert isinstance(open_clock(None, tmp_path / "clock.json"), RealClock)
    assert not (tmp_path / "clock.json").exists()
    replay = open_clock(ClockSettings(START, 3600), tmp_path / "clock.json")
    assert BEGAN <= replay.schedule_time() < BEGAN + 3600 * 60
