"""A console whose daemon is far away: the line is cut and mended, and it is long."""

from __future__ import annotations

from pathlib import Path

from synergy.core.control import requests as q
from synergy.core.control.events import Alert
from synergy.tui.commands import Go
from synergy.tui.model.trail import Place
from tests.slow_line import slow_line
from tests.tui.fake_daemon import FakeDeployment, fake_daemon
from tests.tui.operator import console

SNAPSHOT = (q.Trees, q.Processes, q.Grid)


def asked(deployment: FakeDeployment, *kinds: type[q.Request[object]]) -> int:
    return sum(isinstance(request, kinds) for request in deployment.asked)


async def test_after_a_cut_every_event_is_told_once_and_no_snapshot_is_read(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    line, timetable = tmp_path / "line.sock", Go(Place("timetable"))
    async with (
        slow_line(line, tmp_path / "c.sock") as cable,
        console(tmp_path, deployment, start=timetable, through=line) as operator,
    ):
        await operator.sees("■·▸▸▸··")
        before = operator.app.desk.view.process("FlightsHourly")
        assert before is not None
        snapshot = asked(deployment, *SNAPSHOT)
        cable.cut()
        await operator.sees("STALE")
        for index in (-3, -4):
            deployment.put("FlightsHourly", index, "3")
        deployment.announce(Alert("gave_up", "FlightsHourly has failed for too long"))
        cable.mend()
        await operator.sees("live", "■·▸■■··")
        after = operator.app.desk.view.process("FlightsHourly")
        assert after is not None
        assert after.counts["state_processed"] == before.counts["state_processed"] + 2
        assert [alert.code for alert in operator.app.desk.view.alerts] == ["gave_up"]
        assert asked(deployment, *SNAPSHOT) == snapshot
        assert "read again" not in operator.toasts


async def test_what_the_daemon_no_longer_has_is_read_anew_and_told(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    line = tmp_path / "line.sock"
    async with (
        slow_line(line, tmp_path / "c.sock") as cable,
        console(tmp_path, deployment, start=Go(Place("timetable")), through=line) as operator,
    ):
        await operator.sees("■·▸▸▸··")
        cable.cut()
        await operator.sees("STALE")
        for number in range(3):
            deployment.announce(*(Alert(f"{number}", "x" * 1_000) for _ in range(1_000)))
        deployment.put("FlightsHourly", -3, "3")
        cable.mend()
        await operator.sees("live", "■·▸▸■··")
        await operator.until(lambda: "no longer has all that happened" in operator.toasts)


async def test_a_daemon_that_was_started_anew_is_told_from_one_that_was_cut_off(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    async with console(tmp_path, deployment) as operator:
        assert deployment.server is not None
        await deployment.server.stop()
        await operator.sees("STALE")
        async with fake_daemon(tmp_path / "c.sock", deployment):
            await operator.sees("live")
            await operator.until(lambda: "started anew" in operator.toasts)


async def test_a_log_is_followed_again_after_a_cut(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    uow_id = deployment.key("FlightsHourly", -4) + ".1"
    deployment.write(uow_id, ["first"])
    line, log = tmp_path / "line.sock", Go(Place("log", uow_id))
    async with (
        slow_line(line, tmp_path / "c.sock") as cable,
        console(tmp_path, deployment, start=log, through=line) as operator,
    ):
        await operator.sees("first", "following")
        cable.cut()
        await operator.sees("STALE")
        deployment.write(uow_id, ["while it was cut"])
        cable.mend()
        await operator.sees("live", "while it was cut")
        deployment.write(uow_id, ["and after"])
        await operator.sees("and after")


async def test_a_slow_line_is_told_as_slow(tmp_path: Path) -> None:
    line = tmp_path / "line.sock"
    async with (
        slow_line(line, tmp_path / "c.sock", delay_seconds=0.3),
        console(tmp_path, through=line) as operator,
    ):
        await operator.sees("· SLOW ")
