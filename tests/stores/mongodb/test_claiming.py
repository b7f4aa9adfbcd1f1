"""What only MongoDB's documents can be: changed by whoever may write the database."""

from __future__ import annotations

from pymongo import MongoClient

from synergy.core.ports import Batch
from synergy.stores.mongodb.leader import MongoLeaderStore
from synergy.stores.mongodb.worker import MongoWorkerStore
from tests.contract.store.samples import claim, uow, uow_id


async def test_what_never_fits_its_own_reading_is_not_claimed_for_ever(
    leader: MongoLeaderStore, worker: MongoWorkerStore, client: MongoClient[dict[str, object]]
) -> None:
    term = await leader.take_term("daemon-1")
    await leader.commit(Batch(term, new_uows=(uow(1), uow(2))))
    uows = client.get_default_database()["unit_of_work"]
    uows.update_one({"_id": uow_id(1)}, {"$set": {"cancel_requested": 0}})  # a number, and no False to the server
    assert [one.uow_id for one in await worker.claim([claim(1), claim(2)])] == [uow_id(2)]
