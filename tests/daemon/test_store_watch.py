"""A store that holds the line open and answers nothing is told as silent; one that refuses is not."""

from __future__ import annotations

import asyncio
from pathlib import Path

from synergy.core.errors import StoreDown
from synergy.core.records import LeaderRecord
from synergy.daemon.store_watch import StoreWatch
from synergy.stores.sqlite.leader import SqliteLeaderStore
from tests.waiting import within


class Frozen(SqliteLeaderStore):
    """Answers once it is thawed."""

    def __init__(self, path: Path, answer: StoreDown | None = None) -> None:
        super().__init__(path)
        self.thawed = asyncio.Event()
        self.answer = answer

    async def leader(self) -> LeaderRecord:
        await self.thawed.wait()
        if self.answer is not None:
            raise self.answer
        return LeaderRecord(1)


async def test_a_store_that_does_not_answer_is_told_while_it_is_waited_for(tmp_path: Path) -> None:
    store, told = Frozen(tmp_path / "s.db"), asyncio.Queue[str]()
    watch = StoreWatch(
        store, "mongodb://db1/x", lambda problem: told.put_nowait(problem.message), lambda: told.put_nowait("up"), 0.05
    )

    looking = asyncio.ensure_future(watch.look())
    assert await within(10, told.get()) == "store mongodb://db1/x has given no answer for 0.05 s"
    assert not looking.done()
    store.thawed.set()
    await within(10, looking)
    assert told.get_nowait() == "up"


async def test_a_refusal_is_no_silence_and_no_answer(tmp_path: Path) -> None:
    store, told = Frozen(tmp_path / "s.db", StoreDown("it is gone")), list[str]()
    store.thawed.set()
    await StoreWatch(store, "db1", lambda _: told.append("silent"), lambda: told.append("up"), 60.0).look()
    assert told == []
