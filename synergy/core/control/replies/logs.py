"""Replies on attempts' logs."""

from __future__ import annotations

from msgspec import Struct

from synergy.core.control.replies.answer import Reply


class LogRow(Struct, frozen=True):
    """One line; ``stream`` stdout, stderr or log."""

    line: int
    at: str
    stream: str
    level: str
    text: str


class LogPage(Reply, frozen=True):
    """Lines from ``first_line`` of ``total``; ``live``: the attempt is still running."""

    uow_id: str
    attempt: int
    number: int
    attempts: int
    first_line: int
    total: int
    live: bool
    state: str
    exit_reason: str | None
    lines: tuple[LogRow, ...]


class LogMatches(Reply, frozen=True):
    """Line numbers, ascending; ``more``: there are others, ``before`` of them before these, of ``total`` in all."""

    lines: tuple[int, ...]
    more: bool
    before: int = 0
    total: int = 0


class DaemonLogRow(Struct, frozen=True):
    """A log of the deployment's own. ``path`` is on ``host``; ``problem``: why it cannot be read here, or nothing."""

    name: str
    box_id: str
    host: str
    path: str
    size_bytes: int
    problem: str = ""


class DaemonLogs(Reply, frozen=True):
    """The daemon's own first, then by box and name."""

    logs: tuple[DaemonLogRow, ...]


class DaemonLogPage(Reply, frozen=True):
    """Lines from ``first_line`` of ``total``; those before ``oldest_line`` are kept no more. Secrets are left out."""

    name: str
    path: str
    first_line: int
    oldest_line: int
    total: int
    lines: tuple[LogRow, ...]
