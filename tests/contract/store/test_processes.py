"""Several processes on one store, and the sudden death of one."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from synergy.core.ports import Batch, LeaderStore
from synergy.core.states import UowState
from tests.contract.store.implementations import Implementation
from tests.contract.store.samples import job, key, uow, uow_id

ROOT = Path(__file__).resolve().parents[3]
LIMIT_SECONDS = 60.0

pytestmark = pytest.mark.real


async def start(role: str, implementation_name: str, place: str, name: str) -> Process:
    arguments = ("-m", "tests.contract.store.child", role, implementation_name, place, name)
    return await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT, stdout=PIPE, stderr=PIPE)


async def acknowledged(process: Process, lines: int) -> list[str]:
    """The first lines that the process prints; then it is killed, and what it printed until then follows."""
    assert process.stdout is not None
    async with asyncio.timeout(LIMIT_SECONDS):
        first = [await process.stdout.readline() for _ in range(lines)]
        process.kill()
        rest = await process.stdout.read()
        await process.wait()
    return [line.decode() for line in (*first, *rest.splitlines(keepends=True)) if line.endswith(b"\n")]


@pytest.mark.parametrize("lines", [1, 7, 60])
async def test_a_killed_daemon_loses_nothing_that_was_acknowledged(
    implementation: Implementation, implementation_name: str, place: str, lines: int
) -> None:
    told = await acknowledged(await start("lead", implementation_name, place, "daemon-1"), lines)
    store = implementation.leader(place)
    await store.open()
    stored = {one.timeperiod for one in await store.active_jobs()}
    expected = range(int(told[-1]) + 5)
    assert {key(number).timeperiod for number in expected} <= stored
    assert len(stored) % 5 == 0, "a batch was stored in part"
    assert len(await store.open_uows()) == len(stored)
    assert len(await store.history(key(expected[-1]), 10)) == 1
    assert await store.take_term("daemon-2") == 2
    await store.commit(Batch(2, jobs=(job(1),)))
    await store.close()


async def test_processes_that_write_at_once_get_in_nobody_s_way(
    leader: LeaderStore, term: int, implementation_name: str, place: str, many: Callable[[int], int]
) -> None:
    numbers = range(many(400))
    await leader.commit(Batch(term, new_uows=tuple(uow(number) for number in numbers)))
    workers = [await start("work", implementation_name, place, name) for name in ("s1", "s2")]
    async with asyncio.timeout(LIMIT_SECONDS):
        ends = asyncio.gather(*(process.communicate() for process in workers))
        while not ends.done():
            await leader.commit(Batch(term, jobs=tuple(job(number) for number in range(20))))
            await asyncio.wait([ends], timeout=0.001)
    outputs = await ends
    assert [(process.returncode, errors) for process, (_, errors) in zip(workers, outputs, strict=True)] == [
        (0, b""),
        (0, b""),
    ]
    accepted = Counter(line for told, _ in outputs for line in told.decode().split())
    assert accepted == {uow_id(number): 1 for number in numbers}
    assert dict(await leader.count_uows()) == {UowState.PROCESSED: len(numbers)}
    for number in (numbers[0], numbers[-1]):
        (record,) = await leader.uows([uow_id(number)])
        log = await leader.log(record.uow_id, 1, 0, 5)
        assert [line.text for line in log.lines] == [record.claimed_by]
