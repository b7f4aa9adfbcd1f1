"""The lead: who has it, that its counter rises, and that it can be let go."""

from __future__ import annotations

import asyncio

import pytest

from synergy.core.errors import TermSuperseded
from synergy.core.ports import Batch, LeaderStore
from synergy.core.records import LeaderRecord
from tests.contract.store.implementations import Implementation


async def test_nobody_leads_a_new_store(leader: LeaderStore) -> None:
    assert await leader.leader() == LeaderRecord(0)


async def test_who_takes_a_term_leads_and_begins_to_count(leader: LeaderStore) -> None:
    term = await leader.take_term("daemon-1")
    assert await leader.leader() == LeaderRecord(term, "daemon-1")


async def test_the_counter_rises_with_each_beat(leader: LeaderStore, term: int) -> None:
    for _ in range(3):
        await leader.keep_term(term)
    assert await leader.leader() == LeaderRecord(term, "daemon-1", counter=3)


async def test_who_resigns_has_led_last(leader: LeaderStore, term: int) -> None:
    await leader.keep_term(term, resign=True)

    assert await leader.leader() == LeaderRecord(term, "daemon-1", counter=1, resigned=True)
    again = await leader.take_term("daemon-2")
    assert await leader.leader() == LeaderRecord(again, "daemon-2")


async def test_of_several_that_saw_the_same_leader_gone_one_takes_the_term(leader: LeaderStore, term: int) -> None:
    gone = await leader.leader()
    holders = [f"standby-{number}" for number in range(4)]

    results = await asyncio.gather(*(leader.take_term(one, gone) for one in holders), return_exceptions=True)

    won = [holder for holder, result in zip(holders, results, strict=True) if result == term + 1]
    assert len(won) == 1
    assert sum(isinstance(result, TermSuperseded) for result in results) == len(holders) - 1
    assert await leader.leader() == LeaderRecord(term + 1, won[0])
    await leader.commit(Batch(term + 1))


async def test_of_two_stores_at_one_place_the_slower_one_gets_no_term(
    leader: LeaderStore, implementation: Implementation, place: str
) -> None:
    gone = await leader.leader()
    other = implementation.leader(place)
    await other.open()
    newer = await other.take_term("standby-1", gone)

    with pytest.raises(TermSuperseded, match="standby-1"):
        await leader.take_term("standby-2", gone)

    await other.keep_term(newer)
    await other.close()


async def test_a_term_is_not_taken_from_another_holder_than_was_seen(leader: LeaderStore, term: int) -> None:
    with pytest.raises(TermSuperseded, match="daemon-1"):
        await leader.take_term("daemon-2", LeaderRecord(term, "daemon-0"))
    assert await leader.leader() == LeaderRecord(term, "daemon-1")


async def test_a_superseded_leader_does_not_keep_the_lead(leader: LeaderStore, term: int) -> None:
    newer = await leader.take_term("daemon-2")

    with pytest.raises(TermSuperseded, match="daemon-2"):
        await leader.keep_term(term)

    assert await leader.leader() == LeaderRecord(newer, "daemon-2")
    await leader.commit(Batch(newer))
