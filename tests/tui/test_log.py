"""A log as an operator meets it: followed, scrolled, searched."""

from __future__ import annotations

from pathlib import Path

from synergy.tui.commands import Go
from synergy.tui.model.trail import Place
from synergy.tui.widgets.log_view import LogView
from tests.tui.fake_daemon import FakeDeployment
from tests.tui.operator import console, text_of


async def test_log_alone_means_what_the_cursor_stands_on(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("job", "FlightsDaily@2013010100"))) as operator:
        await operator.sees("attempt 1")
        await operator.enters("log")
        await operator.sees("lines 1–3 of 3")
    async with console(tmp_path, start=Go(Place("workers"))) as operator:
        await operator.sees("supervisor")
        await operator.enters("log")
        await operator.until(lambda: ":log needs a target here" in operator.toasts)


async def test_a_log_follows_until_the_operator_scrolls_away(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    uow_id = deployment.key("FlightsHourly", -4) + ".1"
    deployment.write(uow_id, (f"line {number}" for number in range(3000)))
    async with console(tmp_path, deployment, start=Go(Place("log", uow_id))) as operator:
        await operator.sees("line 2999", "of 3,000 · following")
        deployment.write(uow_id, ["the newest line"])
        await operator.sees("the newest line")
        await operator.types("pageup")
        await operator.until(lambda: "following" not in operator.frame.title_text())
        deployment.write(uow_id, ["not seen"])
        view = operator.frame.query_one(LogView)
        await operator.until(lambda: view.buffer.total == 3002)
        assert "not seen" not in text_of(operator.app)
        await operator.types("home")
        await operator.sees("line 0")
        await operator.types("end")
        await operator.sees("not seen")


async def test_a_search_finds_lines_that_are_not_held(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    uow_id = deployment.key("FlightsHourly", -4) + ".1"
    deployment.write(uow_id, ("needle" if number in {10, 2500} else f"line {number}" for number in range(5000)))
    async with console(tmp_path, deployment, start=Go(Place("log", uow_id))) as operator:
        await operator.sees("line 4999")
        await operator.types("slash", *"needle", "enter")
        await operator.sees("line 11", "“needle” 1/2")
        await operator.types("n")
        await operator.sees("line 2499", "2/2")
