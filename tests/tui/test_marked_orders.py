"""An operator holds, releases and seals what is marked: each once, whichever stands under which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.tui.commands import Go
from synergy.tui.model.trail import Place
from tests.tui.fake_daemon import FakeDeployment
from tests.tui.fake_plans import REAL_TIME
from tests.tui.operator import console
from tests.tui.orders import CELLS, TIMETABLE, agrees, hold, planned


async def test_marked_processes_are_held_by_one_plan_and_one_word(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("processes"))) as operator:
        await operator.sees("FlightsYearly")
        await operator.types("space", "space", "h")
        await operator.sees("Hold 2 marked")
        await operator.types("enter")
        await operator.sees("2 orders would be set")
        await agrees(operator)
        await operator.until(lambda: len(operator.deployment.directives) == 2)
        assert len(operator.deployment.applied) == 1


async def test_marked_ones_are_released_by_what_they_are_under_each_order_once(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    deployment.directives = [hold("Flights", "h1"), hold("WeatherDaily", "h2")]
    async with console(tmp_path, deployment, start=Go(Place("processes"))) as operator:
        await operator.sees("FlightsYearly", "held")
        await operator.types("slash", *"state:held", "enter", "ctrl+a", "h")
        await operator.sees("Plan: release", "Flights  is lifted", "WeatherDaily  is lifted")
        assert planned(operator)[-1].targets == ("h1", "h2")


@pytest.mark.parametrize("first", [True, False], ids=["the held one first", "the held one last"])
async def test_of_marked_ones_that_are_held_and_not_those_that_are_not_are_held(tmp_path: Path, *, first: bool) -> None:
    deployment = FakeDeployment()
    deployment.directives = [hold("FlightsYearly" if first else "FlightsMonthly")]
    free = "FlightsMonthly" if first else "FlightsYearly"
    async with console(tmp_path, deployment, size=(80, 24), start=Go(Place("processes"))) as operator:
        await operator.sees("FlightsYearly", "held")
        await operator.types("space", "space", "h")
        await operator.sees("Hold what is not held", "1 of the 2 marked is held already and stays so")
        await operator.types("enter")
        await operator.sees("Plan: hold", f"{free}  is set", "1 of the 2 marked is held already and stays so")
        assert planned(operator)[-1].targets == (free,)
        await agrees(operator)
        await operator.until(lambda: len(deployment.directives) == 2)
        await operator.types("h")
        await operator.sees("Plan: release", "FlightsYearly  is lifted", "FlightsMonthly  is lifted")


@pytest.mark.parametrize("sealed", [-1, -3], ids=["the later one", "the earlier one"])
async def test_of_marked_ones_that_are_sealed_and_not_those_that_are_not_are_sealed(
    tmp_path: Path, sealed: int
) -> None:
    deployment = FakeDeployment()
    closed, open_ = (deployment.key("FlightsHourly", index) for index in (sealed, -4 - sealed))
    deployment.directives = [r.Directive("seal-1", "seal", closed, "olga", REAL_TIME)]
    async with console(tmp_path, deployment, start=TIMETABLE) as operator:
        await operator.sees(CELLS)
        await operator.types("space", "left", "left", "space", "ctrl+l")
        await operator.sees("Plan: seal", f"{open_}  is set", "1 of the 2 marked is sealed already and stays so")
        assert planned(operator)[-1].targets == (open_,)


async def test_however_many_are_marked_each_is_asked_what_it_is_under(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    job = deployment.uows(q.ListUows(limit=60)).uows[57]
    deployment.directives = [hold(f"FlightsHourly@{job.timeperiod}")]
    async with console(tmp_path, deployment, start=Go(Place("uows"))) as operator:
        await operator.sees("2013030512")
        await operator.types(*["space"] * 60, "h")
        await operator.sees("Hold what is not held", "1 of the 60 marked is held already")


async def test_of_neighbours_in_the_timetable_those_that_are_not_held_are_held(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    jobs = [deployment.key("FlightsHourly", index) for index in (-4, -3, -2, -1)]
    deployment.directives = [hold(jobs[1], "h2")]
    async with console(tmp_path, deployment, start=TIMETABLE) as operator:
        await operator.sees(CELLS)
        await operator.types("left", "left", "left", "space", "space", "space", "space", "h")
        await operator.sees("Hold what is not held", "1 of the 4 marked is held already and stays so")
        await operator.types("enter")
        await operator.sees("Plan: hold", "2 orders would be set", "1 of the 4 marked is held already and stays so")
        assert planned(operator)[-1].targets == (jobs[0], f"{jobs[2]}..{jobs[3].partition('@')[2]}")


async def test_a_range_whose_jobs_are_held_one_by_one_is_released(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    deployment.directives = [hold(deployment.key("FlightsHourly", index), f"h{-index}") for index in (-1, -2)]
    async with console(tmp_path, deployment, start=TIMETABLE) as operator:
        await operator.sees(CELLS)
        await operator.types("space", "left", "space", "h")
        await operator.sees("Plan: release", "2 orders would be lifted")
        assert planned(operator)[-1].targets == ("h2", "h1")


async def test_a_range_of_a_held_process_is_held(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    deployment.directives = [hold("Flights")]
    async with console(tmp_path, deployment, start=TIMETABLE) as operator:
        await operator.sees(CELLS, " held ")
        await operator.types("space", "left", "space", "h")
        await operator.sees("Plan: release", "Flights  is lifted")
