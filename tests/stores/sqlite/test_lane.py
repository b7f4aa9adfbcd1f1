"""The thread under a store: it is bounded, and it outlives loops, failures and those who gave up."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from pathlib import Path

import pytest

from synergy.core.errors import StoreDown
from synergy.stores.sqlite.lane import Lane


class Tool:
    """A resource that counts how often it is made."""

    made = 0

    def __init__(self) -> None:
        Tool.made += 1
        self.closed = threading.Event()

    def close(self) -> None:
        self.closed.set()


def lane() -> Lane[Tool]:
    Tool.made = 0
    return Lane("test", Path("tool"), Tool)


def hold(_: Tool, entered: threading.Event, go: threading.Event) -> None:
    entered.set()
    assert go.wait(10)


def fail(_: Tool) -> None:
    raise OSError(5, "Input/output error")


def test_a_loop_that_is_gone_does_not_end_the_thread() -> None:
    entered, go = threading.Event(), threading.Event()
    used = lane()
    used.start()

    async def leave() -> None:
        waiting = asyncio.ensure_future(used.call(partial(hold, entered=entered, go=go)))
        assert await asyncio.to_thread(entered.wait, 10)
        waiting.cancel()

    asyncio.run(leave())
    go.set()

    async def come_again() -> str:
        answer = await used.call(lambda _: "here")
        await used.stop()
        return answer

    assert asyncio.run(come_again()) == "here"


async def test_trouble_with_the_world_renews_the_resource() -> None:
    used = lane()
    used.start()
    first = await used.call(lambda tool: tool)
    with pytest.raises(StoreDown, match="Input/output"):
        await used.call(fail)
    assert first.closed.is_set()
    assert await used.call(lambda tool: tool) is not first
    assert Tool.made == 2
    await used.stop()


async def test_a_resource_that_cannot_be_opened_is_told_each_time() -> None:
    def refuse() -> Tool:
        raise PermissionError(13, "Permission denied")

    used = Lane("test", Path("tool"), refuse)
    used.start()
    for _ in range(2):
        with pytest.raises(StoreDown, match="Permission denied"):
            await used.call(lambda tool: tool)
    await used.stop()


async def test_requests_beyond_the_bound_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synergy.stores.sqlite.lane.WAITING", 2)
    entered, go = threading.Event(), threading.Event()
    used = lane()
    used.start()
    first = asyncio.ensure_future(used.call(partial(hold, entered=entered, go=go)))
    assert await asyncio.to_thread(entered.wait, 10)
    others = [asyncio.ensure_future(used.call(lambda _: "done")) for _ in range(3)]
    with pytest.raises(StoreDown, match="2 requests wait"):
        await others[2]
    go.set()
    await first
    assert await asyncio.gather(*others[:2]) == ["done", "done"]
    await used.stop()


async def test_an_answer_that_does_not_come_ends_the_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synergy.stores.sqlite.lane.REQUEST_SECONDS", 0.05)
    entered, go = threading.Event(), threading.Event()
    used = lane()
    used.start()
    with pytest.raises(StoreDown, match="no answer"):
        await used.call(partial(hold, entered=entered, go=go))
    go.set()
    monkeypatch.undo()
    assert await used.call(lambda _: "here") == "here"
    await used.stop()
    await used.stop()
