"""Asks the data source what the engine wants to know of a period, and hands the answers back through the mailbox."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final

from synergy.core.engine import data_source
from synergy.core.engine.outbox import AskBoundaries
from synergy.core.engine.schedule import Schedule
from synergy.core.errors import SourceDown, StoreDown, SynergyError
from synergy.core.ports import DataSource
from synergy.daemon.mailbox import Mailbox

log = logging.getLogger(__name__)

AT_ONCE: Final = 4
ANSWER_SECONDS: Final = 30.0
RETRY_SECONDS: Final = 1.0
"""How often a question is asked again while the store is down."""


class BoundaryReader:
    """Asks at most ``AT_ONCE`` questions at a time. What waits is bounded: a question holds a slot of its process."""

    def __init__(self, source: DataSource, mailbox: Mailbox) -> None:
        self._source = source
        self._mailbox = mailbox
        self._asks: asyncio.Queue[AskBoundaries] = asyncio.Queue()

    def ask(self, asks: Sequence[AskBoundaries]) -> None:
        """Take questions; returns at once."""
        for each in asks:
            self._asks.put_nowait(each)

    async def run(self) -> None:
        """Ask for ever."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(AT_ONCE):
                tasks.create_task(self._work())

    async def _work(self) -> None:
        while True:
            each = await self._asks.get()
            if not await self._hand_back(await self._answer(each)):
                await asyncio.sleep(RETRY_SECONDS)
                self._asks.put_nowait(each)

    async def _hand_back(self, answer: Callable[[Schedule], None]) -> bool:
        """False when the answer was not taken because the store is down; it is old news by the time it is back.

        The schedule may be built anew by then and ask anew, or be the same that waits: one answer too many is harmless.
        """
        try:
            await self._mailbox.ask(answer)
        except StoreDown as error:
            log.info("a data source is asked again: %s", error, extra={"action": "boundaries_wait"})
            return False
        except SynergyError as error:  # the schedule is built anew, and asks anew
            log.info("an answer of the data source is dropped: %s", error, extra={"action": "boundaries_dropped"})
        return True

    async def _answer(self, each: AskBoundaries) -> Callable[[Schedule], None]:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                found = await self._source.boundaries(each.source, each.start_timeperiod, each.end_timeperiod)
        except (SourceDown, TimeoutError) as error:
            said = str(error) or f"no answer within {ANSWER_SECONDS:g} s"
            log.warning("data source, %s: %s", each.key, said, extra={"action": "source_down"})
            return lambda schedule: data_source.source_failed(schedule, each.key)
        return lambda schedule: data_source.boundaries_read(schedule, each.key, found)
