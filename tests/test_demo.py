"""The demo, as a newcomer runs it: a whole year of real data from one command."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from synergy.pidfile import holder

pytestmark = pytest.mark.real

YEAR_SECONDS = 240
"""The year takes less than half of this on two free cores."""


def demo(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "synergy.cli.synergyd", "demo", "--headless", "--folder", str(folder), *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=YEAR_SECONDS,
    )


def test_a_year_is_worked_through_and_a_second_run_finds_nothing_to_do(tmp_path: Path) -> None:
    first = demo(tmp_path / "year", "-o", "json")

    assert first.returncode == 0, first.stderr
    summary = json.loads(first.stdout)
    assert (summary["jobs"], summary["finished"], summary["finished_now"]) == (18_652, 18_652, 18_652)
    assert {name: tree["jobs"] for name, tree in summary["trees"].items()} == {
        "Flights": 8_760 + 365 + 12 + 1,
        "Weather": 8_760 + 365 + 12,
        "Delays": 365 + 12,
    }
    assert all(tree["skipped"] == 0 for tree in summary["trees"].values())
    assert summary["trees"]["Weather"]["noop"] == 8_760 - 8_713 + 1
    database = sqlite3.connect(tmp_path / "year" / "flights.db")
    assert database.execute("SELECT sum(flights), sum(cancelled) FROM flights_hourly").fetchone() == (336_776, 8_255)
    assert len(list((tmp_path / "year" / "reports").glob("delays_*.txt"))) == 377
    for name in ("synergyd.pid", "supervisor.pid"):
        assert holder(tmp_path / "year" / ".synergy" / name) is None

    second = demo(tmp_path / "year")

    assert second.returncode == 0, second.stderr
    assert second.stdout.startswith("nothing was left to do: all 18,652 jobs were finished by an earlier run\n")
    assert "flights in the year" in second.stdout


def test_a_daemon_that_cannot_start_is_told_with_its_reason_and_exit_code(tmp_path: Path) -> None:
    folder = tmp_path / "year"
    folder.mkdir()
    (folder / "synergy.toml").write_text('[synergy]\ncontext = "flights.context"\nslots = "many"\n')
    refused = demo(folder)
    assert refused.returncode == 2
    assert "slots" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_demo_whose_reader_is_gone_stops_what_it_started(tmp_path: Path) -> None:
    folder = tmp_path / "year"
    command = [sys.executable, "-m", "synergy.cli.synergyd", "demo", "--headless", "--folder", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        assert running.stdout is not None
        assert any(" jobs/s" in line for line in running.stdout)
        running.stdout.close()
        assert running.wait(YEAR_SECONDS) == 1
    for name in ("synergyd.pid", "supervisor.pid"):
        assert holder(folder / ".synergy" / name) is None
