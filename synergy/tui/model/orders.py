"""Holds, seals and batches as the console tells of them: their tables, and the words beside jobs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from synergy.core.control import replies as r
from synergy.tui.model.formats import DASH, count, short_moment, state_counts
from synergy.tui.model.glyphs import look_of_job
from synergy.tui.model.health import Line
from synergy.tui.model.listings import GREY, RED, Style
from synergy.tui.model.table import Cell, Column, Row, Table

HELD: Final = "badge-held"
"""As a badge."""
HELD_TEXT: Final = "held"
SEALED: Final = "badge-sealed"
BATCH: Final = "batch"
PAUSED: Final = "warning"

KIND_COLORS: Final = {"hold": HELD_TEXT, "seal": "sealed", "batch": BATCH}

KINDS: Final = {"holds": "hold", "seals": "seal", "batches": "batch"}
"""What a place may be narrowed to."""

DIRECTIVES: Final = (
    Column("Kind", 5),
    Column("What", 30, flex=3),
    Column("State", 20, flex=2),
    Column("Reason", 12, flex=3, rank=1),
    Column("By", 8, rank=3),
    Column("Since", 14, rank=2),
    Column("Id", 12, rank=4),
)


def directives_table(directives: Iterable[r.Directive], style: Style) -> Table:
    """Holds, seals and batches, as the daemon lists them."""
    return Table(DIRECTIVES, tuple(_directive(one, style) for one in directives))


def of_kind(directives: Iterable[r.Directive], kinds: str) -> tuple[r.Directive, ...]:
    """Those of ``holds``, ``seals`` or ``batches``; all for another word."""
    kind = KINDS.get(kinds)
    return tuple(one for one in directives if kind in {None, one.kind})


def _directive(one: r.Directive, style: Style) -> Row:
    color = PAUSED if one.is_paused else GREY if one.lifted else ""
    return Row(
        one.directive_id,
        (
            Cell(one.kind, KIND_COLORS.get(one.kind, "")),
            Cell(what_of(one)),
            Cell(state_of(one, style), color),
            Cell(one.reason or DASH),
            Cell(one.actor),
            Cell(short_moment(one.at, style.zone), value=one.at or DASH),
            Cell(one.directive_id, GREY),
        ),
        {"process": one.reach.partition("@")[0], "tree": one.reach.partition("@")[0]},
        is_problem=one.is_paused or is_drain(one),
    )


def what_of(one: r.Directive) -> str:
    """What it is about."""
    if one.kind == "batch":
        return f"{one.reach}, {one.max_parallel} at once"
    return "everything (drain)" if is_drain(one) else one.reach


def is_drain(one: r.Directive) -> bool:
    """Whether it is the hold of everything."""
    return one.kind == "hold" and one.reach == "everything"


def state_of(one: r.Directive, style: Style) -> str:
    """How it stands, in a few words."""
    if one.lifted is not None:
        return f"{one.outcome or 'lifted'} {short_moment(one.lifted, style.zone)}"
    if one.kind == "batch":
        done = f"{count(one.total - (one.left or 0))} of {count(one.total)}"
        return f"paused, {done}" if one.is_paused else f"{done}, {one.running or 0} running"
    return f"until {short_moment(one.until, style.zone)}" if one.until else "in force"


BATCH_JOBS: Final = (
    Column("Job", 26, flex=1),
    Column("State", 13),
    Column("Exit", 10, flex=2),
    Column("Unit of work", 24, flex=1, rank=1),
)


def batch_table(detail: r.BatchDetail, style: Style) -> Table:
    """What became of each job of a batch."""
    return Table(BATCH_JOBS, tuple(_batch_job(job, style) for job in detail.jobs))


def _batch_job(job: r.BatchJob, style: Style) -> Row:
    look = look_of_job(job.state)
    key = f"{job.process_name}@{job.timeperiod}"
    state = f"{style.glyphs.choose('▸', '>')} running" if job.is_running else style.glyphs.labelled(look)
    return Row(
        key,
        (
            Cell(key),
            Cell(state, look.color),
            Cell(job.exit_reason or "", RED),
            Cell(job.uow_id or DASH, GREY),
        ),
        {"state": look.word, "process": job.process_name, "period": job.timeperiod},
        is_problem=job.exit_reason is not None and not job.is_running,
    )


def batch_lines(detail: r.BatchDetail, style: Style) -> list[Line]:
    """The head of a batch's screen."""
    one = detail.batch
    return [
        [
            (f"batch {one.directive_id}", f"bold {BATCH}"),
            (f"   {state_of(one, style)}", PAUSED if one.is_paused else ""),
            (f"   at most {one.max_parallel} at once", ""),
            (f"   by {one.actor} {short_moment(one.at, style.zone)}", GREY),
            (f"   “{one.reason}”" if one.reason else "", GREY),
        ],
        [(state_counts(detail.counts, style.glyphs), "")],
    ]


def job_badges(job: r.Job) -> Line:
    """What a job is under, for the line of its facts."""
    badges: Line = []
    for word, directive_id, color in (("held", job.held, HELD), ("sealed", job.sealed, SEALED)):
        if directive_id:
            badges += [("  ", ""), (f" {word} ", color)]
    return [*badges, *([(f"  batch {job.batch}", BATCH)] if job.batch else [])]
