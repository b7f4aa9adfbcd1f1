"""One timer for many waits: each is ended in time, none before, and none that is done."""

from __future__ import annotations

import asyncio

import pytest

from synergy.core.errors import StoreDown
from synergy.stores.sqlite.deadlines import Deadlines
from tests.waiting import within


def deadlines() -> Deadlines:
    return Deadlines(lambda: StoreDown("too late", remedy="hurry"))


async def test_a_wait_ends_at_its_deadline_and_later_ones_at_theirs() -> None:
    loop, watch = asyncio.get_running_loop(), deadlines()
    first, second = loop.create_future(), loop.create_future()
    watch.watch(first, 0.02)
    watch.watch(second, 0.06)
    await asyncio.wait({first}, timeout=10)
    assert isinstance(first.exception(), StoreDown)
    assert not second.done()
    await asyncio.wait({second}, timeout=10)
    assert isinstance(second.exception(), StoreDown)


async def test_what_is_done_is_left_alone_and_forgotten() -> None:
    loop, watch = asyncio.get_running_loop(), deadlines()
    done = [loop.create_future() for _ in range(3)]
    for future in done:
        watch.watch(future, 0.02)
        future.set_result("in time")
    late = loop.create_future()
    watch.watch(late, 0.03)
    with pytest.raises(StoreDown):
        await within(10, late)
    assert [future.result() for future in done] == ["in time"] * 3


def test_a_loop_that_is_gone_does_not_keep_the_next_one_from_its_limits() -> None:
    watch = deadlines()

    async def leave() -> None:
        watch.watch(asyncio.get_running_loop().create_future(), 0.01)

    async def come_again() -> None:
        future = asyncio.get_running_loop().create_future()
        watch.watch(future, 0.02)
        with pytest.raises(StoreDown):
            await within(10, future)

    asyncio.run(leave())
    asyncio.run(come_again())
