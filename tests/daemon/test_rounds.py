from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest
from msgspec.structs import replace

from synergy.core.engine import collecting
from synergy.core.errors import StoreDown
from synergy.core.ports import LeaderStore
from synergy.core.records import UnitOfWork, UowId
from synergy.core.states import UowState
from synergy.daemon.rounds import Rounds
from synergy.daemon.worker_reports import read_untold
from tests.core.engine.contexts import context_of, settings_of, spec
from tests.core.engine.world import World

HOUR = 3_600.0


class Asked:
    """The store of a world, as the daemon asks it; ``asked``: whose records it was asked for by name."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.asked: list[UowId] = []
        self.is_down = False

    async def begun_uows(self) -> tuple[UnitOfWork, ...]:
        if self.is_down:
            raise StoreDown("it is away")
        return tuple(uow for uow in self._world.store.open_uows() if uow.state is not UowState.REQUESTED)

    async def uows(self, uow_ids: Sequence[UowId]) -> tuple[UnitOfWork, ...]:
        self.asked += uow_ids
        return tuple(self._world.store.uows[uow_id] for uow_id in uow_ids)


def world_of(hours: int) -> tuple[World, Asked, Rounds]:
    """So many jobs that are requested."""
    world = World(context_of(replace(spec("MainHourly", "Main"), concurrency=hours)), settings_of())
    world.go_to("2013013122")
    store = Asked(world)
    return world, store, Rounds(cast("LeaderStore", store), world.schedule.now.real)


async def turn(world: World, rounds: Rounds) -> None:
    """What a batch does of a round."""
    world.batch()
    await rounds.pass_time(world.schedule)


async def test_a_round_over_much_is_spread_over_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "MOST_A_BATCH", 2)
    world, _store, rounds = world_of(5)
    assert world.schedule.uows.requested() == 5
    world.now = world.now._replace(real=world.now.real + 2 * HOUR)

    queued: list[int] = []
    while not queued or rounds.is_under_way:
        await turn(world, rounds)
        queued.append(len(world.schedule.queues))

    assert queued == [2, 4, 5]


async def test_what_has_waited_for_moments_only_is_not_judged_at_all() -> None:
    world, _store, rounds = world_of(5)
    world.now = world.now._replace(real=world.now.real + 61.0)
    await turn(world, rounds)
    assert rounds.last == world.now.real
    assert not rounds.is_under_way
    assert collecting.to_judge(world.schedule) == []


async def test_an_operators_round_is_whole_and_takes_the_place_of_one_under_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(collecting, "MOST_A_BATCH", 1)
    world, _store, rounds = world_of(3)
    world.now = world.now._replace(real=world.now.real + 2 * HOUR)
    await turn(world, rounds)
    assert rounds.is_under_way
    assert rounds.collect(world.schedule) == 2
    assert not rounds.is_under_way


async def test_a_store_that_is_away_is_asked_again_soon() -> None:
    world, store, rounds = world_of(1)
    store.is_down = True
    world.now = world.now._replace(real=world.now.real + 61.0)
    await turn(world, rounds)
    interval = world.schedule.settings.gc_run_interval
    assert rounds.last + interval == world.now.real + 1.0
    assert not rounds.is_under_way


async def test_of_what_waits_only_what_was_thought_to_run_is_read() -> None:
    world, store, _rounds = world_of(5)
    first, second = sorted(world.schedule.uows)[:2]
    given_back = world.claim(first)
    world.claim(second)
    world.settle()
    assert given_back is not None
    world.store.release(given_back)

    told = await read_untold(cast("LeaderStore", store), world.schedule)

    assert store.asked == [first]
    assert {uow.uow_id: uow.state for uow in told} == {
        first: UowState.REQUESTED,
        second: UowState.IN_PROGRESS,
    }
