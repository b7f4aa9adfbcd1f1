"""What was done to end the processes of an attempt, and what the last look found: the proof behind "canceled".

It is made on the box that ran them, goes with the attempt's end, and is stored with the attempt. Stamps are real time.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

MOST_PROCESSES: Final = 64
"""So many processes are listed one by one; the others are counted."""


class SentSignal(Struct, frozen=True, gc=False):
    """One signal that a process was sent: ``TERM`` or ``KILL``."""

    name: str
    at: float


class KilledProcess(Struct, frozen=True, gc=False, omit_defaults=True):
    """One process that was ended. ``gone``: when it was seen to be; None when the last look still found it.

    ``name`` is its command's, as the kernel has it: at most 15 characters.
    """

    pid: int
    started: float
    name: str
    signals: tuple[SentSignal, ...] = ()
    gone: float | None = None


class KillReport(Struct, frozen=True, gc=False, omit_defaults=True):
    """How one attempt's processes were ended on their box.

    ``more``: how many were found beyond those in ``processes``. ``rescanned`` is when the last look at all processes of
    the box was over; ``remaining`` are the pids that it found of this attempt, none once it has ended.
    """

    box_id: str
    began: float
    rescanned: float
    processes: tuple[KilledProcess, ...] = ()
    more: int = 0
    remaining: tuple[int, ...] = ()
