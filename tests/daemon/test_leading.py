from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from synergy.clocks import RealClock
from synergy.core.errors import AlreadyRunning, StoreDown, TermSuperseded
from synergy.core.ports import LeaderStore
from synergy.core.records import LeaderRecord
from synergy.core.settings import Settings
from synergy.daemon.leading import Leadership, is_dead_here, new_daemon_id
from synergy.stores.sqlite.leader import SqliteLeaderStore
from tests.waiting import wait_until, within

LEASE_SECONDS = 0.8
SETTINGS = Settings(
    context="none", synergy_start_timeperiod="2013010100", lease_seconds=LEASE_SECONDS, heartbeat_seconds=0.1
)
ELSEWHERE = "elsewhere:1:aaaaaa-1"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[LeaderStore]:
    opened = SqliteLeaderStore(tmp_path / "synergy.db")
    await opened.open()
    yield opened
    await opened.close()


def daemon(store: LeaderStore, daemon_id: str = "here:2:bbbbbb-2") -> Leadership:
    """A daemon that wants to lead."""
    return Leadership(store, RealClock(), SETTINGS, daemon_id)


@asynccontextmanager
async def leading(store: LeaderStore) -> AsyncIterator[Leadership]:
    """A daemon elsewhere that leads, and lives."""
    leader = daemon(store, ELSEWHERE)
    await leader.win(standby=False)
    async with asyncio.TaskGroup() as tasks:
        beating = tasks.create_task(leader.keep())
        yield leader
        beating.cancel()


async def test_where_nobody_leads_the_first_one_does(store: LeaderStore) -> None:
    assert await daemon(store).win(standby=False) == 1


async def test_a_second_one_is_refused_and_told_who_leads(store: LeaderStore) -> None:
    async with leading(store):
        with pytest.raises(AlreadyRunning, match=f"{ELSEWHERE} leads .* term 1"):
            await daemon(store).win(standby=False)
    assert (await store.leader()).holder == ELSEWHERE


@pytest.mark.parametrize("standby", [False, True])
async def test_a_leader_that_stands_still_for_its_lease_is_followed(store: LeaderStore, *, standby: bool) -> None:
    await daemon(store, ELSEWHERE).win(standby=False)
    clock = asyncio.get_running_loop().time
    began = clock()

    assert await daemon(store).win(standby=standby) == 2

    assert LEASE_SECONDS <= clock() - began < 2 * LEASE_SECONDS


async def test_a_standby_leads_as_soon_as_the_leader_resigns(store: LeaderStore) -> None:
    follower = daemon(store)
    async with asyncio.TaskGroup() as tasks:
        async with leading(store) as leader:
            waiting = tasks.create_task(follower.win(standby=True))
            await wait_until(lambda: follower.follows == ELSEWHERE)
        await leader.resign()

        assert await within(LEASE_SECONDS, waiting) == 2
    assert follower.follows is None


async def test_one_that_died_on_this_machine_is_followed_at_once(store: LeaderStore) -> None:
    program = "from synergy.daemon.leading import new_daemon_id; print(new_daemon_id(), end='')"
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=subprocess.PIPE)
    told, _ = await child.communicate()
    await daemon(store, told.decode()).win(standby=False)

    assert await within(LEASE_SECONDS / 2, daemon(store).win(standby=False)) == 2


class HalfDownStore(SqliteLeaderStore):
    """A real store that is read, and takes no term so many times."""

    down_for = 2

    async def take_term(self, holder: str, after: LeaderRecord | None = None) -> int:
        if self.down_for:
            self.down_for -= 1
            raise StoreDown("no primary")
        return await super().take_term(holder, after)


@pytest.mark.parametrize("standby", [False, True])
async def test_a_store_that_takes_no_term_yet_is_waited_for_by_a_standby_only(tmp_path: Path, *, standby: bool) -> None:
    store = HalfDownStore(tmp_path / "synergy.db")
    await store.open()
    if standby:
        assert await within(5, daemon(store).win(standby=True)) == 1
    else:
        with pytest.raises(StoreDown):
            await daemon(store).win(standby=False)
    await store.close()


class ContestedStore(SqliteLeaderStore):
    """A real store in which another daemon takes the term just before us, once."""

    rival: Leadership | None = None

    async def take_term(self, holder: str, after: LeaderRecord | None = None) -> int:
        if self.rival is not None:
            rival, self.rival = self.rival, None
            await rival.win(standby=True)
        return await super().take_term(holder, after)


@pytest.fixture
async def contested(tmp_path: Path) -> AsyncIterator[ContestedStore]:
    opened = ContestedStore(tmp_path / "synergy.db")
    await opened.open()
    yield opened
    await opened.close()


async def test_of_two_standbys_that_find_the_lead_free_the_slower_one_stands_by_again(
    contested: ContestedStore,
) -> None:
    contested.rival = rival = daemon(contested, ELSEWHERE)
    late = daemon(contested)
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(late.win(standby=True))
        await wait_until(lambda: late.follows == ELSEWHERE)
        await contested.keep_term(1)  # the term of the quicker one still stands
        assert not waiting.done()
        await rival.resign()

        assert await within(5, waiting) == 2


async def test_one_that_is_no_standby_and_finds_another_quicker_is_refused(contested: ContestedStore) -> None:
    contested.rival = daemon(contested, ELSEWHERE)

    with pytest.raises(AlreadyRunning, match=f"{ELSEWHERE} leads .* term 1"):
        await daemon(contested).win(standby=False)


async def test_who_was_superseded_has_nothing_to_let_go_of(store: LeaderStore) -> None:
    leader = daemon(store, ELSEWHERE)
    await leader.win(standby=False)
    await store.take_term("another")

    await leader.resign()

    assert not (await store.leader()).resigned


async def test_who_was_superseded_keeps_nothing(store: LeaderStore) -> None:
    leader = daemon(store, ELSEWHERE)
    await leader.win(standby=False)
    await store.take_term("another")

    with pytest.raises(TermSuperseded, match="another"):
        await within(5, leader.keep())


def test_of_who_lives_or_ran_elsewhere_nobody_says_that_it_is_dead() -> None:
    own = new_daemon_id()
    assert str(os.getpid()) in own
    assert not is_dead_here(own)
    assert not is_dead_here(ELSEWHERE)
    assert not is_dead_here("daemon-1")
    host, _, rest = own.partition(":")
    assert not is_dead_here(f"{host}:999999999:000000-{rest}")
