"""The lead: who has it, that its counter rises, and that it can be let go."""

from __future__ import annotations

import pytest

from synergy.core.errors import TermSuperseded
from synergy.core.ports import Batch, LeaderStore
from synergy.core.records import LeaderRecord


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


async def test_a_superseded_leader_does_not_keep_the_lead(leader: LeaderStore, term: int) -> None:
    newer = await leader.take_term("daemon-2")

    with pytest.raises(TermSuperseded, match="daemon-2"):
        await leader.keep_term(term)

    assert await leader.leader() == LeaderRecord(newer, "daemon-2")
    await leader.commit(Batch(newer))
