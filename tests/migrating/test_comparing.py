from __future__ import annotations

import pytest
from msgspec import Struct

from synergy.core.ports import ArchiveKind, ArchiveStore, MigrationMark
from synergy.core.states import JobState
from synergy.migrating.comparing import FIRST, Comparison, compare
from tests.contract.store.samples import NOW, chunk, job, told

MARK = MigrationMark("a", 0, 0)


def nothing(_kind: ArchiveKind, _done: int, _total: int) -> None:
    return


@pytest.fixture(autouse=True)
async def both_there(source: ArchiveStore, target: ArchiveStore) -> None:
    await source.prepare()
    await target.prepare()


async def compared(
    source: ArchiveStore, target: ArchiveStore, kind: ArchiveKind, ours: list[Struct], theirs: list[Struct]
) -> Comparison:
    await source.write(kind, ours, 0, MARK)
    await target.write(kind, theirs, 0, MARK)
    return await compare(source, target, kind, NOW - 10, nothing)


async def test_equal_stores_have_equal_digests_and_no_difference(source: ArchiveStore, target: ArchiveStore) -> None:
    jobs: list[Struct] = [job(1), job(2)]
    found = await compared(source, target, ArchiveKind.JOB, jobs, jobs)
    assert (found.source, found.target, found.differing, found.first) == (2, 2, 0, ())
    assert found.source_digest == found.target_digest


async def test_each_difference_is_named_with_what_it_is(source: ArchiveStore, target: ArchiveStore) -> None:
    ours: list[Struct] = [job(1), job(2), job(3, run=4)]
    theirs: list[Struct] = [job(2, JobState.NOOP, run=1), job(3, run=4), job(4)]
    found = await compared(source, target, ArchiveKind.JOB, ours, theirs)
    assert [(one.name, one.what) for one in found.first] == [
        ("Hourly 2000000100", "only in the source"),
        ("Hourly 2000000200", "differs in state, run"),
        ("Hourly 2000000400", "only in the target"),
    ]
    assert found.differing == 3
    assert found.source_digest != found.target_digest


async def test_all_differences_are_counted_and_only_the_first_are_named(
    source: ArchiveStore, target: ArchiveStore
) -> None:
    found = await compared(source, target, ArchiveKind.JOB, [job(number) for number in range(25)], [])
    assert (found.differing, len(found.first)) == (25, FIRST)


async def test_what_is_only_appended_is_compared_by_its_order(source: ArchiveStore, target: ArchiveStore) -> None:
    found = await compared(source, target, ArchiveKind.HISTORY, [told(1), told(2)], [told(2), told(1)])
    assert [(one.name, one.what) for one in found.first] == [
        ("1", "differs in timeperiod"),
        ("2", "differs in timeperiod"),
    ]


async def test_logs_at_the_end_of_their_life_are_not_missed(source: ArchiveStore, target: ArchiveStore) -> None:
    old, young = chunk(0, "old", at=NOW - 11), chunk(1, "young")
    found = await compared(source, target, ArchiveKind.LOG, [old, young], [young])
    assert (found.source, found.target, found.differing) == (1, 1, 0)
