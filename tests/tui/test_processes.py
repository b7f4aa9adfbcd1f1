"""One process in full, and what can be done with it from there."""

from __future__ import annotations

from pathlib import Path

from synergy.tui.commands import Go
from synergy.tui.model.trail import Place
from tests.tui.operator import console

PROCESS = Go(Place("process", "FlightsHourly"))


async def test_a_process_is_entered_and_leads_to_its_timetable_and_to_the_log_of_its_failure(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("processes"))) as operator:
        await operator.sees("FlightsHourly")
        await operator.types("down", "down", "down", "enter")
        await operator.sees("median 42s", "every 30   (the file says every 60)", "exit 3")
        await operator.types("l")
        await operator.until(lambda: operator.frame.place == ("log", "FlightsHourly@2013030418.1"))
        await operator.types("escape", "enter")
        await operator.until(lambda: operator.frame.place == ("timetable", "FlightsHourly"))


async def test_a_process_is_switched_and_its_trigger_changed_from_its_screen(tmp_path: Path) -> None:
    async with console(tmp_path, start=PROCESS) as operator:
        await operator.sees("median 42s")
        await operator.types("o")
        await operator.sees("Deactivate FlightsHourly?", "would be inactive")
        await operator.types("right", "enter")
        await operator.until(lambda: not operator.deployment.is_on["FlightsHourly"])
        await operator.types("e")
        await operator.sees("Trigger of FlightsHourly", "next: Tue 2013-03-05 14:01")
        await operator.types("escape", "h")
        await operator.sees("Hold FlightsHourly")


async def test_a_process_that_is_not_known_is_told(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.enters("process Nothing")
        await operator.sees('process "Nothing" is unknown', "esc goes back")


async def test_a_run_that_was_due_has_the_rows_read_again(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("processes"))) as operator:
        await operator.sees("FlightsHourly")
        operator.deployment.next_run = "2013-03-05T13:59:00Z"
        operator.deployment.put("WeatherHourly", -1, "1")
        await operator.until(lambda: operator.frame.desk.view.processes[0].next_run == "2013-03-05T13:59:00Z")
        operator.deployment.next_run = "2013-03-05T14:01:00Z"
        await operator.sees("1m")
