"""Replies as tables: trees, processes and units of work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, tzinfo
from typing import Final, NamedTuple

from synergy.core.control import replies as r
from synergy.core.states import UowState
from synergy.tui.model.formats import (
    DASH,
    count,
    done_share,
    duration,
    elapsed,
    percent,
    period,
    remaining,
    short_moment,
    state_counts,
    state_parts,
    trigger,
)
from synergy.tui.model.glyphs import INVALID, GlyphSet, look_of_job, look_of_uow
from synergy.tui.model.reducer import has_problem
from synergy.tui.model.table import Cell, Column, Row, Table

RED: Final = "problem"
GREY: Final = "faint"


class Style(NamedTuple):
    """How this terminal and operator want things shown."""

    glyphs: GlyphSet = GlyphSet()
    zone: tzinfo | None = UTC


TREES: Final = (
    Column("Tree", 10, flex=1),
    Column("Jobs", 22, flex=4),
    Column("Done", 5, right=True),
    Column("Invalid", 7, right=True, rank=5),
    Column("Oldest open", 11),
    Column("Lag", 7, right=True),
    Column("Failed", 11),
    Column("Last failure", 26, flex=1, rank=4),
)


def trees_table(trees: Iterable[r.TreeRow], style: Style) -> Table:
    """The overview: what is wrong comes first, then the order of the definitions."""
    rows = [_tree(tree, style) for tree in trees]
    return Table(TREES, tuple(sorted(rows, key=lambda row: not row.is_problem)))


def _tree(tree: r.TreeRow, style: Style) -> Row:
    share = done_share(tree.counts)
    failed = short_moment(tree.last_failure_at, style.zone)[:11] if tree.last_failure else DASH
    oldest = (tree.oldest_unfinished or DASH).rpartition("@")[2]
    color = RED if tree.last_failure else GREY
    return Row(
        tree.tree_name,
        (
            Cell(tree.tree_name, "bold"),
            Cell(
                _invalid_first(tree.invalid) + state_counts(tree.counts, style.glyphs),
                value=float(sum(tree.counts.values())),
                parts=((_invalid_first(tree.invalid), f"bold {RED}"), *state_parts(tree.counts, style.glyphs)),
            ),
            Cell(percent(share), value=share or 0.0),
            _alarming(tree.invalid),
            Cell(oldest),
            Cell(duration(tree.lag_seconds) if tree.lag_seconds else DASH, value=tree.lag_seconds),
            Cell(failed, color, tree.last_failure_at or DASH),
            Cell(tree.last_failure or DASH, color),
        ),
        {"tree": tree.tree_name, "process": "\n".join(tree.processes), "state": states_of(tree.counts, tree.invalid)},
        is_problem=has_problem(tree.counts, tree.invalid),
    )


def states_of(counts: Mapping[str, int], invalid: int) -> str:
    """The states that jobs are in, a word a line, as a filter's ``state:`` looks at them."""
    words = [look_of_job(state).word for state, number in counts.items() if number]
    return "\n".join([*words, *([INVALID.word] if invalid else [])])


def _invalid_first(number: int) -> str:
    return f"! {number:,}  " if number else ""


PROCESSES: Final = (
    Column("Process", 16, flex=2),
    Column("Level", 7, rank=4),
    Column("On", 4),
    Column("Trigger", 10, flex=1),
    Column("Next run", 8, right=True),
    Column("Next period", 14, rank=1),
    Column("Running", 7, right=True, rank=2),
    Column("Queued", 6, right=True, rank=6),
    Column("Invalid", 7, right=True, rank=3),
    Column("Retry", 5, right=True, rank=7),
    Column("Machine", 11, rank=8),
    Column("Blocking", 12, rank=9),
    Column("Boxes", 8, flex=1, rank=10),
    Column("Done", 5, right=True, rank=5),
)


def processes_table(processes: Iterable[r.ProcessRow], style: Style, now: str = "") -> Table:
    """Managed processes, in the order of their trees; ``now``: schedule time as a stamp, for what counts down."""
    del style
    return Table(PROCESSES, tuple(_process(row, now) for row in processes))


def _process(row: r.ProcessRow, now: str) -> Row:
    word = "off" if not row.is_on else "held" if row.held else "on"
    next_run = remaining(row.next_run, now) if now and row.next_run else row.next_run_in
    share = done_share(row.counts)
    return Row(
        row.process_name,
        (
            Cell(row.process_name, "bold" if row.is_on else GREY),
            Cell(row.time_qualifier),
            Cell(word, {"off": "warning", "held": "bold held"}.get(word, "")),
            Cell(trigger(row.trigger_frequency)),
            Cell(duration(next_run) if row.is_on else DASH, value=next_run),
            Cell(period(row.next_timeperiod, row.time_qualifier) if row.next_timeperiod else DASH),
            Cell(count(row.in_progress), value=float(row.in_progress)),
            Cell(count(row.queued), value=float(row.queued)),
            _alarming(row.invalid),
            Cell(count(row.reprocessing_queue), value=float(row.reprocessing_queue)),
            Cell(row.state_machine),
            Cell(row.blocking_type.removeprefix("blocking_")),
            Cell(", ".join(row.present_on_boxes).replace(".*", "*") or DASH),
            Cell(percent(share), value=share or 0.0),
        ),
        {"process": row.process_name, "tree": row.tree_name, "state": word},
        is_problem=has_problem(row.counts, row.invalid) or word != "on",
    )


UOWS: Final = (
    Column("State", 13),
    Column("Process", 14, flex=2),
    Column("Timeperiod", 14),
    Column("Run", 3, right=True, rank=5),
    Column("Attempt", 7, right=True, rank=4),
    Column("Started", 14, rank=2),
    Column("Took", 7, right=True),
    Column("Documents", 9, right=True, rank=6),
    Column("Box", 8, rank=7),
    Column("Exit", 6, flex=3, rank=1),
)


def uows_table(uows: Iterable[r.Uow], style: Style) -> Table:
    """Units of work, newest first."""
    return Table(UOWS, tuple(uow_row(uow, style) for uow in uows))


def uow_row(uow: r.Uow, style: Style) -> Row:
    """One unit of work."""
    look = look_of_uow(uow.state)
    took = elapsed(uow.started, uow.finished)
    process = f"{uow.process_name}::{uow.entry_name}" if uow.entry_name else uow.process_name
    word = "cancel asked" if uow.cancel_requested and uow.state == UowState.IN_PROGRESS else look.word
    return Row(
        uow.uow_id,
        (
            Cell(f"{style.glyphs.of(look)} {word}", look.color),
            Cell(process),
            Cell(uow.timeperiod),
            Cell(str(uow.run), value=float(uow.run)),
            Cell(str(uow.attempt), value=float(uow.attempt)),
            Cell(short_moment(uow.started, style.zone), value=uow.started or DASH),
            Cell(duration(took), value=took),
            Cell(count(uow.number_of_processed_documents), value=float(uow.number_of_processed_documents)),
            Cell(uow.box_id or DASH),
            Cell(
                (uow.exit_reason or "") + (" (gave up)" if uow.gave_up else ""),
                RED if uow.state == UowState.INVALID else "",
            ),
        ),
        {
            "state": look.word,
            "process": process,
            "period": uow.timeperiod,
            "box": uow.box_id or "",
            "entry": uow.entry_name or "",
            "uow": uow.uow_id,
        },
        is_problem=uow.state == UowState.INVALID or uow.gave_up,
    )


def job_of(uow: r.Uow) -> str:
    """The job or entry that a unit of work was issued for."""
    return f"{uow.process_name}::{uow.entry_name}" if uow.entry_name else f"{uow.process_name}@{uow.timeperiod}"


def _alarming(number: int) -> Cell:
    return Cell(count(number), f"bold {RED}" if number else GREY, float(number))
