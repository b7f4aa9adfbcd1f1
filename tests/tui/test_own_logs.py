"""The logs of the deployment itself, as an operator meets them."""

from __future__ import annotations

from pathlib import Path

from synergy.tui.commands import Go
from synergy.tui.model.trail import Place
from tests.tui.fake_daemon import FakeDeployment
from tests.tui.operator import console, text_of


async def test_the_daemon_s_log_is_a_key_away_and_goes_on(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    async with console(tmp_path, deployment) as operator:
        await operator.types("ctrl+g")
        await operator.sees("daemon 1/3 · lines 1–3 of 3 · following", "leads with term 1")
        deployment.own_logs.write("daemon", "ERROR", "store is down (store_down)")
        await operator.sees("store is down", "of 4")
        await operator.types("ctrl+z")
        await operator.sees("≥WARNING", "is lost")
        await operator.until(lambda: "leads with term" not in text_of(operator.app))


async def test_brackets_step_through_all_logs_and_say_what_is_out_of_reach(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("logs"))) as operator:
        await operator.sees("daemon 1/3")
        await operator.types("right_square_bracket")
        await operator.sees("supervisor@box-1 2/3", "supervisor works")
        await operator.types("right_square_bracket")
        await operator.sees("it is on host far", "read /srv/x.log there")


async def test_the_collector_s_part_is_a_filter_that_escape_drops(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.enters("logs gc")
        await operator.sees("the collector acted on 3", "lease of box-2.1 is lost", "only the collector · 2 of 3 held")
        assert "leads with term" not in text_of(operator.app)
        await operator.types("escape")
        await operator.sees("leads with term")


async def test_a_log_that_does_not_exist_is_told_with_those_that_do(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.enters("logs nosuch")
        await operator.sees('there is no log "nosuch"', "use one of daemon, supervisor@box-1")
