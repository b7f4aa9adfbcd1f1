"""What a MongoDB server does by itself, and what a job's whole life asks of it; for ``benchmarks/store.py``."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from pymongo import AsyncMongoClient, WriteConcern
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from synergy.core.ports import Batch, Claim, Finish, LeaderStore, WorkerStore
from synergy.core.records import LogChunk

UPDATES: Final = 300
INSERTS: Final = 5_000

_WRITES: Final = {"insert": "documents", "update": "updates", "delete": "deletes"}
_READS: Final = ("find", "getMore", "aggregate")


async def raw_rates(url: str) -> float:
    """Print the server's own rates, acknowledged as the store asks for it; returns single updates a second."""
    async with AsyncMongoClient[dict[str, Any]](url) as client:
        database = client.get_default_database("synergy")
        rows = database.get_collection("benchmark", write_concern=WriteConcern(w="majority", j=True))
        await rows.drop()
        documents = [{"_id": f"row-{number}", "state": "requested", "text": "x" * 200} for number in range(INSERTS)]
        started = time.perf_counter()
        for start in range(0, INSERTS, 1_000):
            await rows.insert_many(documents[start : start + 1_000])
        inserts = INSERTS / (time.perf_counter() - started)
        started = time.perf_counter()
        for number in range(UPDATES):
            await rows.update_one({"_id": f"row-{number}"}, {"$set": {"state": "taken"}})
        updates = UPDATES / (time.perf_counter() - started)
        await rows.drop()
    print(f"the server itself: update_one by _id {updates:,.0f}/s, insert_many of 1,000 {inserts:,.0f}/s")
    return updates


class Calls(CommandListener):
    """Counts commands, their statements and the documents that these write, while it has a name to count under."""

    def __init__(self) -> None:
        self.who = ""
        self.commands: Counter[str] = Counter()
        self.statements: Counter[str] = Counter()
        self.written: Counter[str] = Counter()

    def started(self, event: CommandStartedEvent) -> None:
        """A command goes out."""
        name = event.command_name
        if not self.who or name not in {*_WRITES, *_READS}:
            return
        self.commands[self.who] += 1
        if (field := _WRITES.get(name)) is not None:
            # documents that are inserted by one command are one transaction, and one write of its journal
            self.statements[self.who] += 1 if name == "insert" else len(event.command[field])

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """What a statement writes is in the reply."""
        if self.who and event.command_name in _WRITES:
            self.written[self.who] += event.reply["n"]

    def failed(self, event: CommandFailedEvent) -> None:
        """Counted when it went out."""

    def report(self, jobs: int) -> None:
        """Print what each party asked of the server for a job."""
        for who in sorted(self.commands):
            print(
                f"{who:16} for each job: {self.written[who] / jobs:5.2f} documents written by "
                f"{self.statements[who] / jobs:4.2f} statements; {self.commands[who] / jobs:4.2f} commands, with reads"
            )


class Counted:
    """A leader's and a worker's store of which each call is counted for its party."""

    def __init__(self, calls: Calls, leader: LeaderStore, worker: WorkerStore) -> None:
        self.calls = calls
        self._leader = leader
        self._worker = worker

    async def daemon(self, batch: Batch) -> None:
        """Commit."""
        self.calls.who = "the daemon"
        await self._leader.commit(batch)
        self.calls.who = ""

    async def supervisor(self, claims: Sequence[Claim], chunks: Sequence[LogChunk], finishes: Sequence[Finish]) -> None:
        """Claim, log and finish."""
        self.calls.who = "its supervisor"
        await self._worker.claim(claims)
        await self._worker.append_log(chunks)
        await self._worker.finish(finishes)
        self.calls.who = ""
