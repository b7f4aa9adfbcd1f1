from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from synergy.cli.reconnecting import outlast_restarts
from synergy.core.errors import DaemonUnreachable


class FlickeringDaemon:
    """There for each of these spans in turn, in seconds; away for ``away_seconds`` after each."""

    def __init__(self, *spans: float, away_seconds: float) -> None:
        self.spans = list(spans)
        self.away_seconds = away_seconds
        self.back_at = 0.0
        self.told = 0

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[float]:
        if asyncio.get_running_loop().time() < self.back_at:
            raise DaemonUnreachable("nobody answers")
        yield self.spans.pop(0)

    async def use(self, span: float) -> None:
        await asyncio.sleep(span)
        if self.spans:
            self.back_at = asyncio.get_running_loop().time() + self.away_seconds
            raise DaemonUnreachable("hung up")

    def tell_lost(self) -> None:
        self.told += 1


@pytest.mark.looptime
async def test_each_restart_is_outlasted_however_long_the_daemon_was_there_before() -> None:
    daemon = FlickeringDaemon(3600.0, 1.0, 7200.0, away_seconds=20.0)

    await outlast_restarts(daemon.connect, daemon.use, daemon.tell_lost)

    assert daemon.told == 2


@pytest.mark.looptime
async def test_a_daemon_that_stays_away_is_given_up() -> None:
    daemon = FlickeringDaemon(1.0, 1.0, away_seconds=31.0)

    with pytest.raises(DaemonUnreachable, match="nobody answers"):
        await outlast_restarts(daemon.connect, daemon.use, daemon.tell_lost)

    assert daemon.told == 1


@pytest.mark.looptime
async def test_a_daemon_that_was_never_there_is_not_waited_for() -> None:
    daemon = FlickeringDaemon(1.0, away_seconds=0.0)
    daemon.back_at = 1.0

    with pytest.raises(DaemonUnreachable):
        await outlast_restarts(daemon.connect, daemon.use)

    assert asyncio.get_running_loop().time() == 0.0
