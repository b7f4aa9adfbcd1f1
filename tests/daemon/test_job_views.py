"""What is listed of jobs: pages that join, and periods between grouping checkpoints as what they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from synergy.core.control.requests import ListJobs, Show
from synergy.core.engine.why import Around
from synergy.core.errors import InvalidArgument, NotFound
from synergy.daemon.views.jobs import list_jobs, show
from synergy.stores.sqlite.leader import SqliteLeaderStore
from tests.core.engine.contexts import context_of, spec
from tests.core.engine.world import World


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteLeaderStore]:
    """An empty store: no job was ever touched."""
    store = SqliteLeaderStore(tmp_path / "synergy.db")
    await store.open()
    yield store
    await store.close()


def grouped_world() -> World:
    """Hours from 20 on, of which 21, 23 and 03 carry jobs; now is 04:00, so that 06 is still to come."""
    world = World(context_of(spec("MainHourly", "Main", time_grouping=3, is_on=False)))
    world.go_to("2013013104")
    return world


@pytest.mark.parametrize("newest_first", [False, True])
async def test_pages_that_end_between_two_checkpoints_join(store: SqliteLeaderStore, *, newest_first: bool) -> None:
    schedule = grouped_world().schedule
    listed: list[str] = []
    after: str | None = None
    for _ in range(9):
        page = await list_jobs(schedule, store, ListJobs("MainHourly", limit=1, after=after, newest_first=newest_first))
        listed += [job.timeperiod[6:] for job in page.jobs]
        after = f"MainHourly@{page.jobs[-1].timeperiod}"

    hours = ["3020", "3021", "3022", "3023", "3100", "3101", "3102", "3103", "3104"]
    assert listed == (hours[::-1] if newest_first else hours)
    assert not page.more


async def test_a_period_that_a_checkpoint_covers_is_listed_as_noop(store: SqliteLeaderStore) -> None:
    page = await list_jobs(grouped_world().schedule, store, ListJobs("MainHourly"))

    embryos = [job.timeperiod[6:] for job in page.jobs if job.state == "state_embryo"]
    assert embryos == ["3021", "3023", "3103"]
    assert {job.state for job in page.jobs} == {"state_embryo", "state_noop"}


async def test_a_job_tells_the_code_that_decides_and_no_median_without_runs(store: SqliteLeaderStore) -> None:
    detail = await show(grouped_world().schedule, store, Show("MainHourly@2013013021"), Around())

    assert detail.code == "inactive_process"
    assert detail.median_seconds is None


async def test_what_is_wrong_with_a_timeperiod_is_told_where_its_process_is_known(store: SqliteLeaderStore) -> None:
    schedule = grouped_world().schedule

    with pytest.raises(InvalidArgument, match='"2013-01-30T21" is no hourly timeperiod; write it as 2026112314'):
        await show(schedule, store, Show("MainHourly@2013-01-30T21"), Around())
    with pytest.raises(NotFound, match='process "MainHurly" is unknown; did you mean "MainHourly"'):
        await show(schedule, store, Show("MainHurly@2013-01-30T21"), Around())
