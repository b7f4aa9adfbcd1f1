"""Boxes and what they run, as an operator sees and switches it."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.tui.commands import Go
from synergy.tui.model.trail import Place
from tests.tui.fake_daemon import FakeDeployment
from tests.tui.fake_plans import REAL_TIME
from tests.tui.fake_rows import BOXES
from tests.tui.operator import console


async def test_a_box_is_entered_and_its_child_leads_to_its_log(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.types("8")
        await operator.sees("box-1", "▁▁▄█▆▃", "stopped", "3 of 4 slots free")
        await operator.types("enter")
        await operator.sees("last heartbeat 2.1s ago", "FlightsHourly@2013030509.1", "Feed")
        await operator.types("down", "enter")
        await operator.until(lambda: operator.frame.place == ("log", "FlightsHourly@2013030509.1"))


async def test_a_box_and_its_daemon_process_lead_to_their_own_logs(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("workers"))) as operator:
        await operator.sees("box-1")
        await operator.types("l")
        await operator.until(lambda: operator.frame.place == ("logs", "supervisor@box-1"))
        await operator.enters("box box-1")
        await operator.sees("Feed")
        await operator.types("l")
        await operator.until(lambda: operator.frame.place == ("logs", "Feed@box-1"))


async def test_a_daemon_process_is_stopped_on_its_box_after_a_question(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("box", "box-1"))) as operator:
        await operator.sees("Feed")
        await operator.types("o")
        await operator.sees("Stop Feed on box-1?", "Feed would be stopped on box-1", "synergyctl box stop box-1 Feed")
        await operator.types("right", "enter")
        await operator.until(lambda: operator.deployment.changed)
        (sent,) = operator.deployment.changed
        assert isinstance(sent, q.SwitchOnBox)
        assert (sent.box_id, sent.process_name, sent.is_on) == ("box-1", "Feed", False)


async def test_what_is_no_daemon_process_is_not_switched(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("box", "box-1"))) as operator:
        await operator.sees("Feed")
        await operator.types("down", "o")
        await operator.until(lambda: "that is no daemon process" in operator.toasts)
        await operator.types("x")
        await operator.sees("cancel")
        assert operator.deployment.changed == []


async def test_a_box_that_falls_silent_is_told_as_it_happens(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    async with console(tmp_path, deployment, start=Go(Place("workers"))) as operator:
        await operator.sees("box-1")
        deployment.boxes = (replace(BOXES[0], state="silent", heartbeat_seconds=14.0), BOXES[1])
        await operator.sees("silent", "14s")


async def test_a_box_that_is_not_known_is_told(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.enters("box box-7")
        await operator.sees("No box is called box-7", "esc goes back")
        await operator.enters("box")
        await operator.until(lambda: ":box needs a target" in operator.toasts)


async def test_draining_is_told_with_the_box(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    async with console(tmp_path, deployment, start=Go(Place("workers"))) as operator:
        await operator.sees("box-1")
        deployment.directives = [r.Directive("h1", "hold", "everything", "olga", REAL_TIME, reason="upgrade")]
        await operator.sees("boxes, draining")
        await operator.types("enter")
        await operator.sees("nothing new starts, by olga: upgrade")
