"""LeaderStore: the audit and its head."""

from __future__ import annotations

import pytest

from synergy.core.audit_chain import START, chained, head_after
from synergy.core.ports import AuditQuery, Batch, LeaderStore
from synergy.core.records import AuditEntry, AuditHead
from tests.contract.store.implementations import Implementation
from tests.contract.store.samples import NOW

ENTRIES = chained(
    [
        AuditEntry(
            NOW + number / 3,
            "anna" if number % 2 else "root",
            "skip" if number < 4 else "freerun set",
            f"Hourly@{number}",
            reason="late",
            plan_id="p",
            detail="d",
            login_user="anna (claimed)",
            origin="ssh 10.0.0.7 (claimed)",
            before='{"a":"é"}',
            after=None,
        )
        for number in range(6)
    ],
    START,
)
NEWEST_FIRST = tuple(reversed(ENTRIES))


async def stocked(leader: LeaderStore, term: int) -> None:
    await leader.commit(Batch(term, audit=ENTRIES[:2]))
    await leader.commit(Batch(term, audit=ENTRIES[2:]))


async def test_entries_come_back_as_they_were_written(leader: LeaderStore, term: int) -> None:
    await stocked(leader, term)
    assert await leader.audit(AuditQuery()) == NEWEST_FIRST
    assert await leader.audit_after(-(2**63), 10) == ENTRIES


async def test_without_entries_there_is_no_head(leader: LeaderStore, term: int) -> None:
    await leader.commit(Batch(term))
    assert await leader.audit(AuditQuery()) == ()
    assert await leader.audit_head() == START


async def test_pages_go_either_way(leader: LeaderStore, term: int) -> None:
    await stocked(leader, term)
    assert await leader.audit(AuditQuery(limit=2)) == NEWEST_FIRST[:2]
    assert await leader.audit(AuditQuery(before=5, limit=3)) == NEWEST_FIRST[2:5]
    assert await leader.audit_after(2, 2) == ENTRIES[2:4]
    assert await leader.audit_after(6, 2) == ()


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        (AuditQuery(since=NOW + 1), [6, 5, 4]),
        (AuditQuery(until=NOW + 1), [3, 2, 1]),
        (AuditQuery(since=NOW + 1 / 3, until=NOW + 1), [3, 2]),
        (AuditQuery(actor="anna"), [6, 4, 2]),
        (AuditQuery(verb="freerun set"), [6, 5]),
        (AuditQuery(actor="anna", verb="skip", before=4, limit=9), [2]),
        (AuditQuery(actor="nobody"), []),
    ],
)
async def test_entries_are_chosen_by_time_user_and_verb(
    leader: LeaderStore, term: int, query: AuditQuery, numbers: list[int]
) -> None:
    await stocked(leader, term)
    assert [entry.seq for entry in await leader.audit(query)] == numbers


async def test_the_head_is_the_newest_entry_and_outlasts_the_store_s_closing(
    leader: LeaderStore, term: int, implementation: Implementation, place: str
) -> None:
    await stocked(leader, term)
    await leader.close()
    again = implementation.leader(place)
    await again.open()
    assert await again.audit_head() == head_after(ENTRIES, START) == AuditHead(6, ENTRIES[-1].digest)
    await again.close()


async def test_a_batch_that_is_committed_again_writes_no_entry_twice_and_moves_no_head_back(
    leader: LeaderStore, term: int
) -> None:
    await stocked(leader, term)
    await leader.commit(Batch(term, audit=ENTRIES[:2]))
    assert await leader.audit(AuditQuery()) == NEWEST_FIRST
    assert await leader.audit_head() == AuditHead(6, ENTRIES[-1].digest)


async def test_an_entry_is_never_replaced_by_one_of_the_same_number(leader: LeaderStore, term: int) -> None:
    await stocked(leader, term)
    await leader.commit(Batch(term, audit=chained([AuditEntry(NOW, "liar", "skip", "x")], START)))
    assert await leader.audit(AuditQuery()) == NEWEST_FIRST


async def test_the_audit_is_kept_for_ever(leader: LeaderStore, term: int) -> None:
    await stocked(leader, term)
    await leader.expire(NOW * 2, NOW * 2)
    assert await leader.audit(AuditQuery()) == NEWEST_FIRST
