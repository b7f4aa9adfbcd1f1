"""What the console knows of its connection, and how fresh that makes what is shown.

Freshness is measured on the console's own monotonic clock, and told in the daemon's real time: the clock of an
operator's laptop may be wrong.
"""

from __future__ import annotations

from datetime import UTC, timedelta, tzinfo
from enum import StrEnum

from msgspec import Struct

from synergy.core.control.replies import Hello
from synergy.tui.model.formats import duration, read_stamp


class Phase(StrEnum):
    """Where the connection stands."""

    CONNECTING = "connecting"
    LIVE = "live"
    LOST = "lost"


class LinkState(Struct, frozen=True):
    """The connection. ``heard`` is when the daemon last answered, monotonic seconds; None: never yet."""

    phase: Phase = Phase.CONNECTING
    attempt: int = 0
    reason: str = ""
    remedy: str = ""
    heard: float | None = None
    real_time: str = ""
    hello: Hello | None = None

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
    """The border's subtitle: ``Updated 08:33:27 · live`` or ``STALE 12 s · reconnecting (3)``."""
    if link.is_live:
        return f"Updated {daemon_time(link, link.heard, zone)} · live"
    if link.heard is None:
        return "connecting" if link.attempt <= 1 else f"no connection yet · trying again ({link.attempt})"
    return f"STALE {_age(monotonic - link.heard)} · reconnecting ({link.attempt})"


def _age(seconds: float) -> str:
    """Whole seconds below a minute: ``12 s``, ``3m 5s``."""
    return f"{seconds:.0f} s" if seconds < 60 else duration(seconds)


def daemon_time(link: LinkState, monotonic: float | None, zone: tzinfo | None = UTC) -> str:
    """The daemon's real time of day at a monotonic moment."""
    stamp = read_stamp(link.real_time)
    if stamp is None or monotonic is None or link.heard is None:
        return "—"
    return (stamp + timedelta(seconds=monotonic - link.heard)).astimezone(zone).strftime("%H:%M:%S")
