"""A clock that moves only when a test says so."""

from __future__ import annotations

from synergy.core.settings_reading import parse_instant


class ManualClock:
    """See ``synergy.core.ports.Clock``. The three times are plain attributes; ``advance`` moves all of them."""

    def __init__(self, schedule: str | float = "2013-01-01T00:00:00Z", real: float = 1_800_000_000.0) -> None:
        self.schedule = parse_instant(schedule) if isinstance(schedule, str) else schedule
        self.real = real
        self.mono = 1000.0

    def schedule_time(self) -> float:
        return self.schedule

    def real_time(self) -> float:
        return self.real

    def monotonic(self) -> float:
        return self.mono

    def real_seconds_until(self, schedule_time: float) -> float:
        return max(0.0, schedule_time - self.schedule)

    def advance(self, seconds: float) -> None:
        """Move all three times forward."""
        self.schedule += seconds
        self.real += seconds
        self.mono += seconds

    def set_schedule(self, moment: str) -> None:
        """Jump to a schedule time (ISO-8601); the other two stand still."""
        self.schedule = parse_instant(moment)
