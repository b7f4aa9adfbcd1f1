"""What processes cost is measured from one look to the next, and never made up."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from synergy.clocks import RealClock
from synergy.worker.footprints import (
    SHORTEST_SECONDS,
    Footprint,
    Footprints,
    memory_percent,
    resident_bytes,
    started_at,
)


class ShiftedClock(RealClock):
    """The real clock, of which a test may say that more time went by."""

    shift = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.shift


def work_for(cpu_seconds: float) -> None:
    until = time.process_time() + cpu_seconds
    while time.process_time() < until:
        pass


def test_a_process_that_worked_before_the_first_look_has_no_rate_yet() -> None:
    work_for(0.1)
    footprints = Footprints(RealClock())
    assert footprints.of(os.getpid()).cpu_percent == 0.0
    assert footprints.of(os.getpid()).rss_bytes > 1_000_000


def test_the_rate_is_that_since_the_last_look() -> None:
    clock = ShiftedClock()
    footprints = Footprints(clock)
    footprints.of(os.getpid())
    work_for(0.3)
    clock.shift += SHORTEST_SECONDS
    assert 10.0 < footprints.of(os.getpid()).cpu_percent <= 110.0


def test_a_second_look_at_once_tells_the_same_rate() -> None:
    clock = ShiftedClock()
    footprints = Footprints(clock)
    footprints.of(os.getpid())
    work_for(0.1)
    clock.shift += SHORTEST_SECONDS
    first = footprints.of(os.getpid())
    work_for(0.05)
    assert footprints.of(os.getpid()).cpu_percent == first.cpu_percent > 0.0


def test_a_process_that_is_forgotten_begins_anew() -> None:
    clock = ShiftedClock()
    footprints = Footprints(clock)
    footprints.of(os.getpid())
    footprints.keep(())
    work_for(0.05)
    clock.shift += SHORTEST_SECONDS
    assert footprints.of(os.getpid()).cpu_percent == 0.0


def test_a_process_that_is_gone_costs_nothing() -> None:
    footprints = Footprints(RealClock())
    process = subprocess.Popen(["sleep", "600"])
    assert footprints.of(process.pid).rss_bytes > 0
    process.kill()
    process.wait()
    assert footprints.of(process.pid) == Footprint()
    assert footprints.of(process.pid) == Footprint()
    assert (resident_bytes(process.pid), started_at(process.pid)) == (0, 0.0)


def test_a_process_started_when_it_was_started() -> None:
    before = RealClock().real_time()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert before - 2.0 < started_at(process.pid) < before + 5.0
        assert resident_bytes(process.pid) > 0


def test_memory_is_a_part_of_the_machines() -> None:
    assert 0.0 < memory_percent(resident_bytes(os.getpid())) < 100.0
    assert memory_percent(0) == 0.0
