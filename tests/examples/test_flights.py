"""The example's jobs, called as a worker calls them: the sums of a year of real data."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flights import context, data, delays, digest, feed, jobs, results, sums

from synergy.core.records import UowId
from synergy.definitions import ManagedProcess, Result, UnitOfWork

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "flights"
YEAR = ("2013000000", "2014000000")
JANUARY = ("2013010000", "2013020000")
NEW_YEARS_DAY = ("2013010100", "2013010200")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Jobs run in the project's folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def unit(sink: str, period: tuple[str, str]) -> UnitOfWork:
    start, end = period
    return UnitOfWork(UowId("test"), "Test", start, run=1, start_timeperiod=start, end_timeperiod=end, sink=sink)


def rows(table: str) -> list[tuple[Any, ...]]:
    return list(results.connection().execute(f"SELECT * FROM {table} ORDER BY timeperiod, origin"))  # noqa: S608


def total(column: str, table: str) -> int:
    return int(results.connection().execute(f"SELECT sum({column}) FROM {table}").fetchone()[0])  # noqa: S608


def command(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": str(EXAMPLE), "PATH": str(Path(sys.executable).parent)}
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_the_year_has_all_flights_and_the_cancelled_ones_among_them() -> None:
    result = jobs.departures(unit("flights_yearly", YEAR))
    assert result == Result(processed=336_776, aggregated=3)
    assert total("flights", "flights_yearly") == 336_776
    assert total("cancelled", "flights_yearly") == 8_255
    assert [origin for _, origin, *_ in rows("flights_yearly")] == ["EWR", "JFK", "LGA"]


@pytest.mark.parametrize(("period", "flights"), [(JANUARY, 27_004), (NEW_YEARS_DAY, 842)])
def test_a_month_and_a_day_have_their_flights(period: tuple[str, str], flights: int) -> None:
    assert jobs.departures(unit("flights_daily", period)).processed == flights


def test_the_hours_of_the_year_add_up_to_it() -> None:
    index = data.departures()
    assert len(index.hours) == 6_936
    assert sum(1 for _ in index.between(*YEAR)) == 336_776
    assert sum(len(items) for items in index.by_hour.values()) == 336_776


def test_an_hour_is_taken_as_the_columns_give_it() -> None:
    assert jobs.departures(unit("flights_hourly", ("2013010105", "2013010106"))).processed == 6
    timeperiod, origin, flights, cancelled, departure_delay, arrival_delay = rows("flights_hourly")[0]
    assert (timeperiod, origin, flights, cancelled) == ("2013010105", "EWR", 2, 0)
    assert (departure_delay, arrival_delay) == (-1.0, 11.5)


def test_an_hour_without_flights_is_noop_and_has_no_rows() -> None:
    assert jobs.departures(unit("flights_hourly", ("2013010103", "2013010104"))) == Result("noop")
    assert rows("flights_hourly") == []


def test_a_mean_over_nothing_is_null() -> None:
    tallies = jobs.tally_departures([("JFK", None, None), ("LGA", 4, None), ("LGA", 6, 1)])
    assert (tallies["JFK"].cancelled, tallies["JFK"].departure_delay.value) == (1, None)
    assert (tallies["LGA"].departure_delay.value, tallies["LGA"].arrival_delay.value) == (5.0, 1.0)


def test_a_job_that_runs_again_replaces_its_rows() -> None:
    for _ in range(2):
        jobs.departures(unit("flights_daily", NEW_YEARS_DAY))
    results.replace("flights_daily", "2013010200", [("JFK", 1, 0, None, None)])
    assert total("flights", "flights_daily") == 843


def test_a_row_that_cannot_be_written_leaves_the_old_ones() -> None:
    jobs.departures(unit("flights_daily", NEW_YEARS_DAY))
    with pytest.raises(sqlite3.IntegrityError):
        results.replace("flights_daily", "2013010100", [("JFK", 1, 0, None, None), ("JFK", 2, 0, None, None)])
    assert total("flights", "flights_daily") == 842


def test_the_result_file_is_found_again_after_it_was_removed(folder: Path) -> None:
    jobs.departures(unit("flights_daily", NEW_YEARS_DAY))
    for file in folder.glob("flights.db*"):
        file.unlink()
    jobs.departures(unit("flights_daily", NEW_YEARS_DAY))
    assert sqlite3.connect(folder / "flights.db").execute("SELECT sum(flights) FROM flights_daily").fetchone() == (842,)


def test_weather_has_its_hours_and_the_later_of_two_readings_counts() -> None:
    index = data.readings()
    assert len(index.hours) == 8_713
    assert index.hours[-1] == "2013123018"
    assert dict(index.by_hour["2013110301"])["EWR"].temperature == 50


def test_an_hour_without_a_reading_is_noop_and_so_is_a_day_of_them() -> None:
    assert jobs.weather(unit("weather_daily", ("2013123100", "2014010100"))) == Result("noop")
    assert jobs.weather(unit("weather_hourly", ("2013123018", "2013123019"))).state == "processed"
    assert len(rows("weather_hourly")) == 3


def test_the_report_of_a_day_weighs_hours_by_their_flights(folder: Path) -> None:
    for hour in range(24):
        end = "2013010200" if hour == 23 else f"20130101{hour + 1:02}"
        jobs.departures(unit("flights_hourly", (f"20130101{hour:02}", end)))
        jobs.weather(unit("weather_hourly", (f"20130101{hour:02}", end)))
    jobs.departures(unit("flights_daily", NEW_YEARS_DAY))
    assert delays.daily(unit("reports", NEW_YEARS_DAY)).aggregated == 1
    report = (folder / "reports" / "delays_2013-01-01.txt").read_text()
    left, late = 0, 0.0
    for _, _, flights, cancelled, mean, _ in rows("flights_daily"):
        left, late = left + flights - cancelled, late + mean * (flights - cancelled)
    last = report.splitlines()[-1].split()
    assert last == ["all", "842", "4", f"{late / left:.1f}"]
    assert "05:00" in report
    assert "█" in report
    assert delays.monthly(unit("reports", JANUARY)).state == "processed"
    assert "01-01" in (folder / "reports" / "delays_2013-01.txt").read_text()
    assert sorted(path.suffix for path in (folder / "reports").iterdir()) == [".txt", ".txt"]


def test_a_report_over_nothing_is_noop() -> None:
    assert delays.daily(unit("reports", NEW_YEARS_DAY)) == Result("noop")


def test_the_digest_tells_how_far_the_tables_have_come(folder: Path) -> None:
    assert digest.write(unit("reports", NEW_YEARS_DAY)) == Result("noop")
    jobs.departures(unit("flights_daily", NEW_YEARS_DAY))
    assert digest.write(unit("reports", NEW_YEARS_DAY)).processed == 1
    assert "flights_daily           1 periods, the last 2013010100" in (folder / "reports" / "digest.txt").read_text()


def test_a_month_by_command_ends_as_its_exit_code_says(folder: Path) -> None:
    done = command("flights.monthly", "--period", "2013120000", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert total("flights", "flights_monthly") == 28_135
    assert command("flights.monthly", "--period", "2014010000", folder=folder).returncode == 99
    refused = command("flights.monthly", "--period", "2013130000", folder=folder)
    assert refused.returncode == 2
    assert '"2013130000" is no month' in refused.stderr


def test_the_feed_emits_events_and_keeps_no_more_than_two_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = command("flights.feed", "--events", "3", "--interval", "0", folder=folder)
    assert [json.loads(line)["number"] for line in done.stdout.splitlines()] == [1, 2, 3]
    assert (folder / "feed.jsonl").read_text() == done.stdout
    monkeypatch.setattr(feed, "LARGEST_BYTES", 10)
    for number in range(5):
        feed.keep(folder / "feed.jsonl", f"line {number} that is long")
    assert sorted(path.name for path in folder.glob("feed*")) == ["feed.1.jsonl", "feed.jsonl"]


def test_the_sums_say_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert sums.main() == 1
    assert "there is no" in capsys.readouterr().err
    jobs.departures(unit("flights_yearly", YEAR))
    assert sums.main() == 1
    told = capsys.readouterr().out
    assert "flights in the year        336,776\n" in told
    assert "flights in January               0   should be 27,004" in told


def test_every_sink_is_a_table_or_the_reports_and_every_process_is_in_a_tree() -> None:
    managed = [process for process in context.process_context if isinstance(process, ManagedProcess)]
    assert {process.sink for process in managed} == {*results.TABLES, "reports"}
    enclosed = [name for tree in context.timetable_context for name in tree.enclosed_processes]
    assert sorted(enclosed) == sorted(process.process_name for process in managed)
