"""A data source whose data grow, and which sometimes cannot be asked."""

from __future__ import annotations

import asyncio

from synergy.core.errors import SourceDown
from synergy.core.ports import Boundaries
from tests.simulation.weather import Weather


class Source:
    """See DataSource. ``is_calm``: it answers, and its data grow no more."""

    def __init__(self, weather: Weather) -> None:
        self._weather = weather
        self._rows: dict[str, int] = {}
        self.is_calm = False

    async def close(self) -> None:
        """See DataSource."""

    async def boundaries(self, source: str, start_timeperiod: str, end_timeperiod: str) -> Boundaries | None:
        random = self._weather.random
        await asyncio.sleep(self._weather.latency())
        name = f"{source} {start_timeperiod} {end_timeperiod}"
        if self.is_calm:
            rows = self._rows.setdefault(name, 1)
        else:
            if random.random() < 0.05:
                raise SourceDown("simulated: the source is down")
            rows = self._rows[name] = self._rows.get(name, 0) + random.choice((0, 0, 1))
        return Boundaries("1", str(rows)) if rows else None
