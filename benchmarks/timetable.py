"""The timetable at a million periods: its build, its load, its memory, and the cost of one event against 10,000.

Prints figures; nothing is stored and no program is started. Run: ``python benchmarks/timetable.py``.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable

from synergy.core import timeperiods
from synergy.core.context import BlockingType, ManagedSpec, ProcessContext, TreeSpec, Work
from synergy.core.engine import reports
from synergy.core.engine.dispatch import settle
from synergy.core.engine.outbox import Outbox
from synergy.core.engine.restore import Stored, restore
from synergy.core.engine.schedule import Now, Schedule
from synergy.core.records import UnitOfWork
from synergy.core.settings import Settings
from synergy.core.states import JOB_CODES, JobState, UowState
from synergy.core.timeperiods import Qualifier
from synergy.core.timetable.timetable import Timetable

START = "1980010100"
MILLION, FEW = 1_000_000, 10_000
PAGE = 10_000
EVENTS = 2_000

CONTEXT = ProcessContext(
    managed=(
        ManagedSpec("Year", Qualifier.YEARLY, "T", Work(run="jobs:nothing"), blocking_type=BlockingType.CHILDREN),
        ManagedSpec("Month", Qualifier.MONTHLY, "T", Work(run="jobs:nothing"), blocking_type=BlockingType.CHILDREN),
        ManagedSpec(
            "Day", Qualifier.DAILY, "T", Work(run="jobs:nothing"), blocking_type=BlockingType.CHILDREN, concurrency=8
        ),
        ManagedSpec("Hour", Qualifier.HOURLY, "T", Work(run="jobs:nothing"), concurrency=8),
    ),
    trees=(TreeSpec("T", ("Year", "Month", "Day", "Hour")),),
)


def seconds_of(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def timetable_of(hours: int) -> tuple[Timetable, float]:
    """A timetable that holds so many hours, and the schedule time at which it does."""
    first = timeperiods.ordinal_of(Qualifier.HOURLY, START)
    at = timeperiods.start_of(Qualifier.HOURLY, first + hours - 1)
    made = Timetable(CONTEXT, START, None)
    made.grow(at)
    return made, at


def load_finished(timetable: Timetable, hours: int) -> None:
    """Load so many finished hours by pages, as a start does."""
    column = timetable.columns[3]
    names = [timeperiods.timeperiod_of(Qualifier.HOURLY, column.first + hour) for hour in range(hours)]
    code = bytes([JOB_CODES[JobState.PROCESSED]])

    def load() -> None:
        for start in range(0, hours, PAGE):
            page = names[start : start + PAGE]
            column.load(page, code * len(page))
        column.settle()

    print(f"  load of {hours:,} finished jobs: {seconds_of(load):.3f} s")


def seconds_an_event(hours: int) -> float:
    """The cost of a finished unit of work, from its report to the start of what follows, with nothing done before."""
    timetable, at = timetable_of(hours)
    schedule = restore(
        CONTEXT, Settings(context="none", synergy_start_timeperiod=START), timetable, Stored(), Now(at, 1.0)
    )
    first_looks = seconds_of(lambda: _look_at_all(schedule))
    print(f"  first look at what is due, {hours:,} hours: {first_looks:.3f} s (in batches)")
    began = time.perf_counter()
    done = 0
    while done < EVENTS:
        outbox, schedule.outbox = schedule.outbox, Outbox()
        for uow in outbox.publish:
            _end(schedule, uow)
            settle(schedule)
            done += 1
    return (time.perf_counter() - began) / done


def _look_at_all(schedule: Schedule) -> None:
    """Let each frontier pass all that is due, so that only events are measured after that."""
    while settle(schedule):
        pass


def _end(schedule: Schedule, uow: UnitOfWork) -> None:
    fields = {name: getattr(uow, name) for name in uow.__struct_fields__}
    claimed = UnitOfWork(**{**fields, "state": UowState.IN_PROGRESS, "started": 1.0})
    reports.uow_claimed(schedule, claimed)
    reports.uow_finished(
        schedule, UnitOfWork(**{**fields, "state": UowState.PROCESSED, "started": 1.0, "finished": 1.0})
    )


def main() -> None:
    print(f"build of {MILLION:,} hours with their days, months and years:")
    print(f"  {seconds_of(lambda: timetable_of(MILLION)):.4f} s")
    tracemalloc.start()
    timetable, _ = timetable_of(MILLION)
    print(f"  {tracemalloc.get_traced_memory()[0] / 1e6:.2f} MB")
    tracemalloc.stop()
    load_finished(timetable, MILLION)
    few, many = seconds_an_event(FEW), seconds_an_event(MILLION)
    print(f"one event: {few * 1e6:.0f} µs at {FEW:,} hours, {many * 1e6:.0f} µs at {MILLION:,}; ratio {many / few:.2f}")


if __name__ == "__main__":
    main()
