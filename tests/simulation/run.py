"""One seed from its beginning to its end: a world, its troubles, and then peace in which everything must get done."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Final, NamedTuple

from tests.simulation import seams
from tests.simulation.chaos import Chaos
from tests.simulation.loop import Killed, Stalled, VirtualLoop
from tests.simulation.memory import check_memory
from tests.simulation.operators import Operators
from tests.simulation.story import Violation
from tests.simulation.world import World

LEAST_FAULTS: Final = 100
CHAOS_SECONDS: Final = 130.0
PEACE_SECONDS: Final = 400.0
SETTLING_SECONDS: Final = 10.0
LOOK_SECONDS: Final = 5.0


class Outcome(NamedTuple):
    """What came of a seed."""

    seed: int
    world: World
    violation: Violation | None

    @property
    def faults(self) -> int:
        return sum(self.world.story.faults.values())


def run_seed(seed: int, least_faults: int = LEAST_FAULTS) -> Outcome:
    """Live through a seed. Nothing outside of these two decides what happens."""
    loop = VirtualLoop()
    world = World(loop, seed)
    loop.set_exception_handler(lambda _loop, told: _unexpected(world, told))
    violation = None
    with seams.replaced(world.surroundings().replacements):
        try:
            loop.run_until_complete(_live(world, least_faults))
        except Violation as found:
            violation = found
        except Stalled as stalled:
            violation = Violation("time goes on", str(stalled))
        finally:
            _bury(world, loop)
    if violation is not None and violation not in world.broken:
        world.story.tell("", "VIOLATION", violation)
    return Outcome(seed, world, violation)


async def _live(world: World, least_faults: int) -> None:
    operators = Operators(world, Random(world.seed + 3))  # noqa: S311
    world.begin()
    operating = asyncio.ensure_future(operators.run())
    await Chaos(world, least_faults).run(CHAOS_SECONDS)
    operating.cancel()
    world.check()
    world.calm_down()
    await asyncio.sleep(SETTLING_SECONDS)
    world.end_time()
    await _get_done(world, operators)


async def _get_done(world: World, operators: Operators) -> None:
    until = world.loop.time() + PEACE_SECONDS
    await asyncio.sleep(LOOK_SECONDS)
    while unfinished := world.unfinished():
        if world.loop.time() > until:
            raise Violation("no period is missing, and everything gets done", ", ".join(unfinished[:9]))
        await operators.put_in_order()
        await asyncio.sleep(LOOK_SECONDS)
        world.check()
    await check_memory(world)
    world.check()


def _unexpected(world: World, told: dict[str, object]) -> None:
    error = told.get("exception")
    if isinstance(error, BaseException) and not isinstance(error, Killed | asyncio.CancelledError):
        world.violate("no part of it fails", f"{told.get('message')}: {error!r}")


@contextmanager
def _unseen() -> Iterator[None]:
    """What dying coroutines still try to do in vain is nobody's business."""
    told, sys.unraisablehook = sys.unraisablehook, lambda _unraisable: None
    try:
        yield
    finally:
        sys.unraisablehook = told


def _bury(world: World, loop: VirtualLoop) -> None:
    """Let go of what is left of a world, without a word from it."""
    with _unseen():
        world.let_go()
        loop.bury()
        gc.collect()
