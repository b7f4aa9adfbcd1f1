"""Several logs as one, as an operator meets them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import NotFound
from synergy.tui.app import main
from synergy.tui.commands import Go
from synergy.tui.model.trail import Place
from synergy.tui.widgets.log_view import LogView
from tests.tui.fake_daemon import FakeDeployment, fake_daemon
from tests.tui.operator import Operator, console, text_of


def at(second: int) -> str:
    return f"2026-11-23T{8 + second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}.000Z"


class Timed(FakeDeployment):
    """Log lines are written at times."""

    def tell(self, uow_id: str, *lines: tuple[int, str]) -> None:
        """Lines of a unit of work that runs."""
        self.write(uow_id, [text for _, text in lines])
        log = self.logs[uow_id]
        for row, (second, _) in zip(log[-len(lines) :], lines, strict=True):
            log[row.line] = replace(row, at=at(second))

    def log(self, request: q.Logs) -> r.LogPage:
        if request.target.startswith("Nosuch"):
            raise NotFound(f"{request.target} has no log")
        return super().log(request)


def two_running() -> tuple[Timed, str, str]:
    deployment = Timed()
    one, other = (deployment.key("FlightsHourly", index) + ".1" for index in (-4, -5))
    deployment.tell(one, (1, "one begins"), (4, "one goes on"))
    deployment.tell(other, (2, "other begins"), (3, "ERROR no such file"))
    return deployment, one, other


def order(operator: Operator, *texts: str) -> bool:
    shown = text_of(operator.app)
    places = [shown.find(text) for text in texts]
    return -1 not in places and places == sorted(places)


async def test_lines_of_two_jobs_are_shown_in_the_order_of_their_times(tmp_path: Path) -> None:
    deployment, one, other = two_running()
    async with console(tmp_path, deployment) as operator:
        await operator.enters(f"log {one} {other}")
        await operator.sees("2 logs, 2 running · 4 lines · following")
        assert order(operator, "one begins", "other begins", "ERROR no such file", "one goes on")
        assert "2013030511.1    one begins" in text_of(operator.app)
        assert "2013030510.1    other begins" in text_of(operator.app)
        deployment.tell(other, (6, "other ends"))
        await operator.sees("other ends")
        deployment.tell(one, (5, "one ends"))
        await operator.until(lambda: order(operator, "one goes on", "one ends", "other ends"))


async def test_the_logs_of_marked_rows_are_one_log(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("uows"))) as operator:
        await operator.sees("2013030512")
        await operator.types("space", "space", "space", "l")
        await operator.sees("3 logs, 0 running · 9 lines", "2013030512.1 I")


class Fired(FakeDeployment):
    """All units of work are of one entry."""

    def uow(self, name: str, index: int) -> r.Uow:
        return replace(super().uow(name, index), process_name="Reports", entry_name="nightly")


async def test_each_marked_unit_of_work_of_one_entry_has_its_log_in_it(tmp_path: Path) -> None:
    async with console(tmp_path, Fired(), start=Go(Place("uows"))) as operator:
        await operator.sees("Reports::night")
        await operator.types("space", "space", "l")
        await operator.sees("2 logs, 0 running · 6 lines")


async def test_a_job_without_a_log_hides_no_other(tmp_path: Path) -> None:
    deployment, one, _ = two_running()
    async with console(tmp_path, deployment) as operator:
        await operator.enters(f"log {one} Nosuch@2013010100")
        await operator.sees("one begins", "Nosuch@2013010100 has no log")
        await operator.enters("log Nosuch@1 Nosuch@2")
        await operator.sees("│ Nosuch@1 has no log", "│ Nosuch@2 has no log", "│ Nothing was written: esc goes back")
        await operator.until(lambda: "Nosuch@2 has no log" in operator.toasts)


async def test_a_merged_log_is_searched_and_filtered(tmp_path: Path) -> None:
    deployment, one, other = two_running()
    async with console(tmp_path, deployment) as operator:
        await operator.enters(f"log {one} {other}")
        await operator.sees("4 lines")
        await operator.types("e", "e")
        await operator.sees("≥WARNING", "1 of 4 held", "no such file")
        await operator.types("escape", "slash", *"begins", "enter")
        await operator.sees("“begins” 1/2")
        await operator.types("n")
        await operator.sees("“begins” 2/2")


async def test_a_search_goes_on_from_its_line_though_lines_come_between(tmp_path: Path) -> None:
    deployment, one, other = two_running()
    async with console(tmp_path, deployment) as operator:
        await operator.enters(f"log {one} {other}")
        await operator.sees("4 lines")
        await operator.types("slash", *"begins", "enter")
        await operator.sees("“begins” 1/2")
        deployment.tell(other, *((at, "between") for at in (1, 1, 1)))
        await operator.types("f")
        await operator.sees("between")
        await operator.types("home")
        await operator.sees("›08:00:01 2013030511.1    one begins")
        await operator.types("n")
        await operator.sees("“begins” 2/2", "›08:00:02 2013030510.1    other begins")


async def test_jobs_marked_in_the_timetable_have_one_log(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.sees("hourly periods")
        await operator.types("space", "left", "left", "space", "l")
        await operator.sees("2 logs, 0 running · 6 lines")


async def test_marks_next_to_each_other_in_the_timetable_are_as_many_logs(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.sees("hourly periods")
        await operator.types("space", "left", "space", "l")
        await operator.sees("2 logs, 0 running · 6 lines", "2013030513", "2013030514")


async def test_older_lines_of_all_logs_are_read_when_the_operator_goes_there(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    one, other = (deployment.key("FlightsHourly", index) + ".1" for index in (-4, -5))
    deployment.logs[one] = [r.LogRow(number, at(2 * number), "stdout", "", f"even {number}") for number in range(2500)]
    deployment.logs[other] = [
        r.LogRow(number, at(2 * number + 1), "stdout", "", f"odd {number}") for number in range(2500)
    ]
    async with console(tmp_path, deployment) as operator:
        await operator.enters(f"log {one} {other}")
        await operator.sees("odd 2499", "1,999 of 5,000 lines, home reads older")
        await operator.types("home")
        await operator.sees("even 0 ", "odd 0 ", "5,000 lines ")


def long_and_short(lines: int) -> tuple[Timed, str, str]:
    """One attempt that wrote very much, and one that wrote three lines long before the end of it."""
    deployment = Timed()
    long, short = (deployment.key("FlightsHourly", index) + ".1" for index in (-4, -5))
    deployment.logs[long] = [r.LogRow(at_, at(at_), "stdout", "", f"long {at_}") for at_ in range(lines)]
    deployment.logs[short] = [r.LogRow(at_, at(at_), "stdout", "", f"short {at_}") for at_ in range(3)]
    return deployment, long, short


async def test_no_line_is_out_of_reach_behind_60_000_others(tmp_path: Path) -> None:
    deployment, long, short = long_and_short(61_000)
    async with console(tmp_path, deployment) as operator:
        await operator.enters(f"log {short} {long}")
        await operator.sees("long 60999", "1,000 of 61,003 lines, home reads older")
        for held in ("21,000", "41,000"):
            await operator.types("home")
            await operator.sees(f"{held} of 61,003 lines, home reads older")
            await operator.until(lambda: "home reads on, S saves all of them" in operator.toasts)
        await operator.types("home")
        await operator.sees("61,003 lines ", "short 0", "short 2", "long 3 ")
        assert order(operator, "short 0", "long 0 ", "short 1", "long 1 ")


async def test_a_search_finds_what_stands_before_all_that_is_held(tmp_path: Path) -> None:
    deployment, long, short = long_and_short(61_000)
    for number in (30, 30_000, 60_990):
        row = deployment.logs[long][number]
        deployment.logs[long][number] = replace(row, text=f"needle {number}")
    async with console(tmp_path, deployment) as operator:
        await operator.enters(f"log {short} {long}")
        await operator.sees("1,000 of 61,003 lines")
        await operator.types("slash", *"Needle", "enter")
        await operator.sees("“Needle” 3/3")
        await operator.types("N")
        await operator.until(
            lambda: "“Needle” stands before the 21,000 lines read so far: N reads on" in operator.toasts
        )
        await operator.types("N")
        await operator.sees("“Needle” 2/3", "needle 30000")
        await operator.types("n")
        await operator.sees("“Needle” 3/3", "needle 60990")
        await operator.types("slash", *["backspace"] * 6, *"short 2", "enter")
        await operator.until(lambda: "“short 2” stands before" in operator.toasts)
        await operator.types("N")
        await operator.sees("“short 2” 1/1", "short 2")
        await operator.types("slash", *["backspace"] * 7, *"nowhere", "enter")
        await operator.sees("“nowhere” not found")


async def test_a_search_goes_on_into_what_was_added_unseen(tmp_path: Path) -> None:
    deployment, one, other = two_running()
    async with console(tmp_path, deployment) as operator:
        await operator.enters(f"log {one} {other}")
        await operator.sees("4 lines · following")
        await operator.types("home")
        await operator.until(lambda: "following" not in text_of(operator.app))
        deployment.tell(one, (600, "added later"))
        await operator.sees("4 of 5 lines")
        await operator.types("slash", *"later", "enter")
        await operator.sees("“later” 1/1", "added later")


async def test_what_a_log_that_is_followed_lets_go_of_is_counted_and_can_be_read_again(tmp_path: Path) -> None:
    deployment, long, short = long_and_short(1000)
    async with console(tmp_path, deployment) as operator:
        await operator.enters(f"log {short} {long}")
        await operator.sees("1,003 lines ")
        deployment.tell(long, (1000, "it runs"))
        await operator.types("f", "f")
        await operator.sees("1,004 lines · following")
        for first in range(1001, 59_001, 4000):
            deployment.tell(long, *((second, f"long {second}") for second in range(first, first + 4000)))
            await operator.sees(f"long {first + 3999}")
        await operator.sees("of 61,004 lines, home reads older")
        await operator.types("home")
        await operator.sees("61,004 lines ", "short 0", "short 2")


async def test_a_new_attempt_is_read_from_its_end_by_who_reads_older_lines(tmp_path: Path) -> None:
    class Again(Timed):
        attempt = 1

        def log(self, request: q.Logs) -> r.LogPage:
            return replace(super().log(request), attempt=self.attempt)

    deployment = Again()
    one, other = (deployment.key("FlightsHourly", index) + ".1" for index in (-4, -5))
    for name in (one, other):
        deployment.logs[name] = [r.LogRow(at_, at(at_), "stdout", "", f"old {at_}") for at_ in range(3000)]
    async with console(tmp_path, deployment) as operator:
        await operator.enters(f"log {one} {other}")
        await operator.sees("old 2999", "2,000 of 6,000 lines")
        deployment.attempt = 2
        deployment.logs[one] = [r.LogRow(0, at(3001), "stdout", "", "anew")]
        await operator.types("home")
        await operator.sees("3,001 lines ")
        await operator.types("end")
        await operator.sees("anew")


class Hiding(Timed):
    """One of the logs cannot be read for a while."""

    hidden = ""

    def log(self, request: q.Logs) -> r.LogPage:
        if request.target == self.hidden:
            raise NotFound(f"{request.target} has no log")
        return super().log(request)


async def test_a_log_that_cannot_be_read_keeps_none_back_and_is_read_on_when_it_can(tmp_path: Path) -> None:
    deployment = Hiding()
    one, other = (deployment.key("FlightsHourly", index) + ".1" for index in (-4, -5))
    for name in (one, other):
        deployment.logs[name] = [r.LogRow(at_, at(at_), "stdout", "", f"line {at_}") for at_ in range(3000)]
    async with console(tmp_path, deployment) as operator:
        await operator.enters(f"log {one} {other}")
        await operator.sees("2,000 of 6,000 lines, home reads older")
        deployment.hidden = other
        await operator.types("home")
        await operator.sees("4,000 lines · ", f"{other} has no log")
        deployment.hidden = ""
        await operator.types("end", "f", "f")
        await operator.sees("2,000 of 6,000 lines, home reads older")
        await operator.types("home")
        await operator.sees("6,000 lines ")


async def test_a_window_of_time_that_is_not_reached_says_so(tmp_path: Path) -> None:
    deployment, long, short = long_and_short(40_000)
    async with console(tmp_path, deployment) as operator:
        await operator.enters(f"log {short} {long}")
        await operator.sees("1,000 of 40,003 lines")
        await operator.types("t", *"11h", "enter")
        await operator.until(lambda: "Read back to 11-23 13:16:40; 19,003 lines are not shown yet" in operator.toasts)


async def test_a_window_of_a_log_that_grows_unseen_counts_from_its_newest_line(tmp_path: Path) -> None:
    deployment, one, other = two_running()
    async with console(tmp_path, deployment) as operator:
        await operator.enters(f"log {one} {other}")
        await operator.sees("4 lines · following")
        await operator.types("home")
        await operator.until(lambda: "following" not in text_of(operator.app))
        deployment.tell(one, (600, "late"), (601, "later"))
        await operator.until(lambda: operator.app.screen.query_one(LogView).has_newer)
        await operator.types("t", *"8s", "enter")
        await operator.sees("later", "late", "2 of 6 held")


async def test_the_whole_of_all_logs_is_saved_in_its_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    deployment = Timed()
    one, other = (deployment.key("FlightsHourly", index) + ".1" for index in (-4, -5))
    for first, uow_id in enumerate((one, other)):
        deployment.logs[uow_id] = [
            r.LogRow(number, at(2 * number + first), "stdout", "", f"line {number}") for number in range(1200)
        ]
    async with console(tmp_path, deployment) as operator:
        await operator.enters(f"log {one} {other} Nosuch@2013010100")
        await operator.sees("line 1199", "of 2,400 lines, home reads older")
        await operator.types("T", "S")
        await operator.until(lambda: "Saved 2,400 lines" in operator.toasts)
    (whole,) = tmp_path.glob("*-all.txt")  # noqa: ASYNC240 - nothing else runs any more
    wanted = [f"{name} line {number}" for number in range(1200) for name in (one, other)]
    assert whole.read_text().splitlines() == wanted


async def test_too_many_marks_are_told(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("uows"))) as operator:
        await operator.sees("2013030512")
        await operator.types(*["space"] * 21, "l")
        await operator.until(lambda: "21 logs are too many" in operator.toasts)


async def test_plain_lines_of_several_logs_are_in_order_and_what_has_none_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deployment, one, other = two_running()
    path = tmp_path / "c.sock"

    async def prints(*names: str) -> list[str]:
        await asyncio.to_thread(main, ["--socket", str(path), "--plain", "log", *names])
        return capsys.readouterr().out.splitlines()

    async with fake_daemon(path, deployment):
        lines = await prints(one, other, "Nosuch@1")
        assert lines[:2] == ["3 logs, 4 lines", "Nosuch@1 has no log"]
        assert [line[20:] for line in lines[2:]] == [
            f"{one} one begins", f"{other} other begins", f"{other} ERROR no such file", f"{one} one goes on",
        ]  # fmt: skip
        assert not await prints("Nosuch@1", "Nosuch@2")
    deployment, long, short = long_and_short(1000)
    async with fake_daemon(path, deployment):
        lines = await prints(short, long)
        assert (lines[0], len(lines)) == ("2 logs, the last 200 of 1003 lines", 201)
