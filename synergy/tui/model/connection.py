"""What the console knows of its connection, and how fresh that makes what is shown.

Freshness is measured on the console's own monotonic clock, and told in the daemon's real time: the clock of an
operator's laptop may be wrong.
"""

from __future__ import annotations

from datetime import UTC, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from msgspec import Struct

from synergy.core.control.replies import Hello
from synergy.tui.model.formats import duration, read_stamp

SHOWN_SECONDS: Final = 0.05
"""A shorter way to the daemon is not worth a word."""
SLOW_SECONDS: Final = 0.5
"""A longer one is felt with every key that asks."""
CHANGE: Final = 0.25
"""The latency that is shown changes only for a difference of so large a part: each word costs bytes."""


class Phase(StrEnum):
    """Where the connection stands; ``SILENT``: it is there, and nothing comes through it."""

    CONNECTING = "connecting"
    LIVE = "live"
    SILENT = "silent"
    LOST = "lost"


class LinkState(Struct, frozen=True):
    """The connection. ``heard`` is when the daemon last answered, monotonic seconds; None: never yet.

    ``latency``: seconds of a cheap request's round trip, as it is shown; None: not measured yet. ``resumed``: it is
    live again, and no event was missed, but what was asked has no answer. ``news``: what an operator is told, once.
    """

    phase: Phase = Phase.CONNECTING
    attempt: int = 0
    reason: str = ""
    remedy: str = ""
    heard: float | None = None
    real_time: str = ""
    hello: Hello | None = None
    latency: float | None = None
    resumed: bool = False
    news: str = ""

    @property
    def is_live(self) -> bool:
        """Whether what is shown is true now."""
        return self.phase is Phase.LIVE

    @property
    def is_stale(self) -> bool:
        """Whether what is shown was true once; before the first answer nothing is shown that could be stale."""
        return not self.is_live and self.heard is not None

    def may_change(self, *, read_only: bool) -> bool:
        """Whether changes are offered at all: not in read-only, and not to whom the daemon refuses them."""
        return not read_only and self.hello is not None and self.hello.may_change


def freshness(link: LinkState, monotonic: float, zone: tzinfo | None = UTC) -> str:
    """The border's subtitle: ``Updated 08:33:27 · live``, ``STALE 7 s · no answer``, or ``… · reconnecting (3)``."""
    if link.is_live:
        return f"Updated {daemon_time(link, link.heard, zone)} · live{_latency(link.latency)}"
    if link.heard is None:
        return "connecting" if link.attempt <= 1 else f"no connection yet · trying again ({link.attempt})"
    becomes = "no answer" if link.phase is Phase.SILENT else f"reconnecting ({link.attempt})"
    return f"STALE {_age(monotonic - link.heard)} · {becomes}"


def steady(shown: float | None, measured: float) -> float:
    """The latency to show after a measurement: the one that is shown already, unless the new one is clearly another."""
    if shown is not None and abs(measured - shown) <= CHANGE * max(shown, SHOWN_SECONDS):
        return shown
    return measured


def _latency(seconds: float | None) -> str:
    """Nothing for a short way; ``· 320 ms``; ``· SLOW 840 ms``, ``· SLOW 2.4 s``."""
    if seconds is None or seconds < SHOWN_SECONDS:
        return ""
    text = f"{round(seconds * 100) * 10} ms" if seconds < 1 else f"{seconds:.1f} s"
    return f" · {'SLOW ' if seconds > SLOW_SECONDS else ''}{text}"


def _age(seconds: float) -> str:
    """Whole seconds below a minute: ``12 s``, ``3m 5s``."""
    return f"{seconds:.0f} s" if seconds < 60 else duration(seconds)


def daemon_time(link: LinkState, monotonic: float | None, zone: tzinfo | None = UTC) -> str:
    """The daemon's real time of day at a monotonic moment."""
    stamp = read_stamp(link.real_time)
    if stamp is None or monotonic is None or link.heard is None:
        return "—"
    return (stamp + timedelta(seconds=monotonic - link.heard)).astimezone(zone).strftime("%H:%M:%S")
