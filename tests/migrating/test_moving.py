from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from msgspec import Struct

from synergy.core.errors import IllegalState, InvalidArgument, NotFound, StoreDown, TermSuperseded
from synergy.core.ports import ArchiveKind, ArchiveStore, Batch, LeaderStore, MigrationMark, WorkerStore
from synergy.core.settings import Settings
from synergy.migrating.moving import Move, Surroundings
from synergy.stores.sqlite.archive import SqliteArchive
from synergy.stores.sqlite.leader import SqliteLeaderStore
from tests.contract.store.samples import NOW, chunk, job, supervisor
from tests.contract.store.stocked import fill
from tests.manual_clock import ManualClock
from tests.migrating.conftest import source_path, target_path

SETTINGS = Settings(context="none", synergy_start_timeperiod="2013010100", lease_seconds=0.0, heartbeat_seconds=0.02)


class Told:
    """What a move tells; ``at`` a page of this kind something happens, once."""

    def __init__(self, at: ArchiveKind | None = None, happens: Callable[[], None] = lambda: None) -> None:
        self.lines: list[str] = []
        self.steps: list[tuple[ArchiveKind, int, int]] = []
        self._at = at
        self._happens = happens

    def progress(self, kind: ArchiveKind, done: int, total: int) -> None:
        self.steps.append((kind, done, total))
        if kind is self._at:
            self._at = None
            self._happens()


def power_cut() -> None:
    raise StoreDown("the power is cut")


def another_leader(path: Path) -> Callable[[], None]:
    """A daemon takes the lead of the store in the file."""

    def take() -> None:
        with closing(sqlite3.connect(path, timeout=10)) as database:
            database.execute("UPDATE meta SET value = value + 1 WHERE name = 'leader_term'")
            database.commit()

    return take


def move(source: ArchiveStore, target: ArchiveStore, told: Told | None = None) -> Move:
    told = told or Told()
    around = Surroundings(ManualClock(real=NOW + 100), SETTINGS, told.lines.append, told.progress)
    return Move(source, target, around)


@pytest.fixture
async def filled(leader: LeaderStore, worker: WorkerStore) -> None:
    """The source has something of everything; nobody leads it any more."""
    await fill(leader, worker)
    await worker.beat(supervisor("s2", gone=True))
    await leader.keep_term((await leader.leader()).term, resign=True)


async def everything(store: ArchiveStore) -> dict[ArchiveKind, list[Struct]]:
    return {kind: [one async for page in store.read(kind) for one in page.records] for kind in ArchiveKind}


@pytest.mark.usefixtures("filled")
async def test_a_plan_counts_and_makes_nothing(source: ArchiveStore, target: ArchiveStore, tmp_path: Path) -> None:
    report = await move(source, target).plan()
    counts = {one.kind: (one.source, one.target) for one in report.counts}
    assert counts[ArchiveKind.JOB] == (1203, 0)
    assert min(counts.values())[0] > 0
    assert not report.copied
    assert not target_path(tmp_path).parent.exists()


@pytest.mark.usefixtures("filled")
async def test_a_move_copies_everything_and_leaves_the_source_alone(
    source: ArchiveStore, target: ArchiveStore, leader: LeaderStore
) -> None:
    led = await leader.leader()
    told = Told()
    report = await move(source, target, told).run(verify=False)
    assert report.copied
    assert report.is_same
    assert report.comparisons is None
    assert await everything(target) == await everything(source)
    assert await leader.leader() == led
    assert [step for step in told.steps if step[0] is ArchiveKind.JOB] == [
        (ArchiveKind.JOB, 1000, 1203),
        (ArchiveKind.JOB, 1203, 1203),
    ]


@pytest.mark.usefixtures("filled")
async def test_the_target_s_next_leader_fences_the_source_s_last(
    source: ArchiveStore, target: ArchiveStore, leader: LeaderStore, tmp_path: Path
) -> None:
    await move(source, target).run(verify=False)
    led = await target.leader()
    assert led.resigned
    assert led.term > (await leader.leader()).term
    moved = SqliteLeaderStore(target_path(tmp_path))
    await moved.open()
    with pytest.raises(TermSuperseded):
        await moved.commit(Batch((await leader.leader()).term))
    await moved.close()


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("kind", ArchiveKind)
async def test_a_move_that_was_cut_off_anywhere_is_completed(
    source: ArchiveStore, target: ArchiveStore, kind: ArchiveKind
) -> None:
    with pytest.raises(StoreDown, match="power"):
        await move(source, target, Told(kind, power_cut)).run(verify=False)
    told = Told()
    report = await move(source, target, told).run(verify=True)
    assert report.copied
    assert report.is_same
    assert await everything(target) == await everything(source)
    kinds = list(ArchiveKind)
    assert kinds.index(told.steps[0][0]) >= kinds.index(kind)


@pytest.mark.usefixtures("filled")
async def test_whatever_is_copied_already_is_only_compared(source: ArchiveStore, target: ArchiveStore) -> None:
    await move(source, target).run(verify=False)
    with pytest.raises(IllegalState, match=r"whole copy .* --verify"):
        await move(source, target).run(verify=False)
    report = await move(source, target).run(verify=True)
    assert not report.copied
    assert report.is_same


@pytest.mark.usefixtures("filled")
async def test_a_comparison_finds_what_was_changed(source: ArchiveStore, target: ArchiveStore) -> None:
    await move(source, target).run(verify=False)
    await target.write(ArchiveKind.JOB, [job(1, run=9)], 0, await known_mark(target))
    report = await move(source, target).run(verify=True)
    assert not report.is_same
    assert [one.name for kind in report.comparisons or () for one in kind.first] == ["Hourly 2000000100"]


async def known_mark(store: ArchiveStore) -> MigrationMark:
    mark = await store.mark()
    assert mark is not None
    return mark


@pytest.mark.usefixtures("filled")
async def test_a_store_that_is_in_use_is_no_target(source: ArchiveStore, target: ArchiveStore, tmp_path: Path) -> None:
    used = SqliteLeaderStore(target_path(tmp_path))
    await used.open()
    await used.commit(Batch(0, jobs=(job(1),)))
    await used.close()
    for work in (move(source, target).plan(), move(source, target).run(verify=True)):
        with pytest.raises(IllegalState, match="not empty, it has 1 records of job; name another"):
            await work


@pytest.mark.usefixtures("filled")
async def test_a_copy_of_another_store_is_no_target(source: ArchiveStore, target: ArchiveStore, tmp_path: Path) -> None:
    other = SqliteArchive(tmp_path / "third" / "synergy.db")
    await other.prepare()
    await move(other, target).run(verify=False)
    await other.close()
    with pytest.raises(IllegalState, match=r"moved there from sqlite:.*/third/"):
        await move(source, target).run(verify=False)


@pytest.mark.usefixtures("filled")
async def test_a_part_of_a_store_that_has_moved_on_is_no_target(
    source: ArchiveStore, target: ArchiveStore, leader: LeaderStore
) -> None:
    with pytest.raises(StoreDown):
        await move(source, target, Told(ArchiveKind.JOB, power_cut)).run(verify=False)
    await leader.keep_term(await leader.take_term("daemon-2"), resign=True)
    with pytest.raises(IllegalState, match="before a daemon led"):
        await move(source, target).run(verify=False)


@pytest.mark.usefixtures("filled")
async def test_a_source_that_is_led_meanwhile_makes_no_whole_copy(
    source: ArchiveStore, target: ArchiveStore, tmp_path: Path
) -> None:
    told = Told(ArchiveKind.AUDIT, another_leader(source_path(tmp_path)))
    with pytest.raises(IllegalState, match="led by a daemon while"):
        await move(source, target, told).run(verify=False)
    assert not (await known_mark(target)).done


@pytest.mark.usefixtures("filled")
async def test_whoever_takes_the_target_s_lead_ends_the_move(
    source: ArchiveStore, target: ArchiveStore, tmp_path: Path
) -> None:
    told = Told(ArchiveKind.JOB, another_leader(target_path(tmp_path)))
    with pytest.raises(TermSuperseded):
        await move(source, target, told).run(verify=True)


async def test_logs_at_the_end_of_their_life_stay_behind(
    source: ArchiveStore, target: ArchiveStore, worker: WorkerStore
) -> None:
    life = SETTINGS.db_log_ttl_days * 86_400
    await worker.append_log([chunk(0, "old", at=NOW + 100 - life + 60), chunk(1, "young")])
    report = await move(source, target).run(verify=False)
    assert report.is_same
    assert (await everything(target))[ArchiveKind.LOG] == [chunk(1, "young")]


async def test_there_must_be_something_to_move_and_another_place(source: ArchiveStore, target: ArchiveStore) -> None:
    with pytest.raises(NotFound, match="no store at"):
        await move(source, target).plan()
    with pytest.raises(InvalidArgument, match="itself"):
        await move(source, source).run(verify=False)


async def test_a_folder_with_another_store_s_logs_is_refused(
    source: ArchiveStore, worker: WorkerStore, tmp_path: Path
) -> None:
    await worker.append_log([chunk(0, "a")])
    beside = SqliteArchive(source_path(tmp_path).with_name("beside.db"))
    with pytest.raises(IllegalState, match="logs of another store"):
        await move(source, beside).plan()
