"""What is held, sealed or under way as a batch, read again only when something of it may have changed."""

from __future__ import annotations

from pathlib import Path

from synergy.core.control import requests as q
from synergy.core.control.events import DirectiveChanged
from synergy.tui.commands import Go
from synergy.tui.model.trail import Place
from synergy.tui.screens.directives import DirectivesScreen
from tests.tui.fake_daemon import FakeDeployment
from tests.tui.operator import Operator, console
from tests.tui.orders import hold


def readings(deployment: FakeDeployment) -> int:
    return sum(isinstance(request, q.Directives) for request in deployment.asked)


async def hears_of_a_job(operator: Operator, index: int) -> None:
    seen = operator.app.desk.view.generation
    operator.deployment.put("FlightsHourly", index, "3")
    await operator.until(lambda: operator.app.desk.view.generation > seen)


async def test_orders_are_read_again_when_one_changes_and_not_with_every_job(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    deployment.directives = [hold("WeatherDaily")]
    async with console(tmp_path, deployment, start=Go(Place("directives"))) as operator:
        await operator.sees("batches [1]", "WeatherDaily")
        await hears_of_a_job(operator, 0)
        screen = operator.app.screen
        assert isinstance(screen, DirectivesScreen)
        await operator.until(lambda: not screen.gate.is_busy)  # what is read at its beginning is read
        before = readings(deployment)
        for index in range(1, 6):
            await hears_of_a_job(operator, index)
        assert readings(deployment) == before
        deployment.directives.append(hold("Flights"))
        deployment.announce(DirectiveChanged("h2", "hold", "Flights", "ann"))
        await operator.sees("[2]", "Flights")
