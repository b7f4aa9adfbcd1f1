from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from synergy.daemon import keeper
from synergy.daemon.keeper import SupervisorKeeper
from synergy.loading import load_paths
from tests.manual_clock import ManualClock
from tests.test_loading import project


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
