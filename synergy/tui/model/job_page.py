"""One job as lines and rows: what it is, why it does not run, its neighbours, attempts and history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from synergy.core.control import replies as r
from synergy.core.counting import counted
from synergy.core.states import JobState
from synergy.tui.model.formats import duration, moment, period, short_moment, state_counts
from synergy.tui.model.glyphs import JOB_LOOKS, UNKNOWN, Look, look_of_job, look_of_uow
from synergy.tui.model.health import Line
from synergy.tui.model.listings import GREY, RED, Style
from synergy.tui.model.orders import job_badges
from synergy.tui.model.table import Cell, Column, Row, Table

COLUMNS: Final = (
    Column("What", 10),
    Column("Of", 25, flex=2),
    Column("State", 17, flex=1),
    Column("When", 14, rank=1),
    Column("Detail", 20, flex=4, rank=2),
)


def facts(detail: r.JobDetail, style: Style, why: Line | None = None) -> list[Line]:
    """The head of the job screen: state, period, unit of work, and why it waits (``why`` says it better)."""
    job = detail.job
    look = look_of_job(job.state, job.uow_state)
    waits = look_of_job(job.state) is JOB_LOOKS[JobState.EMBRYO] and detail.is_due
    where = "live" if detail.is_live else "due" if waits else "closed"
    lines: list[Line] = [
        [
            (f"{style.glyphs.of(look)} {look_of_job(job.state).word}", f"bold {look.color}"),
            *job_badges(job),
            (f"   {period(job.timeperiod, job.time_qualifier)}  {job.time_qualifier}, {where}", ""),
            (f"   tree {job.tree_name}   run {job.run}", GREY),
            _failures(job.number_of_failures),
            ("   accepted by hand" if job.accepted_by_hand else "", "warning"),
        ],
    ]
    if detail.unit_of_work is not None or not detail.waiting_for:
        lines.append(_uow_line(detail.unit_of_work, style))
    if why is not None:
        return [*lines, why] if why else lines
    return lines + [[("waits   ", "warning"), (reason, "")] for reason in detail.waiting_for]


def _failures(number: int) -> tuple[str, str]:
    return (f"   {number} failure{'' if number == 1 else 's'}", "warning") if number else ("", "")


def _uow_line(uow: r.Uow | None, style: Style) -> Line:
    if uow is None:
        return [("unit of work  ", GREY), ("none yet", "")]
    look = look_of_uow(uow.state)
    attempt = f"attempt {uow.attempt}"
    pid = f" pid {uow.pid}" if uow.pid else ""
    box = f"on {uow.box_id}{pid}" if uow.box_id else ""
    return [
        ("unit of work  ", GREY),
        (style.glyphs.labelled(look), look.color),
        (f"  {uow.uow_id}  {attempt}  {box}", ""),
        (f"  {uow.exit_reason}" if uow.exit_reason else "", RED),
        ("  gave up" if uow.gave_up else "", f"bold {RED}"),
    ]


def job_table(detail: r.JobDetail, attempts: r.Attempts | None, style: Style, why: Sequence[Row] = ()) -> Table:
    """Everything around a job, ``why`` first; a row that leads to a job names it in the field ``job``.

    Keys: of attempts ``attempt:N``, of events ``history:N`` by their place in the event log.
    """
    rows = [*why]
    rows += [_neighbour("parent", detail.parent, style)] if detail.parent else []
    rows += [_neighbour("depends on", at, style) for at in detail.dependencies]
    rows += [_attempt(at, style) for at in reversed(attempts.attempts if attempts else ())]
    rows += [_neighbour("child", at, style) for at in detail.children]
    rows += _more_children(detail, style)
    rows += [_neighbour("feeds", at, style) for at in detail.dependants]
    rows += [_transition(at, style, index) for index, at in enumerate(detail.event_log)]
    return Table(COLUMNS, tuple(rows))


def _neighbour(what: str, neighbour: r.Neighbour, style: Style) -> Row:
    look = look_of_job(neighbour.state)
    key = f"{neighbour.process_name}@{neighbour.timeperiod}"
    cells = (Cell(what, GREY), Cell(key), Cell(style.glyphs.labelled(look), look.color), Cell(""), Cell(""))
    fields = {"job": key, "state": look.word, "process": neighbour.process_name, "period": neighbour.timeperiod}
    return Row(key, cells, fields)


def _more_children(detail: r.JobDetail, style: Style) -> list[Row]:
    hidden = sum(detail.children_counts.values()) - len(detail.children)
    if hidden <= 0:
        return []
    counts = state_counts(detail.children_counts, style.glyphs)
    return [Row("", (Cell("children", GREY), Cell(f"{hidden:,} more"), Cell(counts), Cell(""), Cell("")))]


def _attempt(attempt: r.AttemptRow, style: Style) -> Row:
    look = look_of_uow(attempt.state)
    refused = "" if attempt.accepted else "  (not accepted: a later attempt counts)"
    lines = f"{attempt.log_lines:,} log line{'' if attempt.log_lines == 1 else 's'}"
    detail = f"{attempt.exit_reason or ''}  {duration(attempt.seconds)}  {lines}{refused}".strip()
    return Row(
        f"attempt:{attempt.number}",
        (
            Cell(f"attempt {attempt.number}", GREY),
            Cell(f"on {attempt.box_id}"),
            Cell(style.glyphs.labelled(look), look.color),
            Cell(short_moment(attempt.started, style.zone)),
            Cell(detail),
        ),
        {"state": look.word, "box": attempt.box_id, "uow": attempt.uow_id},
    )


def attempt_lines(attempt: r.AttemptRow, style: Style) -> list[Line]:
    """All of an attempt."""
    look = look_of_uow(attempt.state)
    where = f"on {attempt.box_id} ({attempt.host})" + (f" pid {attempt.pid}" if attempt.pid else "")
    ended = f" to {moment(attempt.finished, style.zone)}, {duration(attempt.seconds)}" if attempt.finished else ""
    accepted = "" if attempt.accepted else "   not accepted: a later attempt counts"
    lines: list[Line] = [
        [
            (f"attempt {attempt.number}  ", "bold"),
            (style.glyphs.labelled(look), look.color),
            (f"  {attempt.exit_reason}" if attempt.exit_reason else "", RED),
            (f"  {where}", ""),
        ],
        [(f"  {moment(attempt.started, style.zone)}{ended}", ""), (accepted, "warning")],
    ]
    if attempt.kill is not None:
        left = f", {len(attempt.kill.remaining)} remain" if attempt.kill.remaining else ", none remains"
        told = (
            f"{counted(len(attempt.kill.processes) + attempt.kill.more, 'process', 'processes')} ended by signals{left}"
        )
        lines.append([("  killed  ", GREY), (told, "")])
    return lines


def _transition(entry: r.HistoryRow, style: Style, index: int) -> Row:
    old, new = look_of_job(entry.old_state), look_of_job(entry.new_state)
    why = "  ".join(part for part in (entry.because, entry.reason and f"“{entry.reason}”") if part)
    return Row(
        f"history:{index}",
        (
            Cell("history", GREY),
            Cell(f"{entry.cause.replace('_', ' ')} by {entry.actor}"),
            Cell(_arrow(old, new, style), new.color),
            Cell(short_moment(entry.at, style.zone)),
            Cell(why),
        ),
        {"state": new.word, "uow": entry.uow_id or ""},
    )


def _arrow(old: Look, new: Look, style: Style) -> str:
    arrow = style.glyphs.choose("→", "->")
    if old == new or old is UNKNOWN:
        return style.glyphs.labelled(new)
    return f"{style.glyphs.of(old)} {arrow} {style.glyphs.labelled(new)}"
