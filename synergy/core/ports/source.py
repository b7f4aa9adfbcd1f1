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

    async def close(self) -> None:
        """Let go of connections; may be called twice."""
        ...

    async def boundaries(self, source: str, start_timeperiod: str, end_timeperiod: str) -> Boundaries | None:
        """The data in [start_timeperiod, end_timeperiod); None when there is none.

        Args:
            source: the name of a table or collection, whose rows tell their time in a field ``timeperiod``, a text
                that begins as timeperiods do.
            start_timeperiod: the first timeperiod that counts.
            end_timeperiod: the first one that does not count any more.

        Raises:
            SourceDown: it cannot be asked, or has no such table.
        """
        ...
