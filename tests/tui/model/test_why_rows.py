"""Why a job does not go on, as the job screen shows it."""

from __future__ import annotations

from msgspec.structs import replace

from synergy.core.control import replies as r
from synergy.tui.model.health import Line
from synergy.tui.model.listings import Style
from synergy.tui.model.why_rows import command_of, explained, why_line, why_rows

HOUR, DAY, MONTH = "Hourly@2013010105", "Daily@2013010100", "Monthly@2013010000"
LEAF = r.Condition(HOUR, "gave_up", "it failed (exit 3) 8 m 32 s ago", f"{HOUR}.1")
COMMAND = f"synergyctl reprocess {HOUR} --yes"
ROOT = r.RootCause(
    HOUR, "gave_up", LEAF.what, LEAF.about, None, "ann", "bad feed", "no such file", COMMAND
)  # fmt: skip


def why_of(*conditions: r.Condition, roots: tuple[r.RootCause, ...] = (ROOT,)) -> r.Why:
    return r.Why(MONTH, "state_embryo", conditions[0].code, conditions, roots)


def texts(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


def branch(job: str, *children: r.Condition) -> r.Condition:
    return r.Condition(job, "blocked_children", "1 child not finished", "Hourly", children=children)


def test_roots_come_first_then_the_conditions_set_in_by_depth() -> None:
    why = why_of(branch(MONTH, branch(DAY, LEAF), replace(LEAF, again=True, more=2)))

    rows = why_rows(why, Style(), whole=True)

    assert [row.key for row in rows] == ["root:0", "why:0", "why:1", "why:2", "why:3"]
    assert [row.fields["job"] for row in rows] == [HOUR, MONTH, DAY, HOUR, HOUR]
    assert [row.cells[1].text for row in rows] == [HOUR, MONTH, f"  {DAY}", f"    {HOUR}", f"  {HOUR}"]
    assert rows[0].cells[4].text == "no such file"
    assert rows[4].cells[4].text == "it failed (exit 3) 8 m 32 s ago  (see above)  and 2 more"


def test_a_job_that_is_its_own_root_is_one_row() -> None:
    held = replace(LEAF, code="held")

    for whole in (False, True):
        rows = why_rows(why_of(LEAF, held), Style(), whole=whole)
        assert [(row.key, row.fields["code"]) for row in rows] == [("root:0", "gave_up"), ("why:1", "held")]


def test_of_much_the_first_is_shown_until_all_is_asked_for() -> None:
    many = branch(MONTH, *(replace(LEAF, job=f"Hourly@20130101{hour:02}") for hour in range(9)))
    why = why_of(many, roots=(ROOT, replace(ROOT, about="x")))

    assert len(why_rows(why, Style(), whole=False)) == 2 + 3
    assert len(why_rows(why, Style(), whole=True)) == 2 + 10
    assert texts([why_line(why, whole=False)])[0].endswith("d shows all: 10 conditions, 2 roots")
    assert texts([why_line(why, whole=True)]) == ["why     blocked_children  1 child not finished"]
    assert "not all jobs beneath it" in texts([why_line(replace(why, is_cut=True), whole=True)])[0]


def test_a_root_or_condition_is_explained_with_the_command_that_helps() -> None:
    why = why_of(branch(MONTH, replace(LEAF, actor="ann", more=3, last_line="no such file", command=COMMAND)))

    def told(key: str) -> list[str]:
        return texts(explained(why, key, Style(), lambda command: f"$ {command}"))

    assert told("root:0")[1:3] == [f"run   $ {COMMAND}   y copies it", "log   no such file"]
    assert told("why:0") == [f"blocked_children  {MONTH}: 1 child not finished"]
    assert told("why:1") == [
        f"gave_up  {HOUR}: it failed (exit 3) 8 m 32 s ago",
        f"run   $ {COMMAND}   y copies it",
        "log   no such file",
        "  by ann  and 3 further jobs beneath it",
    ]
    assert [command_of(why, key) for key in ("root:0", "why:0", "why:1")] == [COMMAND, None, COMMAND]


def test_a_job_that_waits_for_nothing_says_so_only_when_asked() -> None:
    done = why_of(r.Condition(MONTH, "done", "it is processed", MONTH), roots=())

    assert why_rows(done, Style(), whole=False) == []
    assert [row.cells[4].text for row in why_rows(done, Style(), whole=True)] == ["it is processed"]
    assert why_line(done, whole=False) == []
    assert texts([why_line(done, whole=True)]) == ["why     done  it is processed"]
