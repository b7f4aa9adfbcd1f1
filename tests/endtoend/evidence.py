"""What must be true of a deployment that was disturbed and has come to its end, read past the daemon."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise

from flights import data, jobs

from tests.endtoend.deployment import Deployment, read

Rows = dict[tuple[str, str], tuple[int, int, float | None, float | None]]
ENDED = {"state_processed", "state_noop"}
LEVEL_DIGITS = {"hourly": 10, "daily": 8, "monthly": 6, "yearly": 4}


def assert_nothing_is_left(deployment: Deployment) -> None:
    """No unit of work is active, none waits to be applied, every job that was begun is finished."""
    assert (
        deployment.rows("SELECT uow_id, state FROM unit_of_work WHERE state NOT IN ('state_processed', 'state_noop')")
        == []
    )
    assert deployment.value("SELECT count(*) FROM unit_of_work WHERE NOT applied") == 0
    assert deployment.value("SELECT count(*) FROM job WHERE state NOT IN ('state_processed', 'state_noop')") == 0


def assert_each_ran_once(deployment: Deployment, jobs_in_all: int) -> None:
    """No job is missing, none was given two units of work, and of each exactly one finish was accepted."""
    managed = "FROM unit_of_work WHERE uow_type = 'type_managed'"
    assert deployment.value("SELECT count(*) FROM job") == jobs_in_all
    assert deployment.value(f"SELECT count(DISTINCT process_name || '@' || timeperiod) {managed}") == jobs_in_all
    assert deployment.value(f"SELECT count(*) {managed}") == jobs_in_all
    attempts = deployment.rows("SELECT uow_id, state, finished FROM attempt WHERE accepted")
    accepted = Counter(row["uow_id"] for row in attempts if row["state"] in ENDED and row["finished"] is not None)
    wanted = {row["uow_id"] for row in deployment.rows("SELECT uow_id FROM unit_of_work")}
    assert set(accepted) == wanted
    assert {uow_id: count for uow_id, count in accepted.items() if count != 1} == {}


def assert_no_attempts_overlap(deployment: Deployment) -> None:
    """Two attempts of a unit of work never ran at once: as the store tells it, and as the jobs saw it themselves."""
    assert [path.name for path in (deployment.folder / "overlaps").iterdir()] == []
    rows = deployment.rows("SELECT * FROM attempt ORDER BY uow_id, attempt, started")
    for earlier, later in pairwise(rows):
        if earlier["uow_id"] == later["uow_id"]:
            assert earlier["attempt"] < later["attempt"], tuple(later)
            assert (earlier["finished"] or earlier["started"]) <= later["started"], (tuple(earlier), tuple(later))


def assert_histories_are_whole(deployment: Deployment) -> None:
    """Each job's transitions begin with embryo, join without a gap, and end in the state that the job has."""
    last: dict[tuple[str, str], str] = {}
    for row in deployment.rows("SELECT * FROM history ORDER BY seq"):
        key = (row["process_name"], row["timeperiod"])
        assert row["old_state"] == last.get(key, "state_embryo"), tuple(row)
        last[key] = row["new_state"]
    states = {(row["process_name"], row["timeperiod"]): row["state"] for row in deployment.rows("SELECT * FROM job")}
    assert last == states


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
