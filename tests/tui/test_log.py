"""A log as an operator meets it: followed, scrolled, searched."""

from __future__ import annotations

from pathlib import Path

import pytest

from synergy.core.control.replies import LogRow
from synergy.core.control.requests import MakePlan
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
    async with console(tmp_path, start=Go(Place("processes"))) as operator:
        await operator.sees("FlightsYearly")
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


async def test_the_verbs_act_on_the_job_whose_log_is_read(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("log", "FlightsDaily@2013010100#1"))) as operator:
        await operator.sees("lines 1–3 of 3", "r reprocess")
        await operator.types("r")
        await operator.sees("Plan: reprocess", "would change")
        await operator.types("escape")
        await operator.enters("skip")
        await operator.sees("Plan: skip")
        await operator.types("escape", "b")
        await operator.sees("FlightsDaily@2013010100", "How far")
        targets = [asked.targets for asked in operator.deployment.asked if isinstance(asked, MakePlan)]
        assert targets == [("FlightsDaily@2013010100",)] * 2


async def test_a_console_that_only_looks_has_no_verbs_in_a_log(tmp_path: Path) -> None:
    async with console(tmp_path, read_only=True, start=Go(Place("log", "FlightsDaily@2013010100"))) as operator:
        await operator.sees("lines 1–3 of 3")
        assert "r reprocess" not in text_of(operator.app)
        await operator.types("r")
        await operator.enters("reprocess")
        await operator.until(lambda: operator.toasts.count("this console is read-only") == 2)


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


async def test_an_operator_sees_only_what_is_bad_with_what_stands_around_it(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    uow_id = deployment.key("FlightsHourly", -4) + ".1"
    deployment.write(uow_id, (f"ERROR no {at}" if at % 500 == 7 else f"line {at}" for at in range(3000)))
    async with console(tmp_path, deployment, start=Go(Place("log", uow_id))) as operator:
        await operator.sees("line 2999")
        await operator.types("e", "e")
        await operator.sees("≥WARNING", "ERROR no 7", "ERROR no 2507", "6 of 3,000 held")
        assert "line 2999" not in text_of(operator.app)
        await operator.types(">")
        await operator.sees("±1", "line 2506", "line 2508", "⋮")
        await operator.types("<")
        await operator.until(lambda: "line 2506" not in text_of(operator.app))
        await operator.types("escape")
        await operator.sees("line 2999")


async def test_a_filter_shows_matching_lines_of_a_log_that_goes_on(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    uow_id = deployment.key("FlightsHourly", -4) + ".1"
    deployment.write(uow_id, (f"line {at}" for at in range(100)))
    async with console(tmp_path, deployment, start=Go(Place("log", uow_id))) as operator:
        await operator.sees("line 99")
        await operator.types("ampersand", *"no such|9$", "enter")
        await operator.sees("line 9", "line 89", "&no such|9$")
        deployment.write(uow_id, ["line 100", "no such file"])
        await operator.sees("no such file")
        assert "line 100" not in text_of(operator.app)
        await operator.types("ampersand", "ctrl+u", "(", "enter")
        await operator.until(lambda: "is no regular expression" in operator.toasts)
        await operator.types("escape", "escape")
        await operator.sees("line 100")


async def test_a_window_of_time_is_read_from_where_it_begins(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    uow_id = deployment.key("FlightsHourly", -4) + ".1"
    deployment.logs[uow_id] = [
        LogRow(at, f"2026-11-23T{at // 3600:02d}:{at // 60 % 60:02d}:{at % 60:02d}.000Z", "stdout", "", f"line {at}")
        for at in range(20_000)
    ]
    async with console(tmp_path, deployment, start=Go(Place("log", uow_id))) as operator:
        await operator.sees("line 19999")
        await operator.types("t", *"1m", "enter")
        await operator.sees("since 05:32:19", "line 19999", "61 of 1,000 held")
        await operator.types("t", "ctrl+u", *"01:00..01:00:20", "enter")
        await operator.sees("01:00:00–01:00:20", "line 3600", "line 3619")
        assert "line 3620" not in text_of(operator.app)
        await operator.types("t", "ctrl+u", *"soon", "enter")
        await operator.until(lambda: "is no time" in operator.toasts)


async def test_lines_are_copied_one_or_a_marked_range(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    uow_id = deployment.key("FlightsHourly", -4) + ".1"
    deployment.write(uow_id, ["one", "\x1b[31mtwo\x1b[0m", "three", "four"])
    async with console(tmp_path, deployment, start=Go(Place("log", uow_id))) as operator:
        await operator.sees("four")
        await operator.types("up", "c")
        await operator.until(lambda: operator.app.clipboard == "three")
        await operator.types("space", "up")
        await operator.sees("2 marked")
        await operator.types("c")
        await operator.until(lambda: operator.app.clipboard == "two\nthree")
        await operator.types("escape")
        await operator.until(lambda: "marked" not in text_of(operator.app))


async def test_the_whole_log_is_saved_or_what_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    def saved(pattern: str) -> list[Path]:
        return list(tmp_path.glob(pattern))

    deployment = FakeDeployment()
    uow_id = deployment.key("FlightsHourly", -4) + ".1"
    deployment.write(uow_id, (f"line {at}" for at in range(2500)))
    async with console(tmp_path, deployment, start=Go(Place("log", uow_id))) as operator:
        await operator.sees("line 2499")
        await operator.types("T", "S")
        await operator.until(lambda: "Saved 2,500 lines" in operator.toasts)
        (whole,) = saved("*-all.txt")
        assert whole.read_text().splitlines() == [f"line {at}" for at in range(2500)]
        await operator.types("ampersand", *"99$", "enter")
        await operator.sees("25 of 2,500 held")
        await operator.types("ctrl+s")
        await operator.until(lambda: len(saved("*.txt")) == 2)
        (shown,) = set(saved("*.txt")) - {whole}
        assert shown.read_text().splitlines() == [f"line {at}" for at in range(99, 2500, 100)]


async def test_matches_beyond_those_that_are_told_at_once_are_found_too(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    uow_id = deployment.key("FlightsHourly", -4) + ".1"
    deployment.write(uow_id, (f"x {at}" for at in range(5000)))
    async with console(tmp_path, deployment, start=Go(Place("log", uow_id))) as operator:
        await operator.sees("x 4999")
        await operator.types("slash", "x", "enter")
        await operator.sees("“x” 5,000/5,000")
        await operator.types("n")
        await operator.sees("“x” 1/5,000", "x 0 ")
        await operator.types("N")
        await operator.sees("“x” 5,000/5,000", "x 4999")


async def test_ages_of_a_window_count_from_the_end_wherever_the_operator_stands(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    uow_id = deployment.key("FlightsHourly", -4) + ".1"
    deployment.logs[uow_id] = [
        LogRow(at, f"2026-11-23T{at // 3600:02d}:{at // 60 % 60:02d}:{at % 60:02d}.000Z", "stdout", "", f"line {at}")
        for at in range(20_000)
    ]
    async with console(tmp_path, deployment, start=Go(Place("log", uow_id))) as operator:
        await operator.sees("line 19999")
        await operator.types("home")
        await operator.sees("line 0 ")
        await operator.types("t", *"1m", "enter")
        await operator.sees("since 05:32:19", "line 19939", "line 19950")
        await operator.types("t", "ctrl+u", *"soon", "enter")
        await operator.until(lambda: "is no time" in operator.toasts)


async def test_lines_of_several_days_tell_their_day(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    uow_id = deployment.key("FlightsHourly", -4) + ".1"
    long = "x" * 200
    deployment.logs[uow_id] = [
        LogRow(at, f"2026-11-23T{at:02d}:30:00.000Z", "stdout", "", f"line {at} {long}") for at in range(24)
    ]
    deployment.live_logs.add(uow_id)
    async with console(tmp_path, deployment, start=Go(Place("log", uow_id))) as operator:
        await operator.types("w")
        await operator.sees("›23:30:00    line 23")
        deployment.write(uow_id, ["it goes on"])
        deployment.logs[uow_id][-1] = LogRow(24, "2026-11-24T00:10:00.000Z", "stdout", "", "it goes on")
        await operator.sees("11-23 23:30:00    line 23", "›11-24 00:10:00    it goes on")
        await operator.types("T")
        await operator.until(lambda: "11-24" not in text_of(operator.app))


async def test_a_match_asked_for_before_any_is_found_is_gone_to(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    uow_id = deployment.key("FlightsHourly", -4) + ".1"
    deployment.write(uow_id, ("needle" if number in {10, 25, 50} else f"line {number}" for number in range(60)))
    async with console(tmp_path, deployment, start=Go(Place("log", uow_id))) as operator:
        await operator.sees("line 59")
        await operator.types("home", "slash", *"needle", "enter", "n", "n")
        await operator.sees("“needle” 3/3")


async def test_why_there_is_no_line_is_told_whole_on_a_narrow_screen(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    uow_id = deployment.key("FlightsHourly", -4) + ".1"
    deployment.logs[uow_id] = []
    async with console(tmp_path, deployment, start=Go(Place("log", uow_id))) as operator:
        await operator.sees("This attempt wrote nothing: esc goes back.")
        await operator.enters("log FlightsDaily@2013010100")
        await operator.sees("842 flights")
        await operator.types("ampersand", *"nowhere", "enter")
        await operator.pilot.resize_terminal(40, 24)
        await operator.sees("Not one of lines 1–3 is shown: esc", "shows all.")
