"""What becomes of a unit of work that comes to its end just when it is to be ended."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from synergy.clocks import RealClock
from synergy.core.context import Work
from synergy.core.ports import Finish
from synergy.core.records import UnitOfWork, UowId
from synergy.core.states import UowState
from synergy.worker.frames import Outcome
from synergy.worker.process_tree import TreeRoot
from synergy.worker.slots import CLAIMED_AHEAD, MOST_AHEAD, Slots
from synergy.worker.unit import Ending, Unit
from tests.worker.workshop import make_site

UOW = UnitOfWork(UowId("Calls@2013010100.1"), "Calls", "2013010100", 1, "2013010100", "2013010101")
PROCESSED = Outcome(UowState.PROCESSED)


class Reports:
    """Notes what is reported."""

    def __init__(self) -> None:
        self.finishes: list[Finish] = []

    def claimed(self, _uow: UnitOfWork) -> None: ...

    def finish(self, finish: Finish) -> None:
        self.finishes.append(finish)


class Log:
    lines = 0
    pending = ()


class Shipper:
    def open(self, _uow: UnitOfWork) -> Log:
        return Log()


class Child:
    pid = 1

    def tree(self) -> TreeRoot:
        return TreeRoot((), {})


class Pool:
    """Begins what it is given, in a process that is none."""

    def submit(self, unit: Unit) -> None:
        unit.execution = Child()

    def withdraw(self, unit: Unit) -> None:
        unit.execution = None


class Killer:
    """Signals at once, and waits for nothing."""

    async def end(self, unit: Unit, _tree: TreeRoot, _why: str, _grace_seconds: float) -> None:
        unit.signalled()


class Bench:
    """The slots of a box with one unit of work that runs; what is to be done about its processes is done when told."""

    def __init__(self, folder: Path) -> None:
        work = Work(run="jobs:call")
        self.reports = Reports()
        self.later: list[Coroutine[Any, Any, None]] = []
        parts: Any = (self.reports, Shipper())
        self.slots = Slots(make_site(folder, {"Calls": work}), RealClock(), *parts)
        others: Any = (Pool(), None, Killer(), self.later.append)
        self.slots.equip(*others)
        self.slots.start(UOW, work, 0)
        [self.unit] = self.slots.units

    async def kill(self) -> None:
        """Its processes are ended, as was asked for."""
        for each in self.later:
            await each

    @property
    def told(self) -> tuple[list[UowState], list[UnitOfWork]]:
        """The finishes that were reported, and what was given back."""
        return [finish.state for finish in self.reports.finishes], self.slots.take_given_back()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


async def test_work_that_is_done_before_a_stop_has_told_it_to_end_is_done(bench: Bench) -> None:
    bench.slots.end_all(Ending.STOPPING)
    bench.slots.unit_ended(bench.unit, PROCESSED)
    await bench.kill()
    assert bench.told == ([UowState.PROCESSED], [])
    assert bench.slots.units == ()


async def test_work_that_fails_then_is_given_back(bench: Bench) -> None:
    bench.slots.end_all(Ending.STOPPING)
    bench.slots.unit_ended(bench.unit, Outcome(UowState.INVALID, reason="signal 9"))
    await bench.kill()
    assert bench.told == ([], [UOW])


async def test_what_work_says_after_it_was_told_to_end_is_not_believed(bench: Bench) -> None:
    bench.slots.end_all(Ending.STOPPING)
    bench.unit.signalled()
    bench.slots.unit_ended(bench.unit, PROCESSED)
    await bench.kill()
    assert bench.told == ([], [UOW])


async def test_work_that_is_done_when_its_lease_is_lost_may_be_in_other_hands(bench: Bench) -> None:
    bench.slots.fence()
    bench.slots.unit_ended(bench.unit, PROCESSED)
    await bench.kill()
    assert bench.told == ([UowState.INVALID], [])


async def test_a_lease_that_is_lost_in_the_middle_of_a_stop_counts(bench: Bench) -> None:
    bench.slots.end_all(Ending.STOPPING)
    bench.slots.unit_ended(bench.unit, PROCESSED)
    bench.slots.fence()
    await bench.kill()
    assert bench.told == ([UowState.INVALID], [])


async def test_work_that_is_canceled_is_canceled_even_if_it_is_done(bench: Bench) -> None:
    bench.slots.cancel(UOW.uow_id)
    bench.slots.unit_ended(bench.unit, PROCESSED)
    await bench.kill()
    assert bench.told == ([UowState.CANCELED], [])


def rooms(bench: Bench) -> Iterator[int]:
    """The room that there is: before anything is known, after short work, and when claims take their time, too."""
    bench.slots.unit_ended(bench.unit, Outcome(UowState.INVALID, reason="exit 1"))
    yield bench.slots.room()
    for _ in range(60):
        bench.slots.start(UOW, Work(run="jobs:call"), 0)
        [unit] = bench.slots.units
        bench.slots.unit_ended(unit, PROCESSED)
    yield bench.slots.room()
    for _ in range(20):
        bench.slots.claim_took(60.0)
    yield bench.slots.room()


def test_as_much_short_work_is_claimed_ahead_as_gets_through_while_a_claim_is_answered(bench: Bench) -> None:
    assert list(rooms(bench)) == [2, 2 * (1 + CLAIMED_AHEAD), 2 * (1 + MOST_AHEAD)]
