from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from synergy.core.context import Work
from synergy.core.states import UowState
from synergy.worker import memory
from synergy.worker.memory import members
from synergy.worker.process_table import ProcessRow
from synergy.worker.process_tree import TreeRoot
from tests.worker.workshop import make_site, working, write_jobs

HOLD = "import time; data = bytearray({size} * 1024 * 1024); print('holding', flush=True); time.sleep({seconds})"


def row(pid: int, parent: int = 1, group: int = 0, session: int = 0) -> ProcessRow:
    return ProcessRow(pid, 5, parent, group or pid, session or pid, "S")


def holding(size: int, seconds: float, **limits: object) -> Work:
    command = (sys.executable, "-c", HOLD.format(size=size, seconds=seconds))
    return Work(command=command, **limits)  # type: ignore[arg-type]


def test_all_of_a_tree_is_counted_and_nothing_else() -> None:
    table = {
        one.pid: one
        for one in (
            row(10), row(11, parent=10), row(12, parent=1, group=10), row(13, parent=1, session=10), row(14, parent=13),
            row(20), row(21, parent=20),
        )
    }  # fmt: skip
    assert members(table, TreeRoot((10,), {})) == {10, 11, 12, 13, 14}
    assert members(table, TreeRoot((99,), {})) == set()


@pytest.mark.real
async def test_what_holds_too_much_is_ended_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "LOOK_SECONDS", 0.1)
    site = make_site(tmp_path, {"Fat": holding(120, 600, memory_limit_mb=80, grace_seconds=600)})
    async with working(site) as shop:
        uow = await shop.run("Fat")
    assert uow.state is UowState.INVALID
    held = re.fullmatch(r"memory limit 80 MB \((\d+) MB held\)", uow.exit_reason or "")
    assert held
    assert 80 < int(held[1]) < 200  # it may be seen while it grows


@pytest.mark.real
async def test_its_children_count_and_what_stays_below_its_limit_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "LOOK_SECONDS", 0.1)
    python, hold = sys.executable, HOLD.format(size=60, seconds=600)
    both = Work(command=("sh", "-c", f'{python} -c "{hold}" & {python} -c "{hold}" & wait'), memory_limit_mb=110)
    site = make_site(tmp_path, {"Both": both, "Thin": holding(1, 1.0, memory_limit_mb=110)})
    async with working(site) as shop:
        ids = await shop.offer_all([("Both", "2013010100"), ("Thin", "2013010100")])
        states = [(await shop.finished(uow_id)).state for uow_id in ids]
    assert states == [UowState.INVALID, UowState.PROCESSED]


@pytest.mark.real
async def test_a_callable_that_holds_too_much_loses_its_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "LOOK_SECONDS", 0.1)
    write_jobs(
        tmp_path,
        """
        import time
        def grow(uow):
            held = []
            while True:
                held.append(bytearray(4 * 1024 * 1024))
                time.sleep(0.02)
        """,
    )
    site = make_site(tmp_path, {"Grow": Work(run="jobs:grow", memory_limit_mb=100)})
    async with working(site) as shop:
        uow = await shop.run("Grow")
    told = uow.exit_reason or ""
    assert told.startswith("memory limit 100 MB (")
    assert int(told.partition("(")[2].split()[0].replace(",", "")) < 2_000  # not all that there is
