"""The facts of the timetable's cell under the cursor: of one job, or of all those that it stands for."""

from __future__ import annotations

from typing import Final

from synergy.core.control import replies as r
from synergy.core.counting import counted
from synergy.tui.model.formats import duration, elapsed, short_moment
from synergy.tui.model.glyphs import look_of_cell
from synergy.tui.model.health import ORANGE, Line
from synergy.tui.model.job_page import facts
from synergy.tui.model.listings import GREY, Style
from synergy.tui.model.problem_search import PROBLEMS
from synergy.tui.model.why_rows import AT_REST

UNTIL_NEXT_LOOK: Final = frozenset(
    {
        "blocked_children",
        "blocked_dependency",
        "limit_batch",
        "limit_process",
        "own_past",
        "source_wait",
        "starting",
    }
)
"""Codes of a job that its process starts when it looks again and finds nothing in the way any more."""


def job_lines(detail: r.JobDetail, process: r.ProcessRow | None, now: str, style: Style) -> list[Line]:
    """One job: since when, how long it took, what keeps it; then as its screen.

    When its process looks again is told of a job that this look may start: to any other it is no run of its own.
    """
    job = detail.job
    head: Line = [(f"{job.process_name}@{job.timeperiod}", "bold")]
    if job.changed:
        head.append((f"   since {short_moment(job.changed, style.zone)}", ""))
    if took := _took(detail, now):
        head.append((f"   {took}", ""))
    if detail.code and detail.code not in AT_REST:
        head.append((f"   {detail.code}", ORANGE))
        if detail.code in UNTIL_NEXT_LOOK and process is not None and process.is_on and process.next_run_in is not None:
            head.append((f"   next look in {duration(process.next_run_in)}", GREY))
    return [head, *facts(detail, style)]


def _took(detail: r.JobDetail, now: str) -> str:
    """How long the unit of work took, or has taken so far, beside the median of its process."""
    uow, median = detail.unit_of_work, detail.median_seconds
    usual = f"median {duration(median)}" if median is not None else ""
    if uow is None or uow.started is None:
        return usual
    seconds = elapsed(uow.started, uow.finished or now)
    word = "took" if uow.finished else "runs for"
    return ", ".join(part for part in (f"{word} {duration(seconds)}", usual) if part)


def rolled_lines(process_name: str, label: str, row: r.RollUpRow | None, style: Style) -> list[Line]:
    """Several jobs: how many of each state, the worst first; ``row`` None: that is not known yet."""
    head: Line = [(process_name, "bold"), (f"   {label}", "")]
    if row is None:
        return [head, [("Counting …", GREY)]]
    counts: Line = []
    for cell, number in row.counts.items():
        look = look_of_cell(cell)
        counts.append((f"{style.glyphs.of(look)} {number:,} {look.word}   ", look.color))
    total = counted(sum(row.counts.values()), "job")
    lines = [[*head, (f"   {total}, the worst shown; enter looks closer", GREY)], counts]
    if any(row.counts.get(cell) for cell in PROBLEMS):
        lines.append([("e goes to the next problem of the row, E to the oldest of all rows", GREY)])
    return lines
