"""A console whose daemon is far away: the line is cut and mended, and it is long."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

from synergy.core.control import requests as q
from synergy.core.control.events import Alert, JobChanged
from synergy.tui.commands import Go
from synergy.tui.feed import Announcement
from synergy.tui.model.glyphs import look_of_cell
from synergy.tui.model.reducer import Step, Topic
from synergy.tui.model.trail import Place
from tests.slow_line import slow_line
from tests.tui.fake_daemon import FakeDeployment, fake_daemon
from tests.tui.operator import Operator, console, text_of

SNAPSHOT = (q.Trees, q.Processes, q.Grid)


def asked(deployment: FakeDeployment, *kinds: type[q.Request[object]]) -> int:
    return sum(isinstance(request, kinds) for request in deployment.asked)


def followed(deployment: FakeDeployment) -> set[str]:
    """The logs whose growth is told to somebody."""
    return set(deployment.server._subscriptions._followers) if deployment.server is not None else set()


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


async def test_what_was_being_read_when_the_line_was_cut_is_read_afterwards(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    async with console(tmp_path, deployment) as operator:
        await operator.sees("live")
        feed = operator.app.desk.feed
        feed.want(Topic.PROCESSES)
        reading = asyncio.ensure_future(feed._read_stale())
        await asyncio.sleep(0)
        reading.cancel()
        await asyncio.wait({reading})
        before = asked(deployment, q.Processes)
        await operator.until(lambda: asked(deployment, q.Processes) > before)


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


async def test_several_logs_are_followed_again_after_a_cut(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    uow_ids = [deployment.key("FlightsHourly", index) + ".1" for index in (-4, -5)]
    for uow_id in uow_ids:
        deployment.write(uow_id, ["first"])
    line, logs = tmp_path / "line.sock", Go(Place("merged", " ".join(uow_ids)))
    async with (
        slow_line(line, tmp_path / "c.sock") as cable,
        console(tmp_path, deployment, start=logs, through=line) as operator,
    ):
        await operator.sees("first", "following")
        await operator.until(lambda: followed(deployment) == set(uow_ids))
        cable.cut()
        await operator.sees("STALE")
        await operator.until(lambda: not followed(deployment))
        cable.mend()
        await operator.until(lambda: followed(deployment) == set(uow_ids))


async def test_a_slow_line_is_told_as_slow(tmp_path: Path) -> None:
    line = tmp_path / "line.sock"
    async with (
        slow_line(line, tmp_path / "c.sock", delay_seconds=0.3),
        console(tmp_path, through=line) as operator,
    ):
        await operator.sees("· SLOW ")


async def test_after_many_changes_on_a_poor_line_that_is_cut_it_shows_what_the_daemon_has(tmp_path: Path) -> None:
    deployment, chance = FakeDeployment(), random.Random(7)  # noqa: S311 - no secret
    line, names = tmp_path / "line.sock", list(deployment.cells)
    async with (
        slow_line(line, tmp_path / "c.sock", delay_seconds=0.15, bytes_a_second=8_000) as cable,
        console(tmp_path, deployment, start=Go(Place("timetable")), through=line) as operator,
    ):
        await operator.sees("■·▸▸▸··")
        heard = told_to(operator)
        read, told = asked(deployment, q.Grid), []
        for number in range(300):
            if number in {100, 200}:
                await operator.sees("live")
                cable.cut()
                await operator.sees("STALE")
            told.append(deployment.put(chance.choice(names), -1 - chance.randrange(24), chance.choice("013456")))
            if number in {150, 201}:
                cable.mend()
            await asyncio.sleep(0.01)
        await operator.until(lambda: len(heard) == len(told))
        assert heard == told
        assert asked(deployment, q.Grid) == read
        desk, shown = operator.app.desk, text_of(operator.app)
        for name in ("FlightsHourly", "WeatherHourly"):
            cells = "".join(deployment.cells[name][-48:])
            first = deployment.first[name] + len(deployment.cells[name]) - len(cells)
            assert desk.cache.cells(name, first, len(cells)) == cells
            assert "".join(desk.style.glyphs.of(look_of_cell(cell)) for cell in cells) in shown
        await operator.until(lambda: counts_of(operator) == {name: deployment.counts([name]) for name in names})


def told_to(operator: Operator) -> list[JobChanged]:
    """Fills with the changes that the console is told from now on."""
    heard: list[JobChanged] = []
    hear = operator.app.desk.hear

    def listen(announcement: Announcement) -> frozenset[str]:
        if isinstance(announcement, Step):
            heard.extend(change for _, change in announcement.jobs)
        return hear(announcement)

    operator.app.desk.hear = listen  # type: ignore[method-assign]
    return heard


def counts_of(operator: Operator) -> dict[str, dict[str, int]]:
    rows = operator.app.desk.view.processes
    return {row.process_name: {state: count for state, count in row.counts.items() if count} for row in rows}
