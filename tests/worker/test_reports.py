"""What a supervisor tells: a record that no store can hold keeps nothing else from being told."""

from __future__ import annotations

import asyncio
from pathlib import Path

from synergy.clocks import RealClock
from synergy.core.messages import UowFinished
from synergy.core.ports import Batch, Claim, Finish
from synergy.core.records import UnitOfWork, UowId, derive_uow_id
from synergy.core.states import UowState
from synergy.stores.sqlite.leader import SqliteLeaderStore
from synergy.stores.sqlite.worker import SqliteWorkerStore
from synergy.worker.logs import LogShipper
from synergy.worker.reports import UNSTORABLE, Reports
from tests.worker.local_broker import LocalBroker

PERIODS = ("2013010100", "2013010101")


def uow_of(timeperiod: str) -> UnitOfWork:
    return UnitOfWork(derive_uow_id("A", None, timeperiod, 1), "A", timeperiod, 1, timeperiod, timeperiod)


def end(uow_id: UowId, *, processed: int) -> Finish:
    return Finish(uow_id, 1, "s1", UowState.PROCESSED, 2.0, number_of_processed_documents=processed)


async def test_an_end_that_the_store_cannot_hold_is_told_as_a_failure_and_holds_up_no_other(tmp_path: Path) -> None:
    leader, store, broker = SqliteLeaderStore(tmp_path / "s.db"), SqliteWorkerStore(tmp_path / "s.db"), LocalBroker()
    await leader.open()
    await store.open()
    uows = [uow_of(timeperiod) for timeperiod in PERIODS]
    await leader.commit(Batch(await leader.take_term("d1"), new_uows=tuple(uows)))
    await store.claim([Claim(uow.uow_id, "s1", "box-1", "here", 1.0) for uow in uows])
    reports = Reports(store, broker, "s1")
    async with asyncio.TaskGroup() as tasks:
        shipper = LogShipper(store, RealClock(), reports.log_grew)
        running = [tasks.create_task(each) for each in (reports.run_finishes(shipper), reports.run_statuses())]
        reports.finish(end(uows[0].uow_id, processed=2**63))
        reports.finish(end(uows[1].uow_id, processed=7))

        assert await reports.drain(10.0)
        for task in running:
            task.cancel()
    told = {status.uow.uow_id: status.uow for status in broker.statuses if isinstance(status, UowFinished)}
    assert [told[uow.uow_id].state for uow in uows] == [UowState.INVALID, UowState.PROCESSED]
    assert told[uows[0].uow_id].exit_reason == UNSTORABLE
    await store.close()
    await leader.close()
