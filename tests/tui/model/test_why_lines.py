"""Why a job does not go on, as the job screen shows it."""

from __future__ import annotations

from msgspec.structs import replace

from synergy.core.control import replies as r
from synergy.tui.model.health import Line
from synergy.tui.model.why_lines import why_lines

HOUR, DAY, MONTH = "Hourly@2013010105", "Daily@2013010100", "Monthly@2013010000"
LEAF = r.Condition(HOUR, "gave_up", "it failed (exit 3) 8 m 32 s ago", f"{HOUR}.1")
COMMAND = f"synergyctl reprocess {HOUR} --yes"
ROOT = r.RootCause(
    HOUR, "gave_up", LEAF.what, LEAF.about, None, "ann", "bad feed", "no such file", COMMAND
)  # fmt: skip


def why_of(*conditions: r.Condition, roots: tuple[r.RootCause, ...] = (ROOT,)) -> r.Why:
    return r.Why(MONTH, "state_embryo", conditions[0].code, conditions, roots)


def shown(why: r.Why, *, whole: bool = False) -> list[str]:
    lines: list[Line] = why_lines(why, lambda command: f"$ {command}", whole=whole)
    return ["".join(text for text, _ in line) for line in lines]


def branch(job: str, *children: r.Condition) -> r.Condition:
    return r.Condition(job, "blocked_children", "1 child not finished", "Hourly", children=children)


def test_the_tree_names_each_other_job_and_the_root_says_what_helps() -> None:
    lines = shown(why_of(branch(MONTH, branch(DAY, LEAF), replace(LEAF, again=True))))

    assert lines == [
        "blocked_children  1 child not finished",
        f"  blocked_children  {DAY}: 1 child not finished",
        f"    gave_up  {HOUR}: it failed (exit 3) 8 m 32 s ago",
        f"  gave_up  {HOUR}: it failed (exit 3) 8 m 32 s ago  (see above)",
        "        by ann  bad feed  log: no such file",
        f"run     $ {COMMAND}",
    ]


def test_of_much_the_first_is_shown_until_all_is_asked_for() -> None:
    many = branch(MONTH, *(replace(LEAF, job=f"Hourly@20130101{hour:02}") for hour in range(9)))
    bare = replace(ROOT, actor=None, reason=None, last_line=None, command=None)
    why = why_of(many, roots=(ROOT, bare))

    few, everything = shown(why), shown(why, whole=True)

    assert len(few) == 5 + 1 + 2
    assert few[5] == "d shows all: 10 conditions, 2 roots"
    assert len(everything) == 10 + 3 + 1
    assert everything[-1] == f"root    gave_up  {HOUR}"


def test_a_job_that_waits_for_nothing_says_so_only_when_asked() -> None:
    done = why_of(r.Condition(MONTH, "done", "it is processed", MONTH), roots=())

    assert shown(done) == []
    assert shown(done, whole=True) == ["done  it is processed"]
