from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from synergy.brokers.embedded import EmbeddedBroker
from synergy.core.control.events import Event, HealthChanged
from synergy.daemon.broker_watch import BrokerWatch
from tests.manual_clock import ManualClock


class Watched:
    """A real broker, its watch, and what the watch said."""

    def __init__(self, path: Path) -> None:
        self.clock = ManualClock()
        self.broker = EmbeddedBroker(path, self.clock)
        self.events: list[Event] = []
        self.returns = 0

    async def start(self) -> None:
        await self.broker.start()
        self.watch = BrokerWatch(self.broker, self.came_back, self.events.extend)

    def came_back(self) -> None:
        self.returns += 1

    def look(self) -> list[bool]:
        """Whether the broker was up in each event of this look."""
        self.events.clear()
        self.watch.look()
        return [event.up for event in self.events if isinstance(event, HealthChanged)]


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    made = Watched(tmp_path / "broker.sock")
    await made.start()
    yield made
    await made.broker.stop()


async def test_a_broker_that_goes_and_comes_is_told_of_once_each(watched: Watched) -> None:
    assert watched.look() == []
    watched.clock.advance(1)
    await watched.broker.stop()
    assert watched.look() == [False]
    assert watched.look() == []
    assert watched.returns == 0
    watched.clock.advance(1)
    await watched.broker.start()
    assert watched.look() == [True]
    assert watched.returns == 1


async def test_after_a_queue_was_lost_its_contents_are_offered_again(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = watched.broker.state()
    monkeypatch.setattr(watched.broker, "state", lambda: replace(state, losses=1))

    assert watched.look() == []
    assert watched.look() == []

    assert watched.returns == 1


async def test_an_outage_between_two_looks_is_noticed(watched: Watched) -> None:
    watched.clock.advance(1)
    await watched.broker.stop()
    watched.clock.advance(1)
    await watched.broker.start()
    assert watched.look() == [True]
    assert watched.returns == 1
