"""A plan as the operator reads it before agreeing to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from synergy.core.control.replies import Plan, ProcessRow
from synergy.tui.model.formats import count
from synergy.tui.model.glyphs import look_of_job
from synergy.tui.model.health import Line
from synergy.tui.model.listings import GREY, RED, Style
from synergy.tui.model.table import Cell, Column, Row, Table

MANY: Final = 100
"""Above so many jobs the process's name is typed."""
_MAX_COUNTS: Final = 6

COLUMNS: Final = (
    Column("Job", 26),
    Column("Is", 13),
    Column("Becomes", 13),
    Column("Because", 20, flex=3, rank=1),
)


def plan_lines(plan: Plan, targets: Sequence[str]) -> list[Line]:
    """What would change, in words: totals, per process, kills, refusals."""
    what = targets[0] if len(targets) == 1 else f"{len(targets)} targets"
    trees = f" in {', '.join(plan.trees)}" if plan.trees else ""
    total = len(plan.changes)
    lines: list[Line] = [
        [(f"{plan.verb} {what}: ", "bold"), (f"{count(total)} job{'s' * (total != 1)} would change{trees}", "")]
    ]
    biggest = sorted(plan.counts.items(), key=lambda pair: -pair[1])
    parts = [f"{name} {count(number)}" for name, number in biggest[:_MAX_COUNTS]]
    more = len(biggest) - _MAX_COUNTS
    lines.append([("  " + "   ".join(parts) + (f"   and {more} more processes" if more > 0 else ""), GREY)])
    if plan.kills:
        lines.append(
            [(f"  Running work is stopped: {count(len(plan.kills))}: {', '.join(plan.kills[:3])}", f"bold {RED}")]
        )
    else:
        lines.append([("  No running work is stopped.", GREY)])
    lines += [[(f"  refused: {at}", "#ffaf5f")] for at in plan.refused[:3]]
    if len(plan.refused) > 3:
        lines.append([(f"  … and {count(len(plan.refused) - 3)} more refused", "#ffaf5f")])
    return lines


def plan_table(plan: Plan, style: Style) -> Table:
    """Every job that would change."""
    rows = []
    for change in plan.changes:
        old, new = look_of_job(change.state), look_of_job(change.new_state)
        key = f"{change.process_name}@{change.timeperiod}"
        cells = (
            Cell(key),
            Cell(style.glyphs.labelled(old), old.color),
            Cell(style.glyphs.labelled(new), new.color),
            Cell("asked for" if change.because == "target" else change.because, GREY),
        )
        rows.append(Row(key, cells))
    return Table(COLUMNS, tuple(rows))


def word_to_type(plan: Plan, processes: Sequence[ProcessRow]) -> str | None:
    """The name that is typed before a big plan: that of the process with most changes; None: a button is enough.

    Big is more than a hundred jobs, or every job there is of a tree.
    """
    if not plan.counts:
        return None
    most = max(plan.counts, key=lambda name: plan.counts[name])
    if len(plan.changes) > MANY:
        return most
    for tree in plan.trees:
        members = [row for row in processes if row.tree_name == tree]
        if members and all(plan.counts.get(row.process_name, 0) >= sum(row.counts.values()) for row in members):
            return most
    return None
