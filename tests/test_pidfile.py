from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from synergy.core.errors import AlreadyRunning, DiskFull, NotPermitted, WorldError
from synergy.pidfile import PidFile, file_trouble, holder

HOLD = """
import sys
from pathlib import Path
from synergy.pidfile import PidFile
lock = PidFile(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock of ``x.pid``."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "x.pid")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate(timeout=10)


def test_nobody_holds_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert holder(tmp_path / "x.pid") is None


def test_the_holder_is_named(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    assert holder(tmp_path / "x.pid") == other.pid


def test_a_second_process_is_refused_and_told_who_holds_it(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    with pytest.raises(AlreadyRunning, match=str(other.pid)):
        PidFile(tmp_path / "x.pid").acquire()
    assert holder(tmp_path / "x.pid") == other.pid


def test_a_killed_holder_leaves_nothing_stale(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    other.send_signal(signal.SIGKILL)
    other.wait(10)

    assert (tmp_path / "x.pid").read_text().strip() == str(other.pid)
    assert holder(tmp_path / "x.pid") is None
    with PidFile(tmp_path / "x.pid"):
        assert holder(tmp_path / "x.pid") == os.getpid()


def test_released_twice_and_taken_twice_is_fine(tmp_path: Path) -> None:
    lock = PidFile(tmp_path / "x.pid")
    lock.acquire()
    lock.acquire()
    lock.release()
    lock.release()

    assert holder(tmp_path / "x.pid") is None
    PidFile(tmp_path / "x.pid").acquire()


def test_a_leftover_number_of_a_living_process_is_no_holder(tmp_path: Path) -> None:
    (tmp_path / "x.pid").write_text(f"{os.getpid()}\n")

    assert holder(tmp_path / "x.pid") is None


def test_a_missing_folder_is_told_with_the_path(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match=r"none/x\.pid cannot be written: no such file"):
        PidFile(tmp_path / "none" / "x.pid").acquire()


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.EACCES, NotPermitted), (errno.EROFS, NotPermitted), (errno.ENOSPC, DiskFull), (errno.EIO, WorldError)],
)
def test_each_trouble_has_its_error(number: int, kind: type[Exception]) -> None:
    error = file_trouble("pid file", Path("/p"), OSError(number, "x"))

    assert type(error) is kind
    assert "pid file /p cannot be written" in error.message
    assert error.remedy
