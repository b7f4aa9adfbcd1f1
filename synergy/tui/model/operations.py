"""Replies as tables: freerun entries, the collector's queues."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from synergy.core.control import replies as r
from synergy.core.states import UowState
from synergy.tui.model.formats import DASH, duration, remaining, short_moment, trigger
from synergy.tui.model.glyphs import look_of_uow
from synergy.tui.model.listings import GREY, RED, Style
from synergy.tui.model.table import Cell, Column, Row, Table

ENTRIES: Final = (
    Column("Entry", 18, flex=2),
    Column("On", 3),
    Column("Trigger", 18, flex=1),
    Column("Next run", 8, right=True),
    Column("Last run", 14, rank=2),
    Column("State", 13, rank=1),
    Column("Description", 12, flex=2, rank=3),
)


def entries_table(entries: Iterable[r.EntryRow], style: Style, now: str = "") -> Table:
    """Freerun entries; ``now``: schedule time as a stamp, for what counts down."""
    return Table(ENTRIES, tuple(_entry(entry, style, now) for entry in entries))


def _entry(entry: r.EntryRow, style: Style, now: str) -> Row:
    next_run = remaining(entry.next_run, now) if now and entry.next_run else entry.next_run_in
    name = f"{entry.process_name}::{entry.entry_name}"
    look = look_of_uow(entry.uow_state) if entry.uow_state else None
    return Row(
        name,
        (
            Cell(name, "bold" if entry.is_on else GREY),
            Cell("on" if entry.is_on else "off", "" if entry.is_on else "warning"),
            Cell(trigger(entry.trigger_frequency)),
            Cell(duration(next_run) if entry.is_on else DASH, value=next_run),
            Cell(short_moment(entry.last_firing, style.zone), value=entry.last_firing or DASH),
            Cell(style.glyphs.labelled(look) if look else "never run", look.color if look else GREY),
            Cell(entry.description or ""),
        ),
        {"process": entry.process_name, "entry": entry.entry_name, "state": look.word if look else ""},
        is_problem=entry.uow_state == UowState.INVALID or not entry.is_on,
    )


COLLECTOR: Final = (
    Column("State", 13),
    Column("Process", 16, flex=1),
    Column("Timeperiod", 14),
    Column("Attempt", 7, right=True, rank=1),
    Column("Retry in", 8, right=True),
    Column("Gives up in", 11, right=True, rank=2),
    Column("Exit", 10, flex=2),
)


def collector_table(collector: r.Collector, style: Style) -> Table:
    """What waits for its retry."""
    return Table(COLLECTOR, tuple(_queued(row, style) for row in collector.queued))


def _queued(row: r.CollectorRow, style: Style) -> Row:
    look = look_of_uow(row.state)
    retry = "gave up" if row.gave_up else duration(row.release_in)
    return Row(
        row.uow_id,
        (
            Cell(style.glyphs.labelled(look), look.color),
            Cell(row.process_name),
            Cell(row.timeperiod),
            Cell(str(row.attempt), value=float(row.attempt)),
            Cell(retry, RED if row.gave_up else "", row.release_in),
            Cell(duration(row.gives_up_in), value=row.gives_up_in),
            Cell(row.exit_reason or ""),
        ),
        {"state": look.word, "process": row.process_name, "period": row.timeperiod, "uow": row.uow_id},
        is_problem=True,
    )
