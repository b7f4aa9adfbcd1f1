"""Replies on freerun entries."""

from __future__ import annotations

from msgspec import Struct

from synergy.core.control.replies.answer import Reply
from synergy.core.records import Arguments


class EntryRow(Struct, frozen=True):
    """One freerun entry. ``run`` is what it runs in words; ``command`` its words when that is a command."""

    process_name: str
    entry_name: str
    trigger_frequency: str
    run: str
    arguments: Arguments
    description: str | None
    is_on: bool
    by_hand: bool
    next_run: str | None
    next_run_in: float | None
    last_firing: str | None
    related_unit_of_work: str | None
    uow_state: str | None
    command: tuple[str, ...] = ()


class Entries(Reply, frozen=True):
    """All freerun entries."""

    entries: tuple[EntryRow, ...]
