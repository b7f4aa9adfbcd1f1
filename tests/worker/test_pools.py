"""A pool bounds how many units of work of the processes that name it run at once on a box."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from synergy.core.context import Work
from synergy.core.messages import UowClaimed
from synergy.core.records import UowId
from synergy.core.states import UowState
from synergy.worker.site import Site
from tests.waiting import wait_until
from tests.worker.workshop import Workshop, make_site, working, write_jobs

JOBS = """
    import pathlib, threading
    def guarded(uow):
        running = pathlib.Path("running")
        running.mkdir(exist_ok=True)
        (running / uow.uow_id).touch()
        print(len(list(running.iterdir())))
        threading.Event().wait(0.05)
        (running / uow.uow_id).unlink()
    def quick(uow):
        return None
    def until_told(uow):
        while not pathlib.Path("told").exists():
            threading.Event().wait(0.01)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_jobs(tmp_path, JOBS)
    return tmp_path


def with_pools(site: Site, **sizes: int) -> Site:
    return replace(site, context=replace(site.context, pools=sizes))


def pooled(name: str) -> Work:
    return Work(run=f"jobs:{name}", pool="database")


async def test_no_more_of_a_pool_run_at_once_than_its_size(folder: Path) -> None:
    works = {"A": pooled("guarded"), "B": pooled("guarded"), "Other": Work(run="jobs:quick")}
    async with working(with_pools(make_site(folder, works, slots=6), database=2)) as shop:
        wanted = [(name, f"20130101{hour:02}") for hour in range(8) for name in works]
        ids = await shop.offer_all(wanted)
        assert {(await shop.finished(uow_id)).state for uow_id in ids} == {UowState.PROCESSED}
        seen = [await shop.texts(uow_id) for uow_id in ids if not uow_id.startswith("Other")]
    assert {line for lines in seen for line in lines} == {"1", "2"}


async def test_a_full_pool_leaves_the_other_slots_to_other_work(folder: Path) -> None:
    works = {"Held": pooled("until_told"), "Other": Work(run="jobs:quick")}
    async with working(with_pools(make_site(folder, works, slots=2), database=1)) as shop:
        first, second = await shop.offer_all([("Held", "2013010100"), ("Held", "2013010101")])
        await shop.status(UowClaimed, first)
        for hour in range(4):
            assert (await shop.run("Other", f"201301010{hour}")).state is UowState.PROCESSED
        assert (await shop.stored(second)).state is UowState.REQUESTED
        (folder / "told").touch()
        assert (await shop.finished(second)).state is UowState.PROCESSED


async def test_what_a_full_pool_keeps_waiting_is_left_to_other_boxes_and_comes_back(folder: Path) -> None:
    works = {"Held": pooled("until_told")}
    async with working(with_pools(make_site(folder, works, slots=4), database=1)) as shop:
        ids = await shop.offer_all([("Held", f"201301010{hour}") for hour in range(3)])
        await shop.status(UowClaimed, ids[0])
        await wait_until(lambda: len(shop.broker.queues["q_Held"]) == 2, what="they are back in their queue")
        (folder / "told").touch()
        assert await _states(shop, ids) == {UowState.PROCESSED}


async def test_another_size_holds_as_soon_as_it_is_defined(folder: Path) -> None:
    site = with_pools(make_site(folder, {"Held": pooled("until_told")}, slots=4), database=1)
    async with working(site) as shop:
        ids = await shop.offer_all([("Held", f"201301010{hour}") for hour in range(3)])
        await shop.status(UowClaimed, ids[0])
        await shop.redefine(replace(site.context, pools={"database": 3}))
        await asyncio.gather(*(shop.status(UowClaimed, uow_id) for uow_id in ids))
        (folder / "told").touch()
        assert await _states(shop, ids) == {UowState.PROCESSED}


async def _states(shop: Workshop, ids: list[UowId]) -> set[UowState]:
    return {(await shop.finished(uow_id)).state for uow_id in ids}
