"""What the control server tells its clients: events in order, taken up after a cut, and growing logs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from synergy.client import ControlClient
from synergy.core.control import replies, requests
from synergy.core.control.events import Alert, Lagged, LogGrew, Stopping, UowChanged
from synergy.core.control.requests import Request
from synergy.core.errors import (
    IllegalState,
    InvalidArgument,
    WorldError,
)
from synergy.daemon import subscriptions
from synergy.daemon.control_server import Caller
from tests.serving import HELLO, NOW, Gate, answer, line_of, next_of, raw, serving
from tests.waiting import wait_until


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "control.sock"


async def test_events_follow_the_subscription_with_rising_numbers(path: Path) -> None:
    async with serving(path) as server:
        client = await ControlClient.connect(path, "test")
        server.broadcast([Alert("before", "x")], NOW)
        subscribed = await client.call(requests.Subscribe())
        assert subscribed.seq == server.seq == 1
        server.broadcast([Alert("a", "x"), Alert("b", "x")], NOW)
        server.broadcast([Stopping("x")], NOW)
        first, second = await next_of(client), await next_of(client)
        assert (first.seq, first.schedule_time, first.events) == (2, NOW, (Alert("a", "x"), Alert("b", "x")))
        assert first.at == "2027-01-15T08:00:00.000Z"
        assert (second.seq, second.events) == (3, (Stopping("x"),))
        await client.close()


async def test_who_does_not_subscribe_hears_nothing(path: Path) -> None:
    async with serving(path) as server:
        client = await ControlClient.connect(path, "test")
        server.broadcast([Alert("a", "x")], NOW)
        await client.call(requests.Status())
        await client.close()
        with pytest.raises(StopAsyncIteration):
            await anext(client.events())


async def test_no_event_is_lost_or_overtakes_while_a_subscription_is_made(path: Path) -> None:
    gate = Gate()
    async with serving(path, gate) as server:
        reader, writer = await raw(path)
        writer.write(HELLO + b'{"jsonrpc":"2.0","id":2,"method":"subscribe"}\n')
        await line_of(reader)
        await gate.entered.wait()
        server.broadcast([Alert("meanwhile", "x")], NOW)
        gate.opened.set()
        subscribed = await line_of(reader)
        event = await line_of(reader)
        assert (subscribed["id"], subscribed["result"]["seq"]) == (2, 0)
        assert (event["params"]["seq"], event["params"]["events"][0]["code"]) == (1, "meanwhile")
        writer.close()


async def test_who_was_cut_off_hears_what_it_missed_and_nothing_twice(path: Path) -> None:
    async with serving(path) as server:
        client = await ControlClient.connect(path, "test")
        await client.call(requests.Subscribe())
        server.broadcast([Alert("heard", "x")], NOW)
        heard = (await next_of(client)).seq
        await client.close()
        await wait_until(lambda: not server._sessions)
        assert server.is_heard
        server.broadcast([Alert("missed", "x")], NOW)
        server.broadcast([LogGrew("A@2013010100.1", 1, 3), Alert("too", "x")], NOW)
        again = await ControlClient.connect(path, "test")
        subscribed = await again.call(requests.Subscribe(after=heard, daemon_id="d"))
        assert (subscribed.resumed, subscribed.seq) == (True, heard)
        server.broadcast([Alert("new", "x")], NOW)
        told = [await next_of(again) for _ in range(3)]
        assert [event for batch in told for event in batch.events] == [
            Alert("missed", "x"), Alert("too", "x"), Alert("new", "x"),
        ]  # fmt: skip
        assert [batch.seq for batch in told] == sorted({batch.seq for batch in told})
        await again.close()


@pytest.mark.parametrize(
    ("after", "daemon_id"), [(1, "another"), (1, ""), (99, "d"), (0, "d")], ids=["another", "none", "ahead", "gone"]
)
async def test_who_cannot_take_up_begins_anew(path: Path, after: int, daemon_id: str) -> None:
    async with serving(path) as server:
        server.broadcast([Alert("unheard", "x")], NOW)
        client = await ControlClient.connect(path, "test")
        subscribed = await client.call(requests.Subscribe(after=after, daemon_id=daemon_id))
        assert (subscribed.resumed, subscribed.seq) == (False, 1)
        await client.close()


async def test_taking_up_twice_on_one_connection_tells_nothing_again(path: Path) -> None:
    async with serving(path) as server:
        client = await ControlClient.connect(path, "test")
        await client.call(requests.Subscribe())
        server.broadcast([Alert("once", "x")], NOW)
        assert (await next_of(client)).seq == 1
        assert not (await client.call(requests.Subscribe(after=0, daemon_id="d"))).resumed
        await client.close()
        assert [batch async for batch in client.events()] == []


async def test_nothing_is_kept_for_ever_for_whom_does_not_come_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "KEEP_SECONDS", 0.01)
    async with serving(path) as server:
        client = await ControlClient.connect(path, "test")
        await client.call(requests.Subscribe())
        await client.close()
        await wait_until(lambda: not server._sessions and not server.is_heard)
        server.broadcast([Alert("unheard", "x")], NOW)
        again = await ControlClient.connect(path, "test")
        assert not (await again.call(requests.Subscribe(after=0, daemon_id="d"))).resumed
        await again.close()


async def test_a_subscription_that_fails_sends_nothing(path: Path) -> None:
    async def down(request: Request[Any], caller: Caller) -> replies.Reply:
        if isinstance(request, requests.Subscribe):
            raise WorldError("the store is down")
        return await answer(request, caller)

    async with serving(path, down) as server:
        client = await ControlClient.connect(path, "test")
        with pytest.raises(WorldError, match="store is down"):
            await client.call(requests.Subscribe())
        server.broadcast([Alert("a", "x")], NOW)
        await client.call(requests.Status())
        await client.close()
        with pytest.raises(StopAsyncIteration):
            await anext(client.events())


async def test_a_large_batch_travels_in_lines_of_bounded_length(path: Path) -> None:
    async with serving(path) as server:
        client = await ControlClient.connect(path, "test")
        await client.call(requests.Subscribe())
        server.broadcast([Alert(str(number), "x") for number in range(2500)], NOW)
        batches = [await next_of(client) for _ in range(3)]
        assert [(batch.seq, len(batch.events)) for batch in batches] == [(1, 1000), (2, 1000), (3, 500)]
        await client.close()


async def test_a_client_that_does_not_read_costs_bounded_memory_and_is_told_once(path: Path) -> None:
    async with serving(path) as server:
        reader, writer = await raw(path)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        other = await ControlClient.connect(path, "other")
        await other.call(requests.Subscribe())
        writer.write(HELLO + b'{"jsonrpc":"2.0","id":2,"method":"subscribe"}\n')
        (slow,) = [session for session in server._sessions if session.caller is None or session.caller.client == "raw"]
        await wait_until(lambda: server._subscriptions.knows(slow) and not slow.outbox.is_blocked)
        text = "x" * 10_000
        for number in range(2_000):
            server.broadcast([Alert(str(number), text)], NOW)
            assert (await next_of(other)).seq == number + 1
        assert slow.outbox._bytes <= 4 * 1024 * 1024 + 20_000
        writer.transport.resume_reading()  # type: ignore[attr-defined]
        seen: list[int] = []
        dropped = 0
        while not dropped:
            found = await line_of(reader)
            for event in found.get("params", {}).get("events", []):
                dropped = event.get("dropped", 0)
                seen += [found["params"]["seq"]]
        assert len(seen) - 1 + dropped == 2_000
        assert seen == sorted(set(seen))
        server.broadcast([Alert("after", "x")], NOW)
        assert (await line_of(reader))["params"]["events"][0]["code"] == "after"
        writer.close()
        await other.close()


async def test_log_growth_goes_to_followers_only_and_is_coalesced(path: Path) -> None:
    async with serving(path) as server:
        client = await ControlClient.connect(path, "follower")
        other = await ControlClient.connect(path, "other")
        await client.call(requests.Subscribe())
        await other.call(requests.Subscribe())
        await client.call(requests.FollowLog("A@2013010100.1"))
        assert server.followed() == {"A@2013010100.1"}
        for total in (10, 20, 30):
            server.broadcast([LogGrew("A@2013010100.1", 1, total), LogGrew("B@2013010100.1", 1, total)], NOW)
        changed = UowChanged("A@2013010100.1", "A", "2013010100", "state_processed", 1)
        server.broadcast([changed], NOW)
        assert (await next_of(client)).events == (LogGrew("A@2013010100.1", 1, 30),)
        assert (await next_of(client)).events == (changed,)
        assert (await next_of(other)).events == (changed,)
        server.broadcast([LogGrew("A@2013010100.1", 1, 40)], NOW)
        assert (await next_of(client)).events == (LogGrew("A@2013010100.1", 1, 40),)
        await client.call(requests.FollowLog("A@2013010100.1", on=False))
        assert server.followed() == set()
        await client.close()
        await other.close()


async def test_following_ends_with_the_connection(path: Path) -> None:
    async with serving(path) as server:
        client = await ControlClient.connect(path, "follower")
        await client.call(requests.Subscribe())
        await client.call(requests.FollowLog("A@2013010100.1"))
        await client.close()
        await wait_until(lambda: server.followed() == set())


async def test_following_needs_a_subscription_and_has_a_limit(path: Path) -> None:
    async with serving(path):
        client = await ControlClient.connect(path, "follower")
        with pytest.raises(IllegalState, match="needs a subscription"):
            await client.call(requests.FollowLog("A@2013010100.1"))
        await client.call(requests.Subscribe())
        for number in range(64):
            await client.call(requests.FollowLog(f"A@20130101.{number}"))
        with pytest.raises(InvalidArgument, match="64 logs are followed"):
            await client.call(requests.FollowLog("A@20130101.64"))
        await client.close()


async def test_events_that_cannot_be_sent_are_told_as_lost(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with serving(path) as server:
        client = await ControlClient.connect(path, "test")
        await client.call(requests.Subscribe())
        server.broadcast([Alert("a", "caf\udce9")], NOW)
        assert (await next_of(client)).events == (Lagged(1),)
        await client.close()
    assert "cannot be sent" in caplog.text
