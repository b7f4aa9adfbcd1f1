from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import Result

from synergy.cli.migrating import NOT_THE_SAME
from synergy.cli.synergyd import main as synergyd
from synergy.core.ports import ArchiveKind, MigrationMark
from synergy.core.records import Job
from synergy.core.states import JobState
from synergy.pidfile import PidFile
from synergy.stores.sqlite.archive import SqliteArchive
from tests.cli.conftest import invoke

TO = "sqlite:moved/synergy.db"


@pytest.fixture
def project(folder: Path) -> Path:
    """A project whose store holds twelve jobs."""
    put(folder / ".synergy" / "synergy.db", JobState.PROCESSED)
    return folder


def put(path: Path, state: JobState, count: int = 12) -> None:
    """Have the store hold these jobs, and leave what it holds besides."""

    async def write() -> None:
        store = SqliteArchive(path)
        await store.prepare()
        mark = await store.mark() or MigrationMark("elsewhere", 0, 0)
        jobs = [Job("Hourly", f"20130101{hour:02d}", state) for hour in range(count)]
        await store.write(ArchiveKind.JOB, jobs, 0, mark)
        await store.close()

    asyncio.run(write())


def moving(folder: Path, *arguments: str) -> Result:
    return invoke(synergyd, ["migrate", "-C", str(folder), "--to", TO, *arguments])


def test_a_move_prints_counts_and_the_line_for_the_settings(project: Path) -> None:
    done = moving(project)
    assert done.exit_code == 0
    assert ["job", "12", "12"] in [line.split() for line in done.stdout.splitlines()]
    assert done.stdout.splitlines()[-1] == f'store = "{TO}"'
    assert "job: 12 of 12" in done.stderr
    assert "--verify compares contents" in done.stderr
    assert TO not in (project / "synergy.toml").read_text()


def test_a_plan_prints_counts_and_no_line(project: Path) -> None:
    done = moving(project, "--plan")
    assert done.exit_code == 0
    assert ["job", "12", "0"] in [line.split() for line in done.stdout.splitlines()]
    assert "store =" not in done.stdout
    assert not (project / "moved").exists()


def test_the_first_differences_are_named_and_the_others_counted(project: Path) -> None:
    moving(project)
    put(project / "moved" / "synergy.db", JobState.SKIPPED)
    done = moving(project, "--verify")
    assert done.exit_code == NOT_THE_SAME
    assert "job Hourly 2013010100: differs in state" in done.stderr
    assert "job: 2 more differences" in done.stderr
    assert "store =" not in done.stdout


def test_a_program_is_told_all_of_it(project: Path) -> None:
    told = json.loads(moving(project, "--verify", "-o", "json").stdout)
    assert told["same"]
    assert told["copied"]
    assert told["setting"] == f'store = "{TO}"'
    (jobs,) = [one for one in told["comparisons"] if one["kind"] == "job"]
    assert jobs["source_digest"] == jobs["target_digest"]


def test_a_daemon_that_holds_its_pid_file_is_named(project: Path) -> None:
    with PidFile(project / ".synergy" / "synergyd.pid") as held:
        done = moving(project)
        assert done.exit_code == 3
        assert f"runs, pid {held.path.read_text().strip()}" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--plan", "--verify"], "leave --verify out"),
        (["--to", "postgres://me:secret@h"], '"postgres:…" is no store that is known; use sqlite:PATH'),
        (["--to", "sqlite:"], '"sqlite:…" is no store that is known'),
        (["--to", "sqlite:.synergy/synergy.db"], "is the project's store itself"),
    ],
)
def test_what_cannot_be_meant_is_refused(project: Path, arguments: list[str], told: str) -> None:
    done = moving(project, *arguments)
    assert done.exit_code == 2
    assert told in done.stderr
    assert "secret" not in done.stderr
