"""The roots of all jobs that do not go on, as the console shows them."""

from __future__ import annotations

from msgspec.structs import replace

from synergy.core.control import replies as r
from synergy.tui.model.filters import parse_filter
from synergy.tui.model.health import Line
from synergy.tui.model.listings import Style
from synergy.tui.model.problems import key_of, problems_table, root_lines, summary
from tests.tui.fake_why import ROOTS

FAILED, HELD = ROOTS
ANSWER = r.WhyAll(1_204, 35, {"running": 3}, ROOTS)


def texts(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


def test_a_root_says_how_many_jobs_it_blocks_and_its_newest_log_line() -> None:
    lines = problems_table(ANSWER, Style()).lines()
    assert lines[1].split()[:3] == ["retry_wait", FAILED.job, "31"]
    assert lines[1].endswith("no such file")
    assert lines[2].endswith("is held"), "a root without a log says what it is"


def test_two_conditions_of_one_job_are_two_rows() -> None:
    other = replace(FAILED, code="held", about="h2")
    assert key_of(FAILED) != key_of(other)


def test_roots_are_filtered_by_code_and_process() -> None:
    table = problems_table(ANSWER, Style())
    assert [row.fields["code"] for row in table.arranged(parse_filter("code:held")).rows] == ["held"]
    assert [row.fields["process"] for row in table.arranged(parse_filter("process:Fl*")).rows] == ["FlightsHourly"]


def test_all_of_a_root_is_told_with_the_command_as_a_shell_needs_it() -> None:
    assert texts(root_lines(FAILED, Style(), lambda line: f"$ {line}")) == [
        f"retry_wait  {FAILED.job}: {FAILED.job}.1 failed in attempt 3 (exit 3); offered again in 8 m 32 s",
        "run   $ synergyctl gc flush FlightsHourly   y copies it",
        "log   no such file",
        "  since 2026-11-23 08:33:27  blocks FlightsDaily 1, FlightsHourly 30",
    ]
    bare = replace(HELD, since=None, by_process={}, reason=None, command=None)
    assert texts(root_lines(bare, Style(), str)) == [f"held  {HELD.job}: {HELD.job} is held", "  by olga"]


def test_the_sum_tells_what_is_kept_what_goes_on_and_what_is_not_shown() -> None:
    told = "".join(text for text, _ in summary(replace(ANSWER, more_roots=2, is_cut=True)))
    assert told.startswith("1,204 unfinished jobs, 35 kept by a problem, and 2 more roots not shown, and not all")
    assert told.endswith("by itself: running 3")
