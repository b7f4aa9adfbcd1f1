"""Replies on one managed process."""

from __future__ import annotations

from msgspec import Struct

from synergy.core.control.replies.answer import Reply
from synergy.core.control.replies.deployment import ProcessRow


class ProcessSetting(Struct, frozen=True):
    """One field of a definition; values as JSON.

    ``is_default``: the file does not set it, or to what it is anyway. ``by_hand``: what an operator set instead.
    """

    name: str
    value: str
    is_default: bool
    by_hand: str | None = None


class Durations(Struct, frozen=True):
    """How long the last ``runs`` processed units of work took, in seconds of real time."""

    runs: int
    median: float
    p95: float
    longest: float


class ProcessDetail(Reply, frozen=True):
    """One process.

    ``durations`` is None while nothing was processed. ``last_failure`` names the unit of work that became invalid last,
    as far as the daemon has seen one since its start. ``changed_by``: who changed it at run time last.
    """

    process: ProcessRow
    settings: tuple[ProcessSetting, ...]
    durations: Durations | None = None
    last_failure: str | None = None
    last_failure_at: str | None = None
    last_failure_reason: str | None = None
    changed_by: str | None = None
    changed_at: str | None = None
