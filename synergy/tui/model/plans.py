"""A plan as the operator reads it before agreeing to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from synergy.core.control.replies import Level, Plan, ProcessRow
from synergy.core.counting import counted
from synergy.tui.model.formats import count, duration, moment
from synergy.tui.model.glyphs import look_of_job
from synergy.tui.model.health import ORANGE, Line
from synergy.tui.model.listings import GREY, RED, Style
from synergy.tui.model.orders import KIND_COLORS, state_of, what_of
from synergy.tui.model.table import Cell, Column, Row, Table

MANY: Final = 100
"""Above so many jobs the process's name is typed."""
LIFTS: Final = frozenset({"release", "resume", "unseal", "batch cancel"})
"""Verbs whose directives end."""
SETS: Final = frozenset({"hold", "drain", "seal"})
"""Verbs whose directives are new."""
_MAX_COUNTS: Final = 6
_MAX_NAMED: Final = 3

COLUMNS: Final = (
    Column("Job", 26),
    Column("Is", 13),
    Column("Becomes", 13),
    Column("Because", 20, flex=3, rank=1),
)


def plan_lines(plan: Plan, targets: Sequence[str], style: Style) -> list[Line]:
    """What would change, in words: the total, what is to be known before, and what each level costs.

    A low terminal shows the first of them, so what warns comes before what only tells.
    """
    return [_total(plan, targets, style), *_directives(plan, style), *_warnings(plan), *_left(plan), *_levels(plan)]


def _total(plan: Plan, targets: Sequence[str], style: Style) -> Line:
    total = len(plan.changes)
    undone = plan.undoes
    of = f"of {undone.words(moment(undone.at, style.zone))}" if undone is not None else _what(targets)
    head = f"{plan.verb} {of}".rstrip() + ": "
    if plan.directives and not total:
        number = counted(len(plan.directives), "order")
        done = "lifted" if all(one.lifted for one in plan.directives) else "set" if plan.verb in SETS else "changed"
        return [(head, "bold"), (f"{number} would be {done}, no job changes", "")]
    trees = f" in {', '.join(plan.trees)}" if plan.trees else ""
    cost = f", about {duration(plan.seconds)} by the last runs" if plan.seconds else ""
    return [(head, "bold"), (f"{counted(total, 'job')} would change{trees}{cost}", "")]


def _what(targets: Sequence[str]) -> str:
    return targets[0] if len(targets) == 1 else f"{len(targets)} targets" if targets else ""


def _levels(plan: Plan) -> Iterator[Line]:
    """The jobs of each level of a tree and what they cost, or no more than their number where nothing is known."""
    if not any(level.seconds for level in plan.levels):
        if plan.counts:
            biggest = sorted(plan.counts.items(), key=lambda pair: -pair[1])
            parts = [f"{name} {counted(number, 'job')}" for name, number in biggest[:_MAX_COUNTS]]
            yield [("  " + "   ".join(parts) + _more(len(biggest) - _MAX_COUNTS, "processes"), GREY)]
        return
    width = max(len(level.process_name) for level in plan.levels[:_MAX_COUNTS])
    for level in plan.levels[:_MAX_COUNTS]:
        yield _level(level, width)
    if len(plan.levels) > _MAX_COUNTS:
        yield [(f"  and {len(plan.levels) - _MAX_COUNTS} more processes", GREY)]


def _level(level: Level, width: int) -> Line:
    each = f"{duration(level.median_seconds)} each" if level.median_seconds is not None else "never ran"
    whole = f"{duration(level.seconds)} in all" if level.seconds is not None else ""
    whole += f", {count(level.at_once)} at once" if whole and level.at_once > 1 else ""
    return [
        (f"  {level.process_name:<{width}}  ", ""),
        (f"{counted(level.jobs, 'job'):>10}", "bold"),
        (f"   {each:>12}   {whole}", GREY),
    ]


def _more(number: int, what: str) -> str:
    return f"   and {count(number)} more {what}" if number > 0 else ""


def _directives(plan: Plan, style: Style) -> Iterator[Line]:
    for one in plan.directives[:_MAX_COUNTS]:
        lifted = "  is lifted" if one.lifted else f"  {state_of(one, style)}" if one.until or one.total else "  is set"
        by = f"  by {one.actor}" if one.actor else ""
        reason = f"  “{one.reason}”" if one.reason else ""
        yield [(f"  {one.kind:<5} ", KIND_COLORS.get(one.kind, "")), (what_of(one), "bold"), (lifted + by + reason, "")]
    if len(plan.directives) > _MAX_COUNTS:
        yield [(f"  and {count(len(plan.directives) - _MAX_COUNTS)} more", GREY)]
    for line in plan.restores:
        yield [("  again: ", GREY), (line, "")]
    if plan.affects:
        total = sum(number for _, number in plan.affects)
        parts = ", ".join(f"{name} {count(number)}" for name, number in plan.affects[:_MAX_COUNTS])
        more = _more(len(plan.affects) - _MAX_COUNTS, "processes")
        yield [(f"  about {counted(total, 'unfinished job')} now: ", ""), (parts + more, GREY)]


def _warnings(plan: Plan) -> Iterator[Line]:
    if plan.kills:
        yield _named("Running work is stopped", plan.kills, RED)
    elif plan.changes:
        yield [("  No running work is stopped.", GREY)]
    if plan.at_risk:
        yield _named("Deadlines at risk", plan.at_risk, ORANGE)
    for line in plan.obstacles[:_MAX_COUNTS]:
        yield [(f"  {line}.", ORANGE)]
    if len(plan.obstacles) > _MAX_COUNTS:
        yield [(f"  … and {count(len(plan.obstacles) - _MAX_COUNTS)} more", ORANGE)]
    if plan.sealed:
        yield _named("Sealed", plan.sealed, ORANGE)


def _left(plan: Plan) -> Iterator[Line]:
    """What stays as it is, though it might be expected to change."""
    if plan.kept:
        told = f"{counted(plan.kept, 'finished job')} built on them {'stays as it is' if plan.kept == 1 else 'stay'}"
        yield [(f"  {told}.", GREY)]
    for head, lines in (("stays as it is", plan.overtaken), ("cannot come back", plan.lost)):
        yield from ([(f"  {head}: {line}", ORANGE)] for line in lines[:_MAX_NAMED])
        if len(lines) > _MAX_NAMED:
            yield [(f"  … and {count(len(lines) - _MAX_NAMED)} more", ORANGE)]
    for at in plan.refused[:_MAX_NAMED]:
        yield [(f"  refused: {at}", ORANGE)]
    if len(plan.refused) > _MAX_NAMED:
        yield [(f"  … and {count(len(plan.refused) - _MAX_NAMED)} more refused", ORANGE)]


def _named(head: str, names: Sequence[str], color: str) -> Line:
    """``Sealed: a``, ``Sealed (4): a, b, c …``."""
    number = f" ({count(len(names))})" if len(names) > 1 else ""
    shown = ", ".join(names[:_MAX_NAMED]) + (" …" if len(names) > _MAX_NAMED else "")
    return [(f"  {head}{number}: ", f"bold {color}"), (shown, color)]


def difference(before: Plan, now: Plan) -> str:
    """What a plan that was made anew has more and less than the one before it."""
    old, new = ({(at.process_name, at.timeperiod): at for at in plan.changes} for plan in (before, now))
    other = sum(old[key] != new[key] for key in old.keys() & new.keys())
    parts = [(len(new.keys() - old.keys()), "more"), (len(old.keys() - new.keys()), "fewer"), (other, "changed")]
    told = ", ".join(f"{count(number)} {word}" for number, word in parts if number)
    return f"Planned anew: {told or 'the same jobs'}, compared with the plan before."


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
        rows.append(Row(key, cells, is_problem=key in plan.sealed))
    return Table(COLUMNS, tuple(rows))


def word_to_type(plan: Plan, processes: Sequence[ProcessRow]) -> str | None:
    """The name that is typed before a big plan: that of the process with most of it; None: a button is enough.

    Big is more than a hundred jobs, or every job there is of a tree, or an order about a whole tree or everything.
    What only lifts an order is never big.
    """
    if (word := _whole(plan, processes)) is not None:
        return word
    counts = plan.counts or ({} if plan.verb in LIFTS or plan.verb.startswith("batch") else dict(plan.affects))
    if not counts:
        return None
    most = max(counts, key=lambda name: counts[name])
    if sum(counts.values()) > MANY:
        return most
    for tree in plan.trees:
        members = [row for row in processes if row.tree_name == tree]
        if members and all(plan.counts.get(row.process_name, 0) >= sum(row.counts.values()) for row in members):
            return most
    return None


def _whole(plan: Plan, processes: Sequence[ProcessRow]) -> str | None:
    """``drain``, or the tree that a new hold is about."""
    if plan.verb == "drain":
        return "drain"
    if plan.verb != "hold":
        return None
    names = {row.process_name for row in processes}
    whole = [one.reach for one in plan.directives if "@" not in one.reach and one.reach not in names]
    return whole[0] if whole else None


def button_labels(verb: str) -> tuple[str, str]:
    """What the buttons of a plan say: to leave all as it is, and to agree; never the same word twice."""
    return ("Go back", "Cancel work") if verb.endswith("cancel") else ("Cancel", verb.capitalize())


def does_anything(plan: Plan) -> bool:
    """Whether there is anything to agree to."""
    return bool(plan.changes or plan.kills or plan.directives or plan.restores)
