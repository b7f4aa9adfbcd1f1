"""Where an operator begins at night: the roots of what does not go on; and what was done by whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from synergy.core.control import requests as q
from synergy.core.control import why_requests as y
from synergy.tui.commands import Go
from synergy.tui.model.trail import Place
from synergy.tui.screens import problems
from synergy.tui.screens.detail_dialog import DetailDialog
from synergy.tui.widgets.line_table import LineTable
from tests.tui.fake_why import FAILED, HELD
from tests.tui.operator import console, text_of

PROBLEMS = Go(Place("problems"))
AUDIT = Go(Place("audit"))


async def test_the_roots_stand_under_one_key_with_all_of_the_one_under_the_cursor(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.types("0")
        await operator.sees("1,204 unfinished jobs, 35 kept by a problem", FAILED, "no such file")
        await operator.sees("run   synergyctl gc flush FlightsHourly")
        await operator.types("down")
        await operator.sees("run   synergyctl release h1", "by olga", "bad feed")
        await operator.types("enter")
        await operator.until(lambda: operator.frame.place == Place("job", HELD))


async def test_the_command_that_helps_is_copied_for_the_shell_it_is_run_in(tmp_path: Path) -> None:
    async with console(tmp_path, start=PROBLEMS, project=Path("/srv/flights")) as operator:
        await operator.sees(FAILED)
        await operator.types("y")
        await operator.until(
            lambda: operator.app.clipboard == "synergyctl -C /srv/flights gc flush FlightsHourly"
        )  # fmt: skip


async def test_marked_roots_are_reprocessed_by_one_plan(tmp_path: Path) -> None:
    async with console(tmp_path, start=PROBLEMS) as operator:
        await operator.sees(FAILED)
        await operator.types("ctrl+a")
        await operator.sees("2 marked")
        await operator.types("r")
        await operator.sees("reprocess 2 targets: 2 jobs would change")


async def test_marks_that_a_filter_hides_are_told_and_left_out(tmp_path: Path) -> None:
    async with console(tmp_path, start=PROBLEMS) as operator:
        await operator.sees(FAILED)
        await operator.types("ctrl+a", "slash", *"code:held", "enter")
        await operator.sees("2 marked, 1 of them hidden", "[1/2]")
        await operator.types("s")
        await operator.sees(f"skip {HELD}: 1 job would change", "1 marked row not shown, and left out.")
        await operator.types("escape", "slash", *["backspace"] * 9, *"code:none", "enter")
        await operator.sees("2 of them hidden")
        before = sum(isinstance(request, q.MakePlan) for request in operator.deployment.asked)
        await operator.types("s")
        await operator.until(lambda: "skip: what is marked is not shown" in operator.toasts)
        assert sum(isinstance(request, q.MakePlan) for request in operator.deployment.asked) == before


async def test_a_change_right_after_the_roots_were_read_is_read_before_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(problems, "AGAIN_SECONDS", 1.0)
    async with console(tmp_path, start=PROBLEMS) as operator:
        await operator.sees(FAILED)
        asked = [request for request in operator.deployment.asked if isinstance(request, y.WhyAll)]
        operator.deployment.put("FlightsHourly", -3, "6")
        await operator.until(lambda: sum(isinstance(at, y.WhyAll) for at in operator.deployment.asked) > len(asked))


async def test_why_without_a_job_asks_for_all_and_with_one_for_that(tmp_path: Path) -> None:
    async with console(tmp_path) as operator:
        await operator.enters("why")
        await operator.until(lambda: operator.frame.place == Place("problems"))
        await operator.enters(f"why {FAILED}")
        await operator.until(lambda: operator.frame.place == Place("job", FAILED))


async def test_the_audit_is_paged_and_its_chain_looked_at(tmp_path: Path) -> None:
    async with console(tmp_path, start=AUDIT) as operator:
        await operator.sees("chain whole, 450 entries", "[200]", "more below", "olga", "ssh 10.0.0.7")
        table = operator.frame.query_one(LineTable)
        await operator.types("end")
        await operator.until(lambda: len(table.shown.rows) == 400)
        asked = [request for request in operator.deployment.asked if isinstance(request, q.ListAudit)]
        assert all(request.limit <= 200 for request in asked)


async def test_a_filter_looks_at_older_entries_until_there_is_a_page_full(tmp_path: Path) -> None:
    async with console(tmp_path, start=AUDIT) as operator:
        await operator.sees("[200]")
        await operator.types("slash", *"nobody", "enter")
        await operator.sees("[0/450]")


async def test_enter_shows_what_was_before_and_after(tmp_path: Path) -> None:
    async with console(tmp_path, start=AUDIT) as operator:
        await operator.sees("[200]")
        await operator.types("slash", *"user:olga verb:reprocess", "enter", "enter")
        await operator.until(lambda: isinstance(operator.app.screen, DetailDialog))
        await operator.sees("before  state_processed", "after   state_embryo", "digest")
        await operator.types("c")
        await operator.until(lambda: "after   state_embryo" in operator.app.clipboard)
        await operator.types("escape")
        await operator.until(lambda: not isinstance(operator.app.screen, DetailDialog))


async def test_a_chain_that_is_broken_says_so_where_it_cannot_be_overlooked(tmp_path: Path) -> None:
    async with console(tmp_path, start=AUDIT) as operator:
        await operator.sees("chain whole")
        await operator.types("v")
        await operator.sees("chain whole, 450 entries")
        assert "BROKEN" not in text_of(operator.app)
