"""The command ``batch wait``: sleeps on the daemon's events until batches have ended.

As ``wait`` it subscribes first and looks afterwards, and looks again after dropped events.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import click

from synergy.cli.connection import ANSWER_SECONDS, Updates, followed
from synergy.cli.failures import tell_parts
from synergy.cli.orders import state_of
from synergy.cli.output import Column, RowWriter
from synergy.cli.program import Invocation, command
from synergy.cli.reconnecting import outlast_restarts
from synergy.cli.targets import read_names
from synergy.cli.waiting import FIRST_LOOK_SECONDS, LOOK_SECONDS, NEGATIVE
from synergy.client import ControlClient
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.control.events import DirectiveChanged, Event, Lagged
from synergy.core.errors import RequestTimedOut

DONE: Final = "done"
COLUMNS: Final = (
    Column[r.Directive]("ID", lambda one: one.directive_id),
    Column[r.Directive]("WHAT", lambda one: one.reach),
    Column[r.Directive]("STATE", state_of),
)


@command(
    "wait",
    "synergyctl batch wait p4c1d22f09a --timeout 3600",
    "synergyctl batch ls -o json | jq -r '.[].directive_id' | synergyctl batch wait -",
)
@click.argument("batch_ids", nargs=-1, required=True, metavar="BATCH_ID…")
@click.option("--timeout", type=click.FloatRange(min=0), metavar="S", help="Give up after S seconds (exit 124).")
def wait(invocation: Invocation, batch_ids: tuple[str, ...], timeout: float | None) -> int:
    """Wait until all batches are done; exit 1 as soon as one is canceled or undone."""
    return asyncio.run(_wait(invocation, _Watch(read_names(batch_ids)), timeout))


class _Watch:
    """The batches that have not ended; ``failed``: the first one that ended in another way than done."""

    def __init__(self, batch_ids: Sequence[str]) -> None:
        self.missing = list(batch_ids)
        self.ended: list[r.Directive] = []
        self.failed: r.Directive | None = None

    @property
    def is_over(self) -> bool:
        """Whether there is nothing to wait for any more."""
        return self.failed is not None or not self.missing

    async def look(self, client: ControlClient) -> None:
        """Read how they stand; those that have ended are ``ended``, until they are told."""
        for batch_id in tuple(self.missing):
            batch = (await client.call(q.ShowBatch(batch_id), timeout=ANSWER_SECONDS)).batch
            if batch.lifted is not None:
                self.missing.remove(batch_id)
                self.ended.append(batch)
                if batch.outcome != DONE:
                    self.failed = batch
                    return


async def _wait(invocation: Invocation, watch: _Watch, timeout: float | None) -> int:  # noqa: ASYNC109 - the user's
    writer = RowWriter(invocation.output, COLUMNS, empty=None)
    first = None if timeout is None else max(timeout, FIRST_LOOK_SECONDS)
    try:
        async with asyncio.timeout(first) as limit:

            def looked() -> None:
                writer.add(watch.ended)
                watch.ended.clear()
                if timeout is not None and not watch.is_over:
                    limit.reschedule(started + timeout)

            started = asyncio.get_running_loop().time()
            use = partial(_watch, watch=watch, looked=looked)
            await outlast_restarts(partial(followed, invocation), use)
    except TimeoutError:
        told = f"not done within {timeout:g} s: {', '.join(watch.missing)}"
        raise RequestTimedOut(told, remedy="see synergyctl batch ls") from None
    finally:
        writer.close()
    if watch.failed is None:
        return 0
    told = f"batch {watch.failed.directive_id} is not done: {watch.failed.outcome or 'lifted'}"
    tell_parts("ended_otherwise", told, as_json=invocation.as_json)
    return NEGATIVE


async def _watch(link: tuple[ControlClient, Updates], watch: _Watch, looked: Callable[[], None]) -> None:
    client, updates = link
    while True:
        await watch.look(client)
        looked()
        if watch.is_over:
            return
        while not _may_have_ended(await updates.wait(LOOK_SECONDS), watch.missing):
            pass


def _may_have_ended(events: Sequence[Event], batch_ids: Sequence[str]) -> bool:
    """Whether to look again: one of them has ended, it is not known, or nothing was heard for long."""
    return not events or any(
        isinstance(event, Lagged)
        or (isinstance(event, DirectiveChanged) and event.is_lifted and event.directive_id in batch_ids)
        for event in events
    )
