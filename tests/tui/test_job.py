"""A job as an operator meets it: why it waits down to the roots, its attempts, and what was done to it by whom."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.tui.commands import Go
from synergy.tui.model.trail import Place
from synergy.tui.screens.detail_dialog import DetailDialog
from synergy.tui.screens.job import JobScreen
from synergy.tui.widgets.line_table import LineTable
from tests.tui.fake_daemon import FakeDeployment
from tests.tui.fake_why import FAILED
from tests.tui.operator import Operator, console, text_of

WAITING = Go(Place("job", "FlightsMonthly@2013030000"))
DONE = Go(Place("job", "FlightsDaily@2013010100"))


class Manifold(FakeDeployment):
    """A job waits for many others, and has two attempts behind it."""

    def why(self, job: str) -> r.Why:
        told = super().why(job)
        leaves = tuple(replace(told.conditions[0], job=f"FlightsDaily@201303{day:02}00") for day in range(1, 5))
        return replace(told, conditions=(replace(told.conditions[0], children=leaves),))

    def attempts(self, job: str) -> r.Attempts:
        told = super().attempts(job)
        return replace(told, attempts=(*told.attempts, *(replace(at, number=2) for at in told.attempts)))


async def test_the_root_stands_first_with_its_log_and_the_command_and_enter_goes_there(tmp_path: Path) -> None:
    async with console(tmp_path, start=WAITING) as operator:
        await operator.sees(
            "why     blocked_children  1 child not finished: FlightsHourly@2013030418 (in progress)",
            f"root        {FAILED}",
            "run   synergyctl gc flush FlightsHourly",
            "log   no such file",
        )
        await operator.types("y")
        await operator.until(lambda: operator.app.clipboard == "synergyctl gc flush FlightsHourly")
        await operator.types("enter")
        await operator.until(lambda: operator.frame.place == Place("job", FAILED))


async def test_d_shows_all_conditions_and_each_leads_to_its_job(tmp_path: Path) -> None:
    async with console(tmp_path, Manifold(), start=WAITING) as operator:
        await operator.sees("d shows all: 9 conditions", "FlightsDaily@2013030100")
        assert "FlightsDaily@2013030400" not in text_of(operator.app)
        await operator.types("d")
        await operator.sees("  FlightsDaily@2013030400", "    FlightsHourly@2013030418")
        await operator.types("down", "down")
        await operator.sees("blocked_children  FlightsDaily@2013030100: 1 child")
        await operator.types("enter")
        await operator.until(lambda: operator.frame.place == Place("job", "FlightsDaily@2013030100"))
        await operator.types("escape", "d")
        await operator.until(lambda: "FlightsDaily@2013030400" not in text_of(operator.app))


async def test_an_event_tells_from_where_it_was_asked_for(tmp_path: Path) -> None:
    async with console(tmp_path, start=DONE) as operator:
        await operator.sees("log of attempt")
        await operator.types("end")
        await operator.sees("reprocess by olga   “late data”", "plan p1   d tells all")
        await operator.types("d")
        await operator.until(lambda: isinstance(operator.app.screen, DetailDialog))
        await operator.sees("from    ssh 10.0.0.7", "who     olga (logged in as root)", "“late data”")
        asked = [at for at in operator.deployment.asked if isinstance(at, q.ListAudit)]
        assert asked[-1].actor == "olga"
        assert asked[-1].since == "2026-11-23T08:28:27Z", "it is looked for around the event only"
        await operator.types("escape")
        await operator.until(lambda: isinstance(operator.app.screen, JobScreen))


async def test_marked_attempts_are_those_to_be_compared_and_verbs_stay_with_the_job(tmp_path: Path) -> None:
    async with console(tmp_path, Manifold(), start=DONE) as operator:
        await operator.sees("attempt 2", "log of attempt")
        await operator.types("down")
        await operator.sees("attempt 2  ■ processed  on box-1 (h) pid 99")
        await operator.types("space", "space")
        await operator.sees("2 marked")
        screen = operator.frame
        assert isinstance(screen, JobScreen)
        assert screen.marked_attempts == (1, 2)
        await operator.types("r")
        await operator.sees("reprocess FlightsDaily@2013010100: 1 job would change")
        await operator.types("escape", "v")
        await operator.until(lambda: operator.frame.place == Place("diff", "FlightsDaily@2013010100 1 2"))


async def test_marked_jobs_around_it_are_changed_together(tmp_path: Path) -> None:
    async with console(tmp_path, start=DONE) as operator:
        await operator.sees("log of attempt", "child")
        await operator.types("slash", *"process:FlightsHourly", "enter")
        await operator.types("space", "down", "ctrl+@")
        await operator.sees("3 marked")
        await operator.types("s")
        await operator.sees("skip 3 targets: 3 jobs would change")
        await operator.types("escape", "escape")
        await operator.until(lambda: operator.frame.targets() == ("FlightsDaily@2013010100",))


async def test_rows_are_filtered_and_sorted_like_any_others(tmp_path: Path) -> None:
    async with console(tmp_path, start=WAITING) as operator:
        await operator.sees("d why", "history")
        await operator.types("slash", *"code:retry*", "enter")
        await operator.sees("[2/", "/code:retry*")


class Late(FakeDeployment):
    """Why the job does not go on is found out later."""

    is_late = True

    def why(self, job: str) -> r.Why:
        told, none = super().why(job), r.Condition(job, "running", "it is running", job)
        return replace(told, code=none.code, conditions=(none,), roots=()) if self.is_late else told

    def find_out(self) -> None:
        self.is_late = False
        self.put("FlightsMonthly", -1, "0")


def key_of(operator: Operator) -> str | None:
    return operator.frame.query_one("#main", LineTable).key


async def test_roots_that_come_late_are_under_the_cursor_until_it_is_moved(tmp_path: Path) -> None:
    deployment = Late()
    async with console(tmp_path, deployment, size=(80, 24), start=WAITING) as operator:
        await operator.sees("parent")
        assert key_of(operator) == "FlightsYearly@2013000000"
        deployment.find_out()
        await operator.sees(f"root        {FAILED}")
        assert key_of(operator) == "root:0"


async def test_roots_that_come_late_do_not_take_the_cursor_from_where_it_was_put(tmp_path: Path) -> None:
    deployment = Late()
    async with console(tmp_path, deployment, start=WAITING) as operator:
        await operator.sees("parent")
        await operator.types("down")
        put = key_of(operator)
        deployment.find_out()
        await operator.sees(f"root        {FAILED}")
        assert key_of(operator) == put


async def test_the_row_of_the_cursor_is_in_sight_after_a_sort(tmp_path: Path) -> None:
    async with console(tmp_path, size=(80, 24), start=Go(Place("uows"))) as operator:
        await operator.sees("2013030512")
        await operator.types("T")
        await operator.sees("Timeperiod▴", "2013030512")


async def test_the_end_of_a_long_log_is_seen_on_a_small_terminal_and_goes_on_with_it(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    running = deployment.key("FlightsHourly", -4)
    deployment.write(f"{running}.1", [*(f"line {at}" for at in range(3000)), "Traceback (most recent call last):"])
    async with console(tmp_path, deployment, size=(80, 24), start=Go(Place("job", running))) as operator:
        await operator.sees("log of attempt 1 of 1 · 3,001 lines", "line 2999", "Traceback")
        await operator.until(lambda: deployment.server is not None and deployment.server.followed())
        deployment.write(f"{running}.1", ["ValueError: no such flight"])
        await operator.sees("3,002 lines", "Traceback", "ValueError: no such flight")


async def test_lines_that_a_row_does_not_need_are_the_tables(tmp_path: Path) -> None:
    async with console(tmp_path, size=(80, 24), start=DONE) as operator:
        await operator.sees("log of attempt 1 of 1", "parent FlightsMonthly")
        shown = text_of(operator.app).splitlines()
        row = next(at for at, line in enumerate(shown) if "parent FlightsMonthly" in line)
        assert "log of attempt 1 of 1" in shown[row + 1]
