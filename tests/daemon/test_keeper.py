from __future__ import annotations

import asyncio
import logging
import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from synergy.clocks import RealClock
from synergy.daemon import keeper
from synergy.daemon.keeper import SupervisorKeeper
from synergy.daemon.supervisor_process import supervisor_pid
from synergy.loading import load_paths
from tests.manual_clock import ManualClock
from tests.test_loading import project
from tests.waiting import wait_until


async def test_a_pid_file_that_cannot_be_trusted_starts_nothing_and_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(keeper, "_LOOK_SECONDS", 0.0)
    paths = load_paths(project(tmp_path))
    paths.runtime_folder.mkdir()
    paths.supervisor_pid_file.symlink_to(tmp_path / "elsewhere")
    with caplog.at_level(logging.INFO):
        running = asyncio.ensure_future(SupervisorKeeper(paths, ManualClock()).run())
        for _ in range(20):
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait({running})
    assert [record.action for record in caplog.records] == ["supervisor_unknown"]  # type: ignore[attr-defined]
    assert not (tmp_path / "elsewhere").exists()


WAITS = "import time; time.sleep(60)\n"
"""Definitions that keep a supervisor from taking its pid file."""


async def test_a_supervisor_that_is_just_starting_ends_with_its_keeper(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    paths = load_paths(project(tmp_path, module=WAITS))
    with caplog.at_level(logging.INFO):
        running = asyncio.ensure_future(SupervisorKeeper(paths, RealClock()).run())
        await wait_until(lambda: any("loading_child" in line for line in _lines_in(paths.folder)), 30)
        running.cancel()
        await asyncio.wait({running})
    assert [record.action for record in caplog.records] == ["supervisor_started", "supervisor_ended"]  # type: ignore[attr-defined]
    await wait_until(lambda: not _lines_in(paths.folder))


async def test_a_supervisor_that_holds_its_pid_file_outlives_its_keeper(tmp_path: Path) -> None:
    paths = load_paths(project(tmp_path))
    running = asyncio.ensure_future(SupervisorKeeper(paths, RealClock()).run())
    await wait_until(lambda: supervisor_pid(paths) is not None, 30)
    running.cancel()
    await asyncio.wait({running})
    pid = supervisor_pid(paths)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def _lines_in(folder: Path) -> list[str]:
    """The command lines of all processes that work in the folder."""
    lines = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink() == folder:
                lines.append((process / "cmdline").read_bytes().decode())
    return lines
