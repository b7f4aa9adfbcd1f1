"""The disk fills, the store is locked, gone or damaged in the middle of a run: it is told, and nothing is lost."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.endtoend import evidence
from tests.endtoend.deployment import Deployment
from tests.endtoend.projects import write_project
from tests.waiting import poll

pytestmark = pytest.mark.real

JOBS = 48
CONCURRENCY = 2
DEFINITIONS = """
process_context = [
    ManagedProcess(process_name="Hourly", time_qualifier="hourly", concurrency=2,
                   command=["sh", "-c", "while test -e hold; do touch held-{timeperiod}; sleep 0.05; done"]),
]
timetable_context = [Tree(tree_name="Main", enclosed_processes=["Hourly"])]
"""
SECONDS = 30.0
FINISHED = "SELECT count(*) FROM unit_of_work WHERE state = 'state_processed' AND applied"


def begin(deployment: Deployment) -> None:
    """Start; the first jobs are done, and the next two are held: nothing but heartbeats is written any more."""
    write_project(deployment.folder, DEFINITIONS, end_timeperiod="2013010300")
    deployment.start()
    poll(lambda: (deployment.value(FINISHED) or 0) >= 3, SECONDS, "the first jobs are done")
    (deployment.folder / "hold").touch()
    poll(lambda: len(list(deployment.folder.glob("held-*"))) == CONCURRENCY, SECONDS, "two are held")


def assert_it_is_told(deployment: Deployment, words: str) -> None:
    """Status says what is wrong, a check of health is negative, and a change is refused."""
    status = deployment.await_status(lambda told: words in told["store"]["detail"], SECONDS, f"status says {words}")
    assert (status["state"], status["store"]["up"]) == ("store_down", False)
    assert any(words in problem for problem in status["problems"])
    deployment.ctl("status", "--check", expect=1)
    assert words in deployment.ctl("deactivate", "Hourly", expect=9).stderr
    assert words in deployment.ctl("show", "Hourly@2013010100", expect=9).stderr
    assert "Hourly" in deployment.ctl("processes").stdout


def assert_work_goes_on(deployment: Deployment) -> None:
    """All of it, each once, by itself."""
    (deployment.folder / "hold").unlink()
    deployment.await_status(lambda told: told["state"] == "running", SECONDS, "the store is back")
    poll(lambda: deployment.value(FINISHED) == JOBS, SECONDS, "all jobs are done")
    evidence.assert_each_ran_once(deployment, JOBS)
    evidence.assert_histories_are_whole(deployment)
    deployment.await_status(lambda told: told["supervisors"] == 1, SECONDS, "the supervisor is known again")
    deployment.ctl("status", "--check")


def test_files_that_cannot_grow_are_told_until_they_can(deployment: Deployment) -> None:
    begin(deployment)
    with no_growth(deployment):
        assert_it_is_told(deployment, "disk I/O error")
    assert_work_goes_on(deployment)


def test_a_full_disk_is_told_until_there_is_room(deployment: Deployment) -> None:
    runtime = deployment.folder / ".synergy"
    with small_disk(runtime):
        begin(deployment)
        filler = runtime / "filler"
        fill(filler)
        assert_it_is_told(deployment, "the disk is full")
        filler.unlink()
        assert_work_goes_on(deployment)
        deployment.synergyd("stop", "--now")


def test_a_store_that_another_process_locks_is_told_until_it_lets_go(deployment: Deployment) -> None:
    begin(deployment)
    with closing(sqlite3.connect(deployment.paths.sqlite_path, isolation_level=None, timeout=10)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert_it_is_told(deployment, "is locked by another process")
        other.execute("ROLLBACK")
    assert_work_goes_on(deployment)


def test_a_store_that_is_gone_is_told_until_it_is_put_back(deployment: Deployment) -> None:
    begin(deployment)
    path = deployment.paths.sqlite_path
    aside = path.with_name("aside")
    path.rename(aside)
    assert_it_is_told(deployment, f"{path} ")
    aside.rename(path)
    assert_work_goes_on(deployment)


def test_a_store_that_is_damaged_is_told_until_it_is_restored(deployment: Deployment) -> None:
    begin(deployment)
    path = deployment.paths.sqlite_path
    aside, damaged = path.with_name("aside"), path.with_name("damaged")
    damaged.write_bytes(os.urandom(100_000))
    with closing(sqlite3.connect(path, timeout=10)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path.rename(aside)
    damaged.rename(path)
    assert_it_is_told(deployment, "file is not a database")
    aside.replace(path)
    assert_work_goes_on(deployment)


@contextmanager
def no_growth(deployment: Deployment) -> Iterator[None]:
    """Daemon and supervisor cannot write to files, as on a full disk; their children are not concerned."""
    pids = [pid for pid in (deployment.daemon_pid, deployment.supervisor_pid) if pid is not None]
    limits = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids}
    for pid, (_, hard) in limits.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
    yield
    for pid, limit in limits.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A disk of 8 MB at the folder."""
    folder.mkdir()
    mount = shutil.which("mount")
    mounted = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], check=False, capture_output=True, text=True
    )
    if not mounted or mounted.returncode:
        pytest.skip(f"this user may not mount: {mounted.stderr.strip() if mounted else 'no mount'}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(path: Path) -> None:
    """Write until there is no room left."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(os.urandom(4096))
        except OSError:
            return
