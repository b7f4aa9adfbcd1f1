"""The port to the data that recomputing processes work on."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct


class Boundaries(Struct, frozen=True):
    """The lowest and highest primary key of a timeperiod's data."""

    start_id: str
    end_id: str


class DataSource(Protocol):
    """Where a recomputing process reads what it works on."""

    async def boundaries(self, source: str, start_timeperiod: str, end_timeperiod: str) -> Boundaries | None:
        """The data in [start_timeperiod, end_timeperiod); None when there is none."""
        ...
