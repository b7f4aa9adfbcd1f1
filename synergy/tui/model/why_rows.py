"""Why a job does not go on, as rows that lead on: the roots first, then the conditions as a tree, with their codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from synergy.core.control import replies as r
from synergy.core.counting import counted
from synergy.tui.model.formats import short_moment
from synergy.tui.model.health import ORANGE, Line
from synergy.tui.model.listings import GREY, RED, Style
from synergy.tui.model.problems import root_lines
from synergy.tui.model.table import Cell, Row

AT_REST: Final = frozenset({"running", "done"})
"""Codes of a job that waits for nothing."""

_FEW: Final = 3
"""Roots, and conditions, that are shown before all is asked for."""


def why_rows(why: r.Why, style: Style, *, whole: bool) -> list[Row]:
    """The roots and the tree; not ``whole``: the first few of each, and nothing of a job that waits for nothing."""
    if not whole and why.code in AT_REST:
        return []
    tree = list(_tree(why.conditions, 0))
    roots = [_root(at, root, style) for at, root in enumerate(why.roots)]
    told = {(root.job, root.code) for root in (why.roots if whole else why.roots[:_FEW])}
    rows = [
        _condition(at, depth, each, style)
        for at, (depth, each) in enumerate(tree)
        if depth > 0 or each.children or (each.job, each.code) not in told  # a job that is its own root is told once
    ]
    return [*roots, *rows] if whole else [*roots[:_FEW], *rows[:_FEW]]


def why_line(why: r.Why, *, whole: bool) -> Line:
    """The condition that decides, and how much more there is; of a job that waits for nothing only when asked."""
    if not whole and why.code in AT_REST:
        return []
    number = sum(1 for _ in _tree(why.conditions, 0))
    roots = len(why.roots) + why.more_roots
    more = f"   d shows all: {counted(number, 'condition')}, {counted(roots, 'root')}"
    is_more = not whole and (number > _FEW or roots > _FEW)
    cut = "   there may be more roots: not all jobs beneath it were looked at" if why.is_cut else ""
    decides = why.conditions[0]
    return [
        ("why     ", GREY),
        (decides.code, ORANGE if why.code not in AT_REST else ""),
        (f"  {decides.what}", ""),
        (cut + (more if is_more else ""), GREY),
    ]


def explained(why: r.Why, key: str, style: Style, shell_line: Callable[[str], str]) -> list[Line]:
    """All of the root or condition that a row is of."""
    kind, _, number = key.partition(":")
    if kind == "root":
        return root_lines(why.roots[int(number)], style, shell_line)
    each = list(_tree(why.conditions, 0))[int(number)][1]
    lines: list[Line] = [[(f"{each.code}  ", ORANGE), (each.job, "bold"), (f": {each.what}", "")]]
    if each.command is not None:
        lines.append([("run   ", GREY), (shell_line(each.command), ""), ("   y copies it", GREY)])
    if each.last_line is not None:
        lines.append([("log   ", GREY), (each.last_line, RED)])
    said = [f"by {each.actor}" if each.actor else "", f"“{each.reason}”" if each.reason else ""]
    said += [f"and {counted(each.more, 'further job')} beneath it" if each.more else ""]
    if any(said):
        lines.append([("  " + "  ".join(part for part in said if part), GREY)])
    return lines


def command_of(why: r.Why, key: str) -> str | None:
    """What helps against the root or condition of a row."""
    kind, _, number = key.partition(":")
    if kind == "root":
        return why.roots[int(number)].command
    return list(_tree(why.conditions, 0))[int(number)][1].command


def _tree(conditions: Sequence[r.Condition], depth: int) -> Iterator[tuple[int, r.Condition]]:
    for each in conditions:
        yield depth, each
        yield from _tree(each.children, depth + 1)


def _root(at: int, root: r.RootCause, style: Style) -> Row:
    names = (Cell("root", ORANGE), Cell(root.job, "bold"))
    return _row(f"root:{at}", names, root, root.last_line or root.what, style)


def _condition(at: int, depth: int, each: r.Condition, style: Style) -> Row:
    again = "  (see above)" if each.again else ""
    more = f"  and {each.more:,} more" if each.more else ""
    names = (Cell("why", ORANGE), Cell("  " * depth + each.job))
    return _row(f"why:{at}", names, each, f"{each.what}{again}{more}", style)


def _row(key: str, names: tuple[Cell, Cell], told: r.RootCause | r.Condition, detail: str, style: Style) -> Row:
    process_name, _, timeperiod = told.job.partition("@")
    since = Cell(short_moment(told.since, style.zone) if told.since else "", value=told.since)
    return Row(
        key,
        (*names, Cell(told.code, ORANGE), since, Cell(detail)),
        {"job": told.job, "process": process_name, "period": timeperiod, "code": told.code},
        is_problem=True,
    )
