"""What must be true of a deployment that was disturbed and has come to its end, read past the daemon."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Final

from flights import data, jobs

from synergy.core.records import JobKey, UowType
from synergy.core.states import JobState, UowState
from tests.endtoend.deployment import Deployment
from tests.endtoend.stored_in_sqlite import read
from tests.waiting import poll

Rows = dict[tuple[str, str], tuple[int, int, float | None, float | None]]
ENDED: Final = {UowState.PROCESSED, UowState.NOOP}
LEVEL_DIGITS: Final = {"hourly": 10, "daily": 8, "monthly": 6, "yearly": 4}
WRITTEN_SECONDS: Final = 10.0
WAITS_FOR_NO_CHILD: Final = "DelaysMonthly"
"""It waits for the months that it depends on: a day that is tried again may come after it, and it runs once more."""


def assert_nothing_is_left(deployment: Deployment) -> None:
    """No unit of work is active, none waits to be applied, every job that was begun is finished."""
    stored = deployment.stored
    _assert_none_soon(lambda: [uow for uow in stored.uows() if uow.state not in ENDED or not uow.applied])
    _assert_none_soon(lambda: [job for job in stored.jobs() if job.state not in {JobState.PROCESSED, JobState.NOOP}])


def assert_each_ran_once(deployment: Deployment, jobs_in_all: int) -> None:
    """No job is missing, none was given two units of work without need, of each exactly one finish was accepted."""
    uows = deployment.stored.uows()
    managed = {uow.key for uow in uows if uow.uow_type is UowType.MANAGED}
    assert len(deployment.stored.jobs()) == len(managed) == jobs_in_all
    told = deployment.stored.history()
    needed = {one.uow_id for one in told if one.process_name == WAITS_FOR_NO_CHILD and one.cause == "input_finished"}
    again = {uow.key for uow in uows if uow.uow_type is UowType.MANAGED and uow.uow_id not in {f"{uow.key}.1", *needed}}
    assert again == set(), "\n".join(str(one) for one in told if JobKey(one.process_name, one.timeperiod) in again)
    accepted = Counter(
        one.uow_id for one in deployment.stored.attempts()
        if one.accepted and one.state in ENDED and one.finished is not None
    )  # fmt: skip
    assert set(accepted) == {uow.uow_id for uow in uows}
    assert {uow_id: count for uow_id, count in accepted.items() if count != 1} == {}


def assert_no_attempts_overlap(deployment: Deployment) -> None:
    """Two attempts of a unit of work never ran at once: as the store tells it, and as the jobs saw it themselves."""
    assert [path.name for path in (deployment.folder / "overlaps").iterdir()] == []
    for earlier, later in pairwise(deployment.stored.attempts()):
        if earlier.uow_id == later.uow_id:
            assert earlier.attempt < later.attempt, later
            assert (earlier.finished or earlier.started) <= later.started, (earlier, later)


def assert_histories_are_whole(deployment: Deployment) -> None:
    """Each job's transitions begin with embryo, join without a gap, and end in the state that the job has."""
    _assert_none_soon(lambda: _gaps(deployment))


def _gaps(deployment: Deployment) -> list[object]:
    found: list[object] = []
    last: dict[JobKey, JobState] = {}
    for entry in deployment.stored.history():
        key = JobKey(entry.process_name, entry.timeperiod)
        if entry.old_state is not last.get(key, JobState.EMBRYO):
            found.append(entry)
        last[key] = entry.new_state
    states = {job.key: job.state for job in deployment.stored.jobs()}
    return [*found, *(states.items() ^ last.items())]


def _assert_none_soon(complaints: Callable[[], list[object]]) -> None:
    """What the daemon commits as a whole a store may write document by document: so it may take a moment."""
    with suppress(AssertionError):
        poll(lambda: not complaints(), WRITTEN_SECONDS)
    assert complaints() == []


def assert_sums_are_right(deployment: Deployment, end_timeperiod: str) -> None:
    """The results of the example's Flights tree are those of a computation that nobody disturbed."""
    for table, wanted in undisturbed(end_timeperiod).items():
        found = {
            (row["timeperiod"], row["origin"]): (
                row["flights"], row["cancelled"], row["mean_departure_delay"], row["mean_arrival_delay"]
            )
            for row in read(deployment.folder / "flights.db", f"SELECT * FROM {table}")  # noqa: S608 - a name from here
        }  # fmt: skip
        assert found == wanted, table


def jobs_until(end_timeperiod: str) -> int:
    """How many jobs the example has from 2013010100 up to the end (exclusive).

    Flights and Weather with hours, days and months, the years of Flights; Delays with days and months.
    """
    hours, days, months, years = (len(found) for found in periods(end_timeperiod).values())
    return 2 * (hours + days + months) + years + days + months


@cache
def undisturbed(end_timeperiod: str) -> dict[str, Rows]:
    """The rows of the Flights tables from 2013010100 up to the end (exclusive)."""
    tables: dict[str, Rows] = {}
    for level, digits in LEVEL_DIGITS.items():
        table = tables[f"flights_{level}"] = {}
        for timeperiod in periods(end_timeperiod)[level]:
            after_last = min(f"{timeperiod[:digits]}~", end_timeperiod)
            for origin, tally in jobs.tally_departures(data.departures().between(timeperiod, after_last)).items():
                delays = tally.departure_delay.value, tally.arrival_delay.value
                table[timeperiod, origin] = (tally.flights, tally.cancelled, *delays)
    return tables


@cache
def periods(end_timeperiod: str) -> dict[str, list[str]]:
    """The timeperiods of each level from 2013010100 up to the end (exclusive), ascending."""
    at, end = (datetime.strptime(stamp, "%Y%m%d%H").replace(tzinfo=UTC) for stamp in ("2013010100", end_timeperiod))
    hours = [f"{at + timedelta(hours=number):%Y%m%d%H}" for number in range(int((end - at).total_seconds()) // 3600)]
    return {
        level: list(dict.fromkeys(hour[:digits].ljust(10, "0") for hour in hours))
        for level, digits in LEVEL_DIGITS.items()
    }
