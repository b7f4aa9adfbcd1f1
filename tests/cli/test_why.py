"""The commands that explain: what people read, what scripts read, and lines to be run as they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from synergy.cli.shell_lines import shell_line
from synergy.core.control import replies as r
from synergy.core.control import why_requests as y
from tests.cli.conftest import Ctl
from tests.cli.samples import AT
from tests.cli.scripted_daemon import ScriptedDaemon

HOUR, DAY, MONTH = "Hourly@2013010105", "Daily@2013010100", "Monthly@2013010000"
COMMAND = f"synergyctl reprocess {HOUR} --yes"

LEAF = r.Condition(
    HOUR, "gave_up", f"{HOUR}.1 failed in attempt 1 (exit 3) and was given up", f"{HOUR}.1", AT,
    last_line="no such file", command=COMMAND,
)  # fmt: skip
TREE = r.Condition(
    MONTH, "blocked_children", f"31 children not finished: {DAY} (embryo), Daily@2013010200 (embryo) and 29 more",
    "Daily", more=30, children=(
        r.Condition(DAY, "blocked_children", f"1 child not finished: {HOUR} (in progress)", "Hourly", children=(LEAF,)),
        replace(LEAF, again=True),
    ),
)  # fmt: skip
ROOT = r.RootCause(HOUR, "gave_up", LEAF.what, LEAF.about, AT, last_line="no such file", command=COMMAND)
HELD = r.RootCause(
    DAY, "held", f"{DAY} is held", DAY, AT, "ann", "bad feed", command=f"synergyctl release {DAY}"
)  # fmt: skip


def why_of(*conditions: r.Condition, roots: tuple[r.RootCause, ...] = (ROOT, HELD), more: int = 0) -> r.Why:
    return r.Why(MONTH, "state_embryo", conditions[0].code, conditions, roots, more)


def test_why_prints_the_tree_and_each_root_with_what_helps(
    ctl: Ctl, daemon: ScriptedDaemon, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.on(y.Why, lambda _: why_of(TREE, more=2))
    monkeypatch.setenv("COLUMNS", "80")

    lines = ctl("why", MONTH).stdout.splitlines()

    assert lines[0] == f"{MONTH}  embryo, blocked_children"
    assert lines[1].startswith("  blocked_children  31 children not finished: ")
    assert f"    blocked_children  {DAY}: 1 child not finished: {HOUR}" in lines
    assert any(line.startswith(f"      gave_up  {HOUR}: ") for line in lines)
    assert any("(see above)" in line for line in lines)
    assert "4 root causes" in lines
    assert "  log: no such file" in lines
    assert f"  run: synergyctl -C {folder} reprocess {HOUR} --yes" in lines
    assert f"  run: synergyctl -C {folder} release {DAY}" in lines
    assert "  since 2026-11-23 23:00:56 UTC by ann: bad feed" in lines
    assert lines[-1] == "and 2 more"
    assert max(len(line) for line in lines if "run: " not in line) <= 80


def test_why_of_a_job_that_nothing_keeps_names_no_root(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    done = r.Condition(MONTH, "done", "it is processed", MONTH)
    daemon.on(y.Why, lambda _: why_of(done, roots=()))

    assert ctl("why", MONTH).stdout == f"{MONTH}  embryo, done\n  done  it is processed\n"


def test_why_of_a_period_without_a_job_says_so(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    early = r.Condition(MONTH, "clock_before_start", "the period lies before the timetable", MONTH)
    daemon.on(y.Why, lambda _: replace(why_of(early, roots=()), state=None))

    assert ctl("why", MONTH).stdout.startswith(f"{MONTH}  no job yet, clock_before_start\n")


def test_scripts_get_lines_that_can_be_run(ctl: Ctl, daemon: ScriptedDaemon, folder: Path) -> None:
    daemon.on(y.Why, lambda _: why_of(TREE))

    told = json.loads(ctl("why", MONTH, "-o", "json").stdout)

    assert (told["v"], told["job"], told["code"]) == (1, MONTH, "blocked_children")
    line = f"synergyctl -C {folder} reprocess {HOUR} --yes"
    assert told["roots"][0]["command"] == line
    leaf = told["conditions"][0]["children"][0]["children"][0]
    assert (leaf["code"], leaf["command"], leaf["last_line"]) == ("gave_up", line, "no such file")


def test_in_the_project_s_own_folder_a_line_needs_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my flights").mkdir()
    monkeypatch.chdir(tmp_path)
    assert shell_line(Path(), "synergyctl gc refresh") == "synergyctl gc refresh"
    assert shell_line(tmp_path, "synergyctl gc refresh") == "synergyctl gc refresh"
    quoted = f"synergyd -C '{tmp_path}/my flights' supervisor start"
    assert shell_line(Path("my flights"), "synergyd supervisor start") == quoted


def test_an_entry_that_runs_nothing_has_no_run_rather_than_no_job(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    waits = r.Condition("Report::mail", "not_due", "it runs when its trigger fires", "Report::mail")
    daemon.on(y.Why, lambda _: r.Why("Report::mail", None, "not_due", (waits,), ()))

    assert ctl("why", "Report::mail").stdout.startswith("Report::mail  no run, not_due\n")


def test_why_all_counts_what_each_root_blocks(ctl: Ctl, daemon: ScriptedDaemon, folder: Path) -> None:
    root = replace(ROOT, blocks=200, by_process={"Hourly": 191, "Daily": 9}, examples=(DAY,))
    passing = {"not_due": 12, "running": 3}
    daemon.on(y.WhyAll, lambda _: r.WhyAll(216, 201, passing, (root, HELD), more_roots=1))

    shown = ctl("why", "--all", "--limit", "2").stdout

    assert daemon.of(y.WhyAll) == [y.WhyAll(2)]
    assert shown.startswith("216 unfinished jobs, 201 kept by a problem\n")
    assert f"  blocks 200 jobs: Hourly 191, Daily 9 (for example {DAY})\n" in shown
    assert f"  run: synergyctl -C {folder} reprocess {HOUR} --yes\n" in shown
    assert "and 1 more root cause; --limit shows more" in shown
    assert shown.endswith("what goes on by itself: not_due 12, running 3\n")
    told = json.loads(ctl("why", "--all", "-o", "json").stdout)
    assert told["roots"][0]["blocks"] == 200
    assert told["passing"] == passing


def test_an_answer_that_did_not_look_at_all_says_so(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(y.Why, lambda _: replace(why_of(TREE), is_cut=True))
    daemon.on(y.WhyAll, lambda _: r.WhyAll(90_000, 0, {}, (), is_cut=True))

    for words in (("why", MONTH), ("why", "--all")):
        assert ctl(*words).stdout.splitlines()[-1].startswith("there are more unfinished jobs than are looked at")


def test_why_all_of_a_deployment_that_is_done_is_one_line(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(y.WhyAll, lambda _: r.WhyAll(0, 0, {}, ()))
    assert ctl("why", "--all").stdout == "0 unfinished jobs, 0 kept by a problem\n"


@pytest.mark.parametrize("arguments", [("why",), ("why", MONTH, "--all")])
def test_why_is_asked_of_one_job_or_of_all(ctl: Ctl, daemon: ScriptedDaemon, arguments: tuple[str, ...]) -> None:
    refused = ctl(*arguments)
    assert refused.exit_code == 2
    assert "name a job, or say --all" in refused.stderr
    assert daemon.asked == []


def test_blocks_lists_the_nearest_and_counts_all(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    near = r.BlockedJob("Daily", "2013010100", "state_embryo", f"{HOUR} is its child")
    counts = {"Daily": 1, "Monthly": 1}
    daemon.on(y.Blocks, lambda _: r.Blocks(HOUR, "state_in_progress", 2, counts, (near,), more=True))

    shown = ctl("blocks", HOUR, "--limit", "1").stdout

    assert daemon.of(y.Blocks) == [y.Blocks(HOUR, 1)]
    assert shown.startswith(f"2 jobs wait for {HOUR} (in progress): Daily 1, Monthly 1\n\nthe nearest\n")
    assert f"{HOUR} is its child" in shown
    assert json.loads(ctl("blocks", HOUR, "-o", "json").stdout)["by_process"] == counts


def test_blocks_of_a_finished_job_are_none_and_of_all_there_are_no_more(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(y.Blocks, lambda _: r.Blocks(HOUR, "state_processed", 0, {}, (), more=False))
    assert ctl("blocks", HOUR).stdout == f"0 jobs wait for {HOUR} (processed)\n"

    near = r.BlockedJob("Daily", "2013010100", "state_embryo", f"{HOUR} is its child")
    daemon.on(y.Blocks, lambda _: r.Blocks(HOUR, "state_embryo", 1, {"Daily": 1}, (near,), more=False))
    assert "1 job waits for " in ctl("blocks", HOUR).stdout
    assert "all of them" in ctl("blocks", HOUR).stdout


def test_why_ran_tells_the_cause_of_each_run_and_attempt(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    runs = (
        r.JobRun(
            1, f"{DAY}.1", AT, "due", "its trigger made it due", "scheduler", None, None, None,
            (r.RunAttempt(1, "its first attempt", "state_invalid", "exit 3", "box-1", AT, AT),
             r.RunAttempt(2, "a retry after exit 3", "state_processed", None, "box-1", AT, AT)),
        ),
        r.JobRun(
            2, f"{DAY}.2", AT, "reprocess", f"reprocess by ann, plan p1, because {HOUR} is its child: late data", "ann",
            f"{HOUR} is its child", "late data", "p1", (),
        ),
    )  # fmt: skip
    daemon.on(y.WhyRan, lambda _: r.WhyRan(DAY, runs))

    lines = ctl("why-ran", DAY).stdout.splitlines()

    assert lines[0] == "run 1, 2026-11-23 23:00:56: its trigger made it due"
    assert "  attempt 1 on box-1, 2026-11-23 23:00:56: its first attempt (exit 3)" in lines
    assert "  attempt 2 on box-1, 2026-11-23 23:00:56: a retry after exit 3 (processed)" in lines
    assert any(line.startswith("run 2, 2026-11-23 23:00:56: reprocess by ann, plan p1, because") for line in lines)
    told = json.loads(ctl("why-ran", DAY, "-o", "json").stdout)
    assert told["runs"][1]["plan_id"] == "p1"


def test_why_ran_of_a_job_that_has_not_run_names_the_other_question(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(y.WhyRan, lambda _: r.WhyRan(DAY, ()))
    told = ctl("why-ran", DAY)
    assert (told.exit_code, told.stdout) == (0, "")
    assert told.stderr == f"{DAY} has not run yet; synergyctl why {DAY} tells why\n"
