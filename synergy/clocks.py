"""The clocks: the real one, and a replay that runs history fast. The only module that asks the machine for the time.

A replay's schedule time is anchored to a real instant that is kept in the runtime folder, so that it goes on over a
restart of the daemon as a real clock would. Within one process it follows the monotonic clock: a corrected wall clock
does not make schedule time jump.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from synergy.core.errors import InvalidDefinition, WorldError
from synergy.core.ports import Clock
from synergy.core.settings import ClockSettings
from synergy.core.settings_reading import parse_instant
from synergy.runtime_files import open_own


class RealClock:
    """See Clock: schedule time is real time."""

    def schedule_time(self) -> float:
        """See Clock."""
        return time.time()  # noqa: TID251 - this module is the clock

    def real_time(self) -> float:
        """See Clock."""
        return time.time()  # noqa: TID251 - this module is the clock

    def monotonic(self) -> float:
        """See Clock."""
        return time.monotonic()

    def real_seconds_until(self, schedule_time: float) -> float:
        """See Clock."""
        return max(0.0, schedule_time - self.real_time())


class ReplayClock:
    """See Clock: schedule time was ``start_schedule`` at ``started_real`` and runs ``speed`` times as fast.

    Args:
        start_schedule: seconds since the epoch.
        speed: seconds of schedule time per second; above 0.
        started_real: seconds since the epoch; one in the future counts as now.
        source: where real time comes from.
    """

    def __init__(self, start_schedule: float, speed: float, started_real: float, source: Clock | None = None) -> None:
        self._source: Final[Clock] = source or RealClock()
        self._speed = speed
        elapsed = max(0.0, self._source.real_time() - started_real)
        self._schedule = start_schedule + elapsed * speed
        self._since = self._source.monotonic()

    def schedule_time(self) -> float:
        """See Clock."""
        return self._schedule + (self._source.monotonic() - self._since) * self._speed

    def real_time(self) -> float:
        """See Clock."""
        return self._source.real_time()

    def monotonic(self) -> float:
        """See Clock."""
        return self._source.monotonic()

    def real_seconds_until(self, schedule_time: float) -> float:
        """See Clock."""
        return max(0.0, (schedule_time - self.schedule_time()) / self._speed)


class ReplayAnchor(Struct, frozen=True, forbid_unknown_fields=True):
    """The replay began at schedule time ``schedule`` when it was ``real``; both in seconds since the epoch.

    ``start`` and ``speed`` are the settings it was made from.
    """

    schedule: float
    real: float
    start: str
    speed: float


_decode: Final = msgspec.json.Decoder(ReplayAnchor).decode


def open_clock(settings: ClockSettings | None, anchor_path: Path) -> Clock:
    """The clock that the settings ask for; a replay goes on from its anchor.

    Raises:
        InvalidDefinition: the anchor's file holds something else.
        WorldError: the anchor cannot be read or written.
    """
    source = RealClock()
    if settings is None:
        return source
    anchor = load_or_create_anchor(anchor_path, settings, source)
    return ReplayClock(anchor.schedule, anchor.speed, anchor.real, source)


def load_or_create_anchor(path: Path, settings: ClockSettings, clock: Clock) -> ReplayAnchor:
    """The stored anchor; a new one, stored at once, when there is none or the settings have changed since.

    Another ``start`` begins the replay anew; another ``speed`` goes on from the schedule time that was reached.

    Raises:
        InvalidDefinition: the file holds something else.
        WorldError: it cannot be read or written.
    """
    stored = _load(path)
    now = clock.real_time()
    if stored is None or stored.start != settings.start:
        anchor = ReplayAnchor(parse_instant(settings.start), now, settings.start, settings.speed)
    elif stored.speed != settings.speed:
        reached = stored.schedule + max(0.0, now - stored.real) * stored.speed
        anchor = ReplayAnchor(reached, now, settings.start, settings.speed)
    else:
        return stored
    _save(path, anchor)
    return anchor


def _load(path: Path) -> ReplayAnchor | None:
    try:
        return _decode(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise WorldError(f"replay clock {path} cannot be read: {error.strerror}") from None
    except msgspec.DecodeError as error:
        raise InvalidDefinition(
            f"replay clock {path} cannot be read: {error}", remedy="remove it; the replay then begins anew"
        ) from None


def _save(path: Path, anchor: ReplayAnchor) -> None:
    """Whole or not at all: a crash leaves the former anchor."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            unfinished.unlink()  # of a process that had this id and ended in between
        with os.fdopen(open_own(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
            file.write(msgspec.json.encode(anchor))
        unfinished.replace(path)
    except OSError as error:
        raise WorldError(f"replay clock {path} cannot be written: {error.strerror}") from None
