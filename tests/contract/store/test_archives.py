"""A store as a whole: ArchiveStore, read and filled beside the store's other two sides."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from msgspec import Struct
from msgspec.structs import replace

from synergy.core.audit_chain import START
from synergy.core.errors import TermSuperseded
from synergy.core.ports import (
    ArchiveKind,
    ArchivePage,
    ArchiveStore,
    AuditQuery,
    Batch,
    JobQuery,
    LeaderStore,
    MigrationMark,
    StoredLog,
    UowQuery,
    WorkerStore,
)
from synergy.core.ports.archive import KEYS, PAGE_RECORDS, key_of
from synergy.core.records import UowPatch
from synergy.core.states import JobState, UowState
from tests.contract.store.implementations import Implementation
from tests.contract.store.samples import NOW, chunk, job, key, told, uow_id
from tests.contract.store.stocked import JOBS, fill

MARK = MigrationMark("sqlite:/somewhere", 3, 17)
FEW = 50
"""Where more than a page shows nothing more."""


@pytest.fixture
async def archive(implementation: Implementation, place: str) -> AsyncIterator[ArchiveStore]:
    store = implementation.archive(place)
    yield store
    await store.close()


@pytest.fixture
async def target(implementation: Implementation, other_place: str) -> AsyncIterator[ArchiveStore]:
    store = implementation.archive(other_place)
    await store.prepare()
    yield store
    await store.close()


@pytest.fixture
async def copied(implementation: Implementation, other_place: str) -> AsyncIterator[LeaderStore]:
    """The target's other side."""
    store = implementation.leader(other_place)
    await store.open()
    yield store
    await store.close()


async def pages(store: ArchiveStore, kind: ArchiveKind) -> list[ArchivePage]:
    return [page async for page in store.read(kind)]


async def records(store: ArchiveStore, kind: ArchiveKind) -> list[Struct]:
    return [record for page in await pages(store, kind) for record in page.records]


async def copy(source: ArchiveStore, target: ArchiveStore) -> None:
    await source.look()
    for kind in ArchiveKind:
        number = 0
        async for page in source.read(kind):
            await target.write(kind, page.records, number, MARK)
            number += len(page.records)


async def test_a_look_makes_no_store(archive: ArchiveStore, implementation: Implementation, place: str) -> None:
    assert not await archive.look()
    await archive.close()
    again = implementation.archive(place)
    assert not await again.look()
    await again.close()


async def test_what_is_prepared_is_an_empty_store(archive: ArchiveStore) -> None:
    await archive.prepare()
    assert await archive.look()
    assert [await archive.count(kind) for kind in ArchiveKind] == [0] * len(ArchiveKind)
    assert [await pages(archive, kind) for kind in ArchiveKind] == [[]] * len(ArchiveKind)
    assert (await archive.leader()).term == 0


async def test_a_store_has_one_name_that_tells_no_password(archive: ArchiveStore, target: ArchiveStore) -> None:
    assert archive.place != target.place
    assert "@" not in archive.place


async def test_records_of_every_kind_come_in_pages_in_the_order_of_their_keys(
    archive: ArchiveStore, leader: LeaderStore, worker: WorkerStore
) -> None:
    await fill(leader, worker)
    await archive.look()

    for kind in ArchiveKind:
        found = await pages(archive, kind)
        assert all(0 < len(page.records) <= PAGE_RECORDS[kind] for page in found), kind
        read = [record for page in found for record in page.records]
        assert len(read) == await archive.count(kind) > 0, kind
        if kind in KEYS:
            keys = [key_of(kind, record) for record in read]
            assert keys == sorted(set(keys)), kind
    assert len(await pages(archive, ArchiveKind.JOB)) == 2


async def test_reading_goes_on_after_any_page(archive: ArchiveStore, leader: LeaderStore, worker: WorkerStore) -> None:
    await fill(leader, worker)
    await archive.look()

    for kind in (ArchiveKind.JOB, ArchiveKind.UNIT_OF_WORK, ArchiveKind.HISTORY, ArchiveKind.LOG):
        first, *rest = await pages(archive, kind)
        assert [page async for page in archive.read(kind, first.place)] == rest, kind
        assert [page async for page in archive.read(kind, (rest or [first])[-1].place)] == [], kind


async def test_a_place_is_made_of_plain_values_that_any_store_can_keep(
    archive: ArchiveStore, leader: LeaderStore, worker: WorkerStore
) -> None:
    await fill(leader, worker, jobs=FEW)
    await archive.look()

    places = [page.place for kind in ArchiveKind for page in await pages(archive, kind)]
    assert {type(part) for place in places for part in place} == {str, int}


async def test_what_is_copied_reads_the_same(
    archive: ArchiveStore, target: ArchiveStore, leader: LeaderStore, worker: WorkerStore
) -> None:
    await fill(leader, worker)

    await copy(archive, target)

    for kind in ArchiveKind:
        assert await records(target, kind) == await records(archive, kind), kind


async def test_what_is_written_twice_is_there_once(
    archive: ArchiveStore, target: ArchiveStore, leader: LeaderStore, worker: WorkerStore
) -> None:
    await fill(leader, worker, jobs=FEW)

    await copy(archive, target)
    await copy(archive, target)

    for kind in ArchiveKind:
        assert await records(target, kind) == await records(archive, kind), kind


async def test_a_daemon_finds_in_the_copy_what_it_would_find_in_the_source(
    archive: ArchiveStore, target: ArchiveStore, leader: LeaderStore, worker: WorkerStore, copied: LeaderStore
) -> None:
    await fill(leader, worker, jobs=FEW)
    await copy(archive, target)
    await copied.close()
    await copied.open()

    assert [page async for page in copied.job_states("Hourly")] == [page async for page in leader.job_states("Hourly")]
    for name in ("Daily", "Gone", "Hourly"):
        assert await copied.find_jobs(JobQuery(name)) == await leader.find_jobs(JobQuery(name))
    for number in (1, 2):
        assert await copied.history(key(number), 9) == await leader.history(key(number), 9)
        assert await copied.attempts(key(number)) == await leader.attempts(key(number))
    assert await copied.find_uows(UowQuery(limit=JOBS)) == await leader.find_uows(UowQuery(limit=JOBS))
    assert await copied.count_uows() == await leader.count_uows()
    assert await copied.audit(AuditQuery()) == await leader.audit(AuditQuery())
    assert await copied.audit_head() == await leader.audit_head() != START
    assert await copied.open_plans() == await leader.open_plans()
    assert await copied.log(uow_id(1), 1, 0, 9) == await leader.log(uow_id(1), 1, 0, 9)


async def test_the_copy_s_leader_changes_what_was_copied(
    archive: ArchiveStore, target: ArchiveStore, leader: LeaderStore, worker: WorkerStore, copied: LeaderStore
) -> None:
    await fill(leader, worker, jobs=5)
    await copy(archive, target)
    await copied.close()
    await copied.open()
    term = await copied.take_term("daemon-2")

    patch = UowPatch(uow_id(1), UowState.PROCESSED, 2, applied=True)
    entry = told(1, JobState.PROCESSED, NOW + 1)
    assert (
        await copied.commit(Batch(term, jobs=(job(1, JobState.PROCESSED),), patches=(patch,), history=(entry,))) == ()
    )

    assert [one.applied for one in await copied.uows([uow_id(1)])] == [True]
    assert (await copied.jobs([key(1)]))[0].state is JobState.PROCESSED
    assert (await copied.history(key(1), 1)) == (entry,)
    assert (await records(target, ArchiveKind.HISTORY))[-1] == entry


async def test_a_chunk_in_two_months_is_read_as_it_was_sent_last(archive: ArchiveStore, worker: WorkerStore) -> None:
    await worker.append_log([chunk(0, "once")])
    await worker.append_log([chunk(0, "again", at=NOW + 3_000_000)])
    await archive.look()

    assert await records(archive, ArchiveKind.LOG) == [chunk(0, "again", at=NOW + 3_000_000)]


async def test_logs_that_are_copied_are_pages_of_lines(target: ArchiveStore, copied: LeaderStore) -> None:
    await target.write(ArchiveKind.LOG, [chunk(0, "a"), chunk(1, "b")], 0, MARK)

    lines = (*chunk(0, "a").lines, *chunk(1, "b").lines)
    assert await copied.log(uow_id(1), 1, 0, 9) == StoredLog(0, 2, lines)


async def test_the_mark_is_kept_with_each_page(target: ArchiveStore) -> None:
    assert await target.mark() is None
    moved = replace(MARK, kind=ArchiveKind.JOB, place=("Hourly", "2013010100"), number=1)
    await target.write(ArchiveKind.JOB, [job(1)], 0, moved)
    assert await target.mark() == moved
    await target.set_mark(replace(moved, place=None, done=True))
    assert await target.mark() == replace(moved, place=None, done=True)


async def test_a_term_is_taken_above_the_store_s_own_and_above_another(target: ArchiveStore) -> None:
    assert await target.lead("mover", above=41) == 42
    assert await target.lead("mover", above=7) == 43
    assert (await target.leader()).holder == "mover"


async def test_whoever_takes_the_lead_meanwhile_is_told_to_the_one_who_copies(
    target: ArchiveStore, copied: LeaderStore
) -> None:
    term = await target.lead("mover", above=5)
    await target.keep_term(term)
    await copied.take_term("daemon-2")
    with pytest.raises(TermSuperseded, match="daemon-2"):
        await target.keep_term(term)


async def test_a_copy_s_leader_fences_that_of_its_source(target: ArchiveStore, copied: LeaderStore) -> None:
    await target.lead("mover", above=5)
    with pytest.raises(TermSuperseded):
        await copied.commit(Batch(5))
