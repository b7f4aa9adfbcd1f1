"""A daemon that is there and says nothing: the console tells so soon, and no busy one is taken for it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.daemon.callers import Caller
from synergy.tui import feed
from synergy.tui.commands import Go
from synergy.tui.model.trail import Place
from tests.tui.fake_daemon import FakeDeployment
from tests.tui.operator import console, text_of


class Frozen(FakeDeployment):
    """Answers while ``goes_on``."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    async def handle(self, request: q.Request[Any], caller: Caller) -> r.Reply:
        await self.goes_on.wait()
        return await super().handle(request, caller)


@pytest.fixture
def in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks ten times as often as for an operator."""
    for name in ("POLL_SECONDS", "LOOK_SECONDS", "SILENT_SECONDS"):
        monkeypatch.setattr(feed, name, getattr(feed, name) / 10)


@pytest.mark.usefixtures("in_haste")
async def test_a_silent_daemon_makes_all_stale_long_before_the_connection_is_given_up(tmp_path: Path) -> None:
    deployment = Frozen()
    async with console(tmp_path, deployment, start=Go(Place("timetable"))) as operator:
        await operator.sees("■·▸▸▸··")
        deployment.goes_on.clear()
        await operator.sees("STALE", "no answer", "■·▸▸▸··")
        await operator.types("r")
        await operator.until(lambda: "what is shown is stale" in operator.toasts)
        deployment.goes_on.set()
        await operator.sees("live")
        assert deployment.starts == 1
        await operator.types("r")
        await operator.sees("Plan: reprocess")


@pytest.mark.usefixtures("in_haste")
async def test_it_is_told_behind_a_change_that_waits_for_its_answer_too(tmp_path: Path) -> None:
    deployment = Frozen()
    async with console(tmp_path, deployment, start=Go(Place("timetable"))) as operator:
        await operator.sees("■·▸▸▸··")
        deployment.goes_on.clear()
        await operator.types("r")
        await operator.sees("STALE", "no answer")


@pytest.mark.usefixtures("in_haste")
async def test_a_daemon_that_only_tells_events_is_live(tmp_path: Path) -> None:
    deployment = Frozen()
    async with console(tmp_path, deployment, start=Go(Place("timetable"))) as operator:
        await operator.sees("■·▸▸▸··")
        deployment.goes_on.clear()
        for _ in range(60):
            deployment.put("FlightsHourly", -1, "0")
            await asyncio.sleep(feed.LOOK_SECONDS / 2)
            assert "STALE" not in text_of(operator.app)
