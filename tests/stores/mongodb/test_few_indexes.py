"""What one index and the ids answer between them: pages of units of work by process, and ends without a read."""

from __future__ import annotations

import pytest
from pymongo import MongoClient

from synergy.core.errors import StoreCorrupt
from synergy.core.ports import Batch, UowQuery
from synergy.core.records import UnitOfWork, derive_uow_id
from synergy.core.states import UowState
from synergy.stores.mongodb import queries
from synergy.stores.mongodb.leader import MongoLeaderStore
from synergy.stores.mongodb.worker import MongoWorkerStore
from tests.contract.store.samples import NOW, claim, finish, period, uow

LIKE_NAMED = ("Hour", "Hourly", "HourlyA", "Hourly2", "Hourly_")


@pytest.mark.parametrize("few", [0, 3, 1_000])
@pytest.mark.parametrize("timeperiod", [None, period(2)])
async def test_a_processs_units_of_work_are_found_however_many_there_are(
    leader: MongoLeaderStore, monkeypatch: pytest.MonkeyPatch, few: int, timeperiod: str | None
) -> None:
    monkeypatch.setattr(queries, "FEW", few)
    term = await leader.take_term("daemon-1")
    records = [
        uow(number, name, created=NOW - number, state=state, applied=state.is_finished)
        for name in LIKE_NAMED
        for number, state in enumerate((UowState.PROCESSED, UowState.REQUESTED, UowState.INVALID))
    ]
    records.append(entry_run())
    await leader.commit(Batch(term, new_uows=tuple(records)))
    found: list[UnitOfWork] = []
    query = UowQuery(process_name="Hourly", timeperiod=timeperiod, limit=2)
    while page := await leader.find_uows(query):
        found += page
        query = UowQuery(process_name="Hourly", timeperiod=timeperiod, before=page[-1].uow_id, limit=2)
    expected = [one for one in records if one.process_name == "Hourly" and timeperiod in {None, one.timeperiod}]
    assert found == sorted(expected, key=lambda one: (one.created, one.uow_id), reverse=True)
    assert expected


def entry_run() -> UnitOfWork:
    """Of a freerun entry, whose ids lie beside those of the process's own."""
    uow_id = derive_uow_id("Hourly", "mail", period(2), 1)
    return uow(2, uow_id=uow_id, entry_name="mail", created=NOW + 5)


async def test_an_end_is_stored_without_a_look_at_what_is_as_it_was_claimed(
    leader: MongoLeaderStore, worker: MongoWorkerStore, client: MongoClient[dict[str, object]]
) -> None:
    term = await leader.take_term("daemon-1")
    await leader.commit(Batch(term, new_uows=tuple(uow(number) for number in range(4))))
    await worker.claim([claim(number) for number in range(4)])
    uows = client.get_default_database()["unit_of_work"]
    uows.update_many({}, {"$set": {"losses": 7}})  # nobody may do that: it tells who reads
    unread = await worker.finish([finish(0), finish(1)])
    assert [one.losses for one in unread] == [0, 0]
    uows.update_one({"_id": uow(2).uow_id}, {"$set": {"cancel_requested": True}})
    read = await worker.finish([finish(2), finish(3)])
    assert [(one.losses, one.cancel_requested) for one in read] == [(7, True), (7, False)]
    assert {one.state for one in await leader.find_uows(UowQuery())} == {UowState.PROCESSED}


async def test_a_claim_of_what_somebody_damaged_is_refused_as_that(
    leader: MongoLeaderStore, worker: MongoWorkerStore, client: MongoClient[dict[str, object]]
) -> None:
    await leader.commit(Batch(await leader.take_term("daemon-1"), new_uows=(uow(1),)))
    uows = client.get_default_database()["unit_of_work"]
    uows.update_one({}, {"$unset": {"state": True}})
    assert await worker.claim([claim(1)]) == ()
    uows.update_one({}, {"$set": {"attempts": [{}]}})
    with pytest.raises(StoreCorrupt, match="a record cannot be read"):
        await worker.claim([claim(1)])
