"""What no server would take is refused before anything is promised; one that refuses more keeps the promise open."""

from __future__ import annotations

from random import Random

import pytest
from msgspec.structs import replace

from synergy.core.errors import InvalidArgument, StoreDown
from synergy.core.ports import Batch
from synergy.stores.mongodb.leader import MongoLeaderStore
from synergy.stores.mongodb.storable import MOST_BYTES, pack
from tests.contract.store.samples import NOW, job, key, told, uow, uow_id
from tests.stores.mongodb.failpoints import Failpoints

LARGE = {"text": "x" * MOST_BYTES}


def test_a_record_that_is_too_large_is_named() -> None:
    with pytest.raises(InvalidArgument, match=rf"record of {uow_id(2)} has 15,729,[0-9]+ bytes, over the limit"):
        pack(Batch(1, new_uows=(uow(1), uow(2, arguments=LARGE))))


def test_a_line_of_history_that_is_too_large_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="a line of history"):
        pack(Batch(1, history=(replace(told(1), reason=LARGE["text"]),)))


def test_a_batch_of_many_large_records_that_fit_is_packed() -> None:
    quarter = {"text": "x" * (MOST_BYTES // 4)}
    assert len(pack(Batch(1, new_uows=tuple(uow(number, arguments=quarter) for number in range(8))))) < MOST_BYTES


def test_a_batch_that_is_too_large_as_a_whole_is_refused() -> None:
    noise = Random(1).randbytes(MOST_BYTES).hex()  # noqa: S311 - for its size
    third = len(noise) // 3
    uows = tuple(uow(at, arguments={"text": noise[at * third : (at + 1) * third]}) for at in range(3))
    with pytest.raises(InvalidArgument, match=r"a batch of .* bytes is over the limit"):
        pack(Batch(1, new_uows=uows))


@pytest.mark.real
async def test_a_record_that_is_too_large_leaves_the_store_as_it_was(leader: MongoLeaderStore) -> None:
    term = await leader.take_term("daemon-1")

    with pytest.raises(InvalidArgument, match="over the limit"):
        await leader.commit(Batch(term, new_uows=(uow(1), uow(2, arguments=LARGE))))

    assert await leader.uows([uow_id(1), uow_id(2)]) == ()
    await leader.commit(Batch(term, new_uows=(uow(1),)))


@pytest.mark.real
async def test_a_batch_that_the_server_refuses_once_it_is_promised_is_completed_when_it_takes_it(
    leader: MongoLeaderStore, failpoints: Failpoints
) -> None:
    term = await leader.take_term("daemon-1")
    await leader.commit(Batch(term, jobs=(job(1),)))
    failpoints.refuse(17280, ("insert",))

    with pytest.raises(StoreDown, match="too large"):
        await leader.commit(Batch(term, jobs=(job(2),), history=(replace(told(2), at=NOW),)))
    with pytest.raises(StoreDown, match="too large"):
        await leader.jobs([key(2)])

    failpoints.clear()
    assert await leader.jobs([key(2)]) == (job(2),)
