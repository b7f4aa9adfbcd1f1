"""Events between arriving and being read."""

from __future__ import annotations

import asyncio

import pytest

from synergy.client import Inbox
from synergy.core.control.events import Alert, Event, Events, Lagged
from synergy.core.errors import DaemonUnreachable


def batch(seq: int, *events: Event) -> Events:
    return Events(seq, "", "", events or (Alert(str(seq), ""),))


async def test_batches_come_out_in_their_order() -> None:
    inbox = Inbox()
    for seq in (1, 2, 3):
        inbox.put(batch(seq))
    assert [(await anext(inbox)).seq for _ in range(3)] == [1, 2, 3]


async def test_a_reader_waits_for_the_next_batch() -> None:
    inbox = Inbox()
    waiting = asyncio.ensure_future(anext(inbox))
    await asyncio.sleep(0)
    assert not waiting.done()
    inbox.put(batch(1))
    assert (await waiting).seq == 1


async def test_what_overflows_becomes_one_lagged_that_counts_it_all() -> None:
    inbox = Inbox(most_events=3)
    for seq in range(1, 9):
        inbox.put(batch(seq))
    found = await anext(inbox)
    assert isinstance(found.events[0], Lagged)
    inbox.end(None)
    rest = [other async for other in inbox]
    assert found.events[0].dropped + len(rest) == 8
    assert found.seq < rest[0].seq


async def test_lagged_of_the_daemon_is_counted_by_what_it_stands_for() -> None:
    inbox = Inbox(most_events=1)
    inbox.put(batch(1, Lagged(10)))
    inbox.put(batch(2))
    assert (await anext(inbox)).events == (Lagged(11),)


async def test_the_end_comes_after_what_waits() -> None:
    inbox = Inbox()
    inbox.put(batch(1))
    inbox.end(None)
    inbox.put(batch(2))
    assert [found.seq async for found in inbox] == [1]


async def test_a_loss_is_raised_after_what_waits() -> None:
    inbox = Inbox()
    inbox.put(batch(1))
    inbox.end(DaemonUnreachable("gone"))
    assert (await anext(inbox)).seq == 1
    with pytest.raises(DaemonUnreachable, match="gone"):
        await anext(inbox)
