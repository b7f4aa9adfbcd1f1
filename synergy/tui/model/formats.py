"""How figures, times and periods are worded, the same on every screen. Unknown is a dash, never a made-up zero."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from synergy.core.states import JOB_STATES, JobState
from synergy.tui.model.glyphs import JOB_LOOKS, GlyphSet

DASH: Final = "—"
_STEPS: Final = (("d", 86_400), ("h", 3600), ("m", 60))
_BYTES: Final = ("B", "KB", "MB", "GB", "TB")


def count(number: int | None) -> str:
    """``1,204``."""
    return DASH if number is None else f"{number:,}"


def duration(seconds: float | None) -> str:
    """The two largest units: ``3d 4h``, ``12m 5s``, ``8.1s``, ``120ms``."""
    if seconds is None:
        return DASH
    if seconds < 0:
        return "-" + duration(-seconds)
    if seconds < 1:
        return f"{seconds * 1000:.0f}ms" if seconds else "0s"
    if seconds < 60:
        return f"{seconds:.0f}s" if seconds >= 10 else f"{seconds:.1f}s"
    rest, words = int(seconds), []
    for unit, size in (*_STEPS, ("s", 1)):
        amount, rest = divmod(rest, size)
        if amount:
            words.append(f"{amount}{unit}")
        elif words:
            break
    return " ".join(words[:2])


def size(number: int) -> str:
    """``96.4 MB``."""
    amount = float(number)
    for unit in _BYTES[:-1]:
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} {_BYTES[-1]}"


def read_stamp(stamp: str | None) -> datetime | None:
    """An ISO-8601 stamp of the protocol; None when it is missing or no stamp."""
    if not stamp:
        return None
    try:
        read = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def moment(stamp: str | None, zone: tzinfo | None = UTC) -> str:
    """``2026-11-23 08:33:27`` in ``zone`` (None: the terminal's own)."""
    read = read_stamp(stamp)
    return DASH if read is None else read.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def short_moment(stamp: str | None, zone: tzinfo | None = UTC) -> str:
    """``11-23 08:33:27``: the year is known to who looks at what happened lately."""
    return DASH if read_stamp(stamp) is None else moment(stamp, zone)[5:]


def same_day(one: str, other: str, zone: tzinfo | None = UTC) -> bool:
    """Whether two stamps are of one day in ``zone``; what cannot be read is of any."""
    return DASH in {moment(one, zone), moment(other, zone)} or moment(one, zone)[:10] == moment(other, zone)[:10]


def time_of_day(stamp: str | None, zone: tzinfo | None = UTC) -> str:
    """``08:33:27``."""
    return DASH if read_stamp(stamp) is None else moment(stamp, zone)[11:]


def shifted(stamp: str, seconds: float) -> str:
    """A stamp so much later; one that cannot be read stays as it is."""
    read = read_stamp(stamp)
    return stamp if read is None else (read + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def elapsed(start: str | None, end: str | None) -> float | None:
    """Seconds between two stamps; None when one is missing."""
    first, last = read_stamp(start), read_stamp(end)
    return None if first is None or last is None else (last - first).total_seconds()


def remaining(stamp: str | None, now: str) -> float | None:
    """Seconds until a stamp; 0 when it has passed, None when there is none."""
    left = elapsed(now, stamp)
    return None if left is None else max(0.0, left)


def is_past(stamp: str | None, now: str) -> bool:
    """Whether a stamp lies behind now."""
    left = elapsed(now, stamp)
    return left is not None and left < 0


def trigger(frequency: str) -> str:
    """``every 60 s``, and every other trigger as the daemon words it."""
    return frequency.removesuffix(" seconds") + " s" if frequency.endswith(" seconds") else frequency


def period(timeperiod: str, qualifier: str) -> str:
    """A timeperiod as a calendar writes it: ``2013-01-01 14h``, ``2013-01-01``, ``2013-01``, ``2013``."""
    if len(timeperiod) != 10:
        return timeperiod
    year, month, day, hour = timeperiod[:4], timeperiod[4:6], timeperiod[6:8], timeperiod[8:]
    words = {"yearly": year, "monthly": f"{year}-{month}", "daily": f"{year}-{month}-{day}"}
    return words.get(qualifier, f"{year}-{month}-{day} {hour}h")


def state_parts(counts: Mapping[str, int], glyphs: GlyphSet) -> tuple[tuple[str, str], ...]:
    """The counts that are not zero, each behind its coloured glyph, as (text, colour)."""
    parts: list[tuple[str, str]] = []
    for state in JOB_STATES:
        if counts.get(state, 0):
            look = JOB_LOOKS[state]
            parts += [("  " if parts else "", ""), (glyphs.of(look), look.color), (f" {counts[state]:,}", "")]
    return tuple(parts)


def state_counts(counts: Mapping[str, int], glyphs: GlyphSet) -> str:
    """The counts that are not zero: ``▸ 3  ■ 1,204``."""
    return "".join(text for text, _ in state_parts(counts, glyphs))


def done_share(counts: Mapping[str, int]) -> float | None:
    """The finished part of all jobs, 0–1; None when there are none."""
    total = sum(counts.values())
    finished = sum(counts.get(state, 0) for state in JobState if state.is_finished)
    return finished / total if total else None


def percent(share: float | None) -> str:
    """Rounded down, so that 100 % means all: ``99 %``."""
    return DASH if share is None else f"{int(share * 100)} %"


def shorten(text: str, width: int) -> str:
    """Cut at the end with an ellipsis so that it takes at most ``width`` characters."""
    return text if len(text) <= width else text[: max(0, width - 1)] + "…" if width > 0 else ""
