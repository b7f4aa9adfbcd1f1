"""The disk fills, the store is locked, gone or damaged in the middle of a run: it is told, and nothing is lost."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.endtoend.deployment import Deployment
from tests.endtoend.disks import fill, mount_small_disk, no_growth, unmount
from tests.endtoend.outages import assert_it_is_told, assert_work_goes_on, begin

pytestmark = [pytest.mark.real, pytest.mark.embedded(reason="it is done to the file of the store")]


def test_files_that_cannot_grow_are_told_until_they_can(deployment: Deployment) -> None:
    begin(deployment)
    with no_growth((deployment.daemon_pid, deployment.supervisor_pid)):
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
def small_disk(folder: Path) -> Iterator[None]:
    """A disk of 8 MB at the folder."""
    if why := mount_small_disk(folder, 8):
        pytest.skip(f"this user may not mount: {why}")
    try:
        yield
    finally:
        unmount(folder)
