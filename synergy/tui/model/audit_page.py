"""The audit as a table, one entry in full, and in a few words whether its chain is whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from synergy.core.audit_check import ChainWalk
from synergy.core.control import replies as r
from synergy.core.counting import counted
from synergy.tui.model.formats import DASH, moment, short_moment
from synergy.tui.model.health import Line
from synergy.tui.model.listings import GREY, Style
from synergy.tui.model.table import Cell, Column, Row, Table

COLUMNS: Final = (
    Column("At", 14),
    Column("User", 8),
    Column("Verb", 12),
    Column("Target", 26, flex=3),
    Column("Reason", 12, flex=3, rank=1),
    Column("From", 16, flex=1, rank=2),
    Column("Plan", 10, rank=4),
    Column("Seq", 7, right=True, rank=3),
)


def audit_table(entries: Iterable[r.AuditRow], style: Style) -> Table:
    """Entries, as the daemon lists them."""
    return Table(COLUMNS, tuple(_entry(entry, style) for entry in entries))


def _entry(entry: r.AuditRow, style: Style) -> Row:
    return Row(
        str(entry.seq),
        (
            Cell(short_moment(entry.at, style.zone), value=entry.at),
            Cell(entry.actor, "bold"),
            Cell(entry.verb),
            Cell(entry.target),
            Cell(entry.reason or DASH),
            Cell(entry.origin or DASH, GREY),
            Cell(entry.plan_id or DASH, GREY),
            Cell(str(entry.seq), GREY, float(entry.seq)),
        ),
        {
            "user": "\n".join(name for name in (entry.actor, entry.login_user) if name),
            "verb": entry.verb,
            "job": entry.target,
            "process": entry.target.partition("@")[0],
        },
    )


def entry_lines(entry: r.AuditRow, style: Style) -> list[Line]:
    """All of an entry, what tells it apart first."""
    login = f" (logged in as {entry.login_user})" if entry.login_user and entry.login_user != entry.actor else ""
    who = f"{entry.actor}{login}{f' from {entry.origin}' if entry.origin else ''}"
    named = (
        ("when", moment(entry.at, style.zone)),
        ("who", who),
        ("reason", entry.reason),
        ("before", entry.before),
        ("after", entry.after),
        ("detail", entry.detail),
        ("plan", entry.plan_id),
        ("digest", f"{entry.digest} (entry {entry.seq})"),
    )
    head: Line = [(f"{entry.verb}  ", "bold"), (entry.target, "")]
    return [head, *([(f"{name:<8}", GREY), (text, "")] for name, text in named if text)]


def chain_text(walk: ChainWalk | None, *, done: bool) -> str:
    """Whether the chain is whole, as far as it was looked at."""
    if walk is None:
        return "chain not looked at yet"
    entries = counted(walk.count, "entry", "entries")
    if walk.number_of_faults:
        return f"CHAIN BROKEN at {walk.faults[0].seq}: {walk.faults[0].what}"
    return f"chain whole, {entries}" if done else f"chain whole up to {walk.head.seq:,}; v looks at all of it"
