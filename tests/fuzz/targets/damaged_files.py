"""The store's files with damage in them: what can be read is read, the rest is told as a store that is damaged."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from synergy.core.errors import StoreDown
from synergy.core.ports import AuditQuery, JobQuery, PlanQuery, UowQuery
from synergy.core.records import JobKey
from synergy.stores.sqlite.leader import SqliteLeaderStore
from tests.fuzz.daemon import FIRST_UOW, Daemon
from tests.fuzz.target import Attempt, Target

JOB = JobKey("MainHourly", "2013013020")


@cache
def files() -> tuple[bytes, bytes]:
    """A store and its log file, as a daemon left them."""
    with tempfile.TemporaryDirectory(prefix="fuzz") as name, asyncio.Runner() as runner:
        daemon = Daemon(Path(name), runner.get_loop())
        runner.run(daemon.start())
        runner.run(daemon.stop())
        (logs,) = Path(name).glob("logs-*.db")
        return (Path(name) / "synergy.db").read_bytes(), logs.read_bytes()


async def read_all(store: SqliteLeaderStore) -> None:
    """Everything that a start and an operator read, and a lead taken."""
    await store.open()
    try:
        await store.take_term("d2")
        await store.jobs([JOB])
        async for _page in store.job_states("MainHourly"):
            pass
        await store.active_jobs()
        await store.find_jobs(JobQuery("MainHourly"))
        await store.find_uows(UowQuery())
        await store.open_uows()
        await store.history(JOB, 10)
        await store.attempts(JOB)
        await store.open_plans()
        await store.find_plans(PlanQuery())
        await store.directives(lifted=True)
        await store.audit(AuditQuery())
        await store.audit_head()
        await store.overrides()
        await store.entries()
        await store.supervisors()
        await store.box_processes()
        await store.log(FIRST_UOW, 1, 0, 100)
        await store.search_log(FIRST_UOW, 1, "line", 10)
    finally:
        await store.close()


@contextmanager
def _opened(which: int) -> Iterator[Attempt]:
    whole = files()
    names = ("synergy.db", "logs-197001.db")
    with tempfile.TemporaryDirectory(prefix="fuzz") as name, asyncio.Runner() as runner:

        def attempt(data: bytes) -> None:
            folder = Path(name)
            for path in folder.iterdir():
                path.unlink()
            for at, file in enumerate(names):
                (folder / file).write_bytes(data if at == which else whole[at])
            runner.run(read_all(SqliteLeaderStore(folder / "synergy.db")))

        yield attempt


STORE_TARGET = Target("damaged_store", lambda: (files()[0],), lambda: _opened(0), (StoreDown,))
LOG_TARGET = Target("damaged_log", lambda: (files()[1],), lambda: _opened(1), (StoreDown,))
