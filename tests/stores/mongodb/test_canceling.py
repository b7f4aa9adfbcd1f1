"""A cancel that comes at any moment of a question is never forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from synergy.stores.mongodb.leader import MongoLeaderStore
from synergy.stores.mongodb.source import MongoDataSource
from tests.servers.mongodb import MongoServer, new_database, running
from tests.stores.mongodb.conftest import PATIENT

pytestmark = pytest.mark.real

MOMENTS = 150
STEP_SECONDS = 0.0001


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MongoServer]:
    with running(tmp_path / "server", standalone=True) as started:
        yield started


async def ask_for_ever(question: Callable[[], Awaitable[object]]) -> None:
    while True:
        await question()


async def deaf_moments(question: Callable[[], Awaitable[object]]) -> list[int]:
    """The moments at which a cancel was forgotten."""
    deaf: list[int] = []
    for moment in range(MOMENTS):
        await question()  # the driver leaks a connection that is canceled while it is made, so let there be one
        asking = asyncio.create_task(ask_for_ever(question))  # noqa: TID251 - it is to be canceled by hand
        await asyncio.sleep(moment * STEP_SECONDS)
        asking.cancel()
        _, going_on = await asyncio.wait([asking], timeout=5)
        if going_on:
            deaf.append(moment)
            while not asking.done():
                asking.cancel()
                await asyncio.sleep(0.001)
    return deaf


async def test_who_asks_a_store_for_ever_ends_at_the_first_cancel(server: MongoServer) -> None:
    store = MongoLeaderStore(server.url(new_database()), PATIENT)
    await store.open()
    deaf = await deaf_moments(store.leader)
    await store.close()
    assert deaf == []


async def test_who_asks_a_source_for_ever_ends_at_the_first_cancel(server: MongoServer) -> None:
    source = MongoDataSource(server.url(new_database()), PATIENT)
    await (await source._client.get_default_database().create_collection("events")).insert_one({"timeperiod": "2013"})
    deaf = await deaf_moments(lambda: source.boundaries("events", "2012", "2014"))
    await source.close()
    assert deaf == []
