"""A freerun entry in its states, to be asked why it does not go on."""

from __future__ import annotations

from synergy.core.states import UowState
from tests.core.engine.contexts import context_of, entry, settings_of
from tests.core.engine.world import World


def resting() -> World:
    """An entry whose trigger has not fired yet."""
    world = World(context_of(entries=(entry("often", "every 1800"),)), settings_of())
    world.settle()
    return world


def fired() -> World:
    """Its unit of work is requested."""
    world = resting()
    world.tick(1800.0)
    return world


def failed() -> World:
    """Its first run failed."""
    world = fired()
    world.work(UowState.INVALID)
    return world
