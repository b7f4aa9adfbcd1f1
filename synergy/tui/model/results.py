"""What became of a plan: in a sentence for the toast, and item by item where not all was done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from synergy.core.control import replies as r
from synergy.core.counting import counted
from synergy.tui.model.glyphs import look_of_job
from synergy.tui.model.health import GOOD, Line
from synergy.tui.model.listings import GREY, Style
from synergy.tui.model.orders import what_of

_NOT: Final = "warning"


def told(applied: r.Applied) -> str:
    """One sentence."""
    others = applied.directives or applied.restores
    parts = [f"{counted(applied.changed, 'job')} changed"] if applied.changed or not others else []
    parts += [f"again: {', '.join(applied.restores)}"] if applied.restores else []
    parts += [f"{one.kind} of {what_of(one)}{' lifted' if one.lifted else ''}" for one in applied.directives[:2]]
    if len(applied.directives) > 2:
        parts.append(f"{len(applied.directives) - 2} more")
    parts += [f"{len(applied.kills):,} stopped"] if applied.kills else []
    parts += [f"{len(applied.refused):,} refused"] if applied.refused else []
    left = len(applied.overtaken) + len(applied.lost)
    parts += [f"{left:,} not undone"] if left else []
    return f"{'Done before: ' if applied.repeated else ''}{', '.join(parts)}"


def is_partial(applied: r.Applied) -> bool:
    """Whether something was not done; then each item is told by itself."""
    return bool(applied.refused or applied.overtaken or applied.lost)


def result_lines(plan: r.Plan, applied: r.Applied, style: Style) -> list[Line]:
    """A line for each item: what was not done comes first."""
    return [*_not_done(applied, style), *_done(plan, applied, style)]


def _not_done(applied: r.Applied, style: Style) -> Iterator[Line]:
    cross = style.glyphs.choose("✗", "x")
    for at in applied.refused:
        yield [(f"{cross} ", _NOT), (str(at), _NOT)]
    for line in (*applied.overtaken, *applied.lost):
        yield [(f"{cross} ", _NOT), (f"not undone: {line}", _NOT)]


def _done(plan: r.Plan, applied: r.Applied, style: Style) -> Iterator[Line]:
    tick = style.glyphs.choose("✓", "ok")
    for one in applied.directives:
        yield [(f"{tick} ", GOOD), (f"{one.kind} of {what_of(one)}{' is lifted' if one.lifted else ''}", "")]
    for line in applied.restores:
        yield [(f"{tick} ", GOOD), (f"again: {line}", "")]
    for change in plan.changes:
        new = look_of_job(change.new_state)
        name = f"{change.process_name}@{change.timeperiod}"
        yield [(f"{tick} ", GOOD), (f"{name}  ", ""), (style.glyphs.labelled(new), new.color)]
    for uow_id in applied.kills:
        yield [(f"{tick} ", GOOD), ("is being stopped  ", GREY), (uow_id, "")]
