"""What keeps all jobs that do not go on: the few roots as a table, and all that is known of one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from synergy.core.control import replies as r
from synergy.core.counting import counted
from synergy.tui.model.formats import count, moment, short_moment
from synergy.tui.model.health import ORANGE, Line
from synergy.tui.model.listings import GREY, RED, Style
from synergy.tui.model.table import Cell, Column, Row, Table

COLUMNS: Final = (
    Column("Code", 16),
    Column("Root", 26, flex=2),
    Column("Blocks", 6, right=True),
    Column("Since", 14, rank=1),
    Column("Newest log line", 20, flex=4, rank=2),
)


def problems_table(answer: r.WhyAll, style: Style) -> Table:
    """The roots, the one that keeps the most jobs first."""
    return Table(COLUMNS, tuple(_root(root, style) for root in answer.roots))


def key_of(root: r.RootCause) -> str:
    """A root's name: one job may be kept by several conditions."""
    return f"{root.code} {root.job} {root.about}"


def _root(root: r.RootCause, style: Style) -> Row:
    process_name, _, timeperiod = root.job.partition("@")
    return Row(
        key_of(root),
        (
            Cell(root.code, ORANGE),
            Cell(root.job, "bold"),
            Cell(count(root.blocks), value=float(root.blocks)),
            Cell(short_moment(root.since, style.zone), value=root.since),
            Cell(root.last_line or root.what, RED if root.last_line else GREY),
        ),
        {"process": process_name, "period": timeperiod, "code": root.code, "uow": root.about},
        is_problem=True,
    )


def summary(answer: r.WhyAll) -> Line:
    """How much is unfinished, how much of it these roots keep, and what goes on by itself."""
    passing = ", ".join(f"{code} {count(number)}" for code, number in answer.passing.items())
    more = f", and {counted(answer.more_roots, 'more root')} not shown" if answer.more_roots else ""
    cut = ", and not all were looked at" if answer.is_cut else ""
    return [
        (f"{counted(answer.unfinished, 'unfinished job')}, ", ""),
        (f"{count(answer.blocked)} kept by a problem", ORANGE if answer.blocked else ""),
        (more + cut, ORANGE),
        (f"   by itself: {passing}" if passing else "", GREY),
    ]


def root_lines(root: r.RootCause, style: Style, shell_line: Callable[[str], str], *, keys: bool = True) -> list[Line]:
    """All that is known of a root; the command stands by itself, to be copied (``keys``: and by which)."""
    by = f" by {root.actor}" if root.actor else ""
    since = f"since {moment(root.since, style.zone)}{by}" if root.since else by.strip()
    lines: list[Line] = [[(f"{root.code}  ", ORANGE), (root.job, "bold"), (f": {root.what}", "")]]
    if root.command is not None:  # before what may not have room
        lines.append([("run   ", GREY), (shell_line(root.command), ""), ("   y copies it" if keys else "", GREY)])
    if root.last_line is not None:
        lines.append([("log   ", GREY), (root.last_line, RED)])
    if said := "  ".join(part for part in (since, root.reason and f"“{root.reason}”", _blocked(root)) if part):
        lines.append([("  ", ""), (said, GREY)])
    return lines


def _blocked(root: r.RootCause) -> str:
    """Whom it keeps; only the answer for all jobs says so."""
    return f"blocks {_by_process(root.by_process)}" if root.by_process else ""


def _by_process(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count(number)}" for name, number in counts.items())
