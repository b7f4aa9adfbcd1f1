"""Replies on how work was ended: every process, every signal, and what the last look found."""

from __future__ import annotations

from msgspec import Struct


class Sent(Struct, frozen=True):
    """A signal that a process was sent: ``TERM`` or ``KILL``."""

    name: str
    at: str


class Killed(Struct, frozen=True):
    """One process that was ended; ``gone`` is when it was seen to be."""

    pid: int
    name: str
    started: str
    signals: tuple[Sent, ...]
    gone: str | None


class Kill(Struct, frozen=True):
    """``more``: processes beyond those listed. ``rescanned``: the last look, which found ``remaining``, or nothing."""

    box_id: str
    began: str
    rescanned: str
    processes: tuple[Killed, ...]
    more: int
    remaining: tuple[int, ...]


class Stopped(Struct, frozen=True):
    """What became of one unit of work that was to be stopped.

    ``state`` is None when nobody has looked. ``alive``: pids that outlive KILL. ``report`` is None until it has ended,
    and when it ended without being stopped.
    """

    uow_id: str
    state: str | None = None
    box_id: str | None = None
    exit_reason: str | None = None
    alive: tuple[int, ...] = ()
    report: Kill | None = None
