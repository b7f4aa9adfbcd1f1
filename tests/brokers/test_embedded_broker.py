"""The embedded broker beyond the contract: the daemon's own end, its socket, and clients that misbehave."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from synergy.brokers.embedded import EmbeddedBroker, EmbeddedBrokerClient, SetAside, broker, served_client
from synergy.brokers.embedded import frames as wire
from synergy.core.errors import AlreadyRunning, BrokerDown, IllegalState
from synergy.core.ports import Delivery, Message, QueueDepth
from tests.manual_clock import ManualClock
from tests.waiting import wait_until


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "broker.sock"


@pytest.fixture
async def daemon(path: Path) -> AsyncIterator[EmbeddedBroker]:
    running = EmbeddedBroker(path, ManualClock(real=5.0))
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def supervisor(daemon: EmbeddedBroker, path: Path) -> AsyncIterator[EmbeddedBrokerClient]:
    assert daemon.state().up
    client = EmbeddedBrokerClient(path, 5.0)
    await client.start()
    yield client
    await client.stop()


class Hands:
    """Takes deliveries and keeps them."""

    def __init__(self) -> None:
        self.held: list[Delivery] = []

    def __call__(self, deliveries: Sequence[Delivery]) -> None:
        self.held += deliveries


def is_there(path: Path) -> bool:
    return path.exists()


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_only_the_daemons_own_user_may_connect(daemon: EmbeddedBroker, path: Path) -> None:
    assert mode_of(path) == 0o600
    await daemon.stop()
    assert not is_there(path)


async def test_a_second_broker_on_the_same_socket_is_refused(daemon: EmbeddedBroker, path: Path) -> None:
    with pytest.raises(AlreadyRunning):
        await EmbeddedBroker(path).start()
    assert daemon.state().up


async def test_the_daemon_consumes_what_supervisors_publish(
    daemon: EmbeddedBroker, supervisor: EmbeddedBrokerClient
) -> None:
    hands = Hands()
    await daemon.consume("q", 2, hands)
    await supervisor.publish([Message("q", b"1"), Message("q", b"2"), Message("q", b"3")])
    await wait_until(lambda: len(hands.held) == 2)
    hands.held[0].ack()
    await wait_until(lambda: len(hands.held) == 3)
    assert [delivery.body for delivery in hands.held] == [b"1", b"2", b"3"]


async def test_the_daemons_own_consumer_goes_on_after_a_restart_of_the_broker(daemon: EmbeddedBroker) -> None:
    hands = Hands()
    await daemon.consume("q", 5, hands)
    await daemon.publish([Message("q", b"1")])
    await wait_until(lambda: len(hands.held) == 1)
    await daemon.stop()
    hands.held[0].ack()
    assert (await daemon.depths())["q"] == QueueDepth(ready=1, unsettled=0, consumers=0)
    await daemon.start()
    await wait_until(lambda: len(hands.held) == 2)
    hands.held[1].ack()
    assert (await daemon.depths())["q"] == QueueDepth(ready=0, unsettled=0, consumers=1)


async def test_the_daemons_own_consumer_can_be_cancelled(daemon: EmbeddedBroker) -> None:
    hands = Hands()
    await daemon.consume("q", 5, hands)
    with pytest.raises(IllegalState, match="consumed already"):
        await daemon.consume("q", 5, hands)
    await daemon.publish([Message("q", b"1")])
    await wait_until(lambda: len(hands.held) == 1)
    await daemon.cancel("q")
    await daemon.cancel("q")
    assert (await daemon.depths())["q"] == QueueDepth(ready=1, unsettled=0, consumers=0)


async def test_a_queue_can_be_consumed_once_by_a_supervisor(supervisor: EmbeddedBrokerClient) -> None:
    await supervisor.consume("q", 5, Hands())
    with pytest.raises(IllegalState, match="consumed already"):
        await supervisor.consume("q", 5, Hands())


async def test_messages_set_aside_are_kept_with_their_reason(
    daemon: EmbeddedBroker, supervisor: EmbeddedBrokerClient, caplog: pytest.LogCaptureFixture
) -> None:
    near, far = Hands(), Hands()
    await daemon.consume("q_near", 5, near)
    await supervisor.consume("q_far", 5, far)
    await daemon.publish([Message("q_near", b"a"), Message("q_far", b"b")])
    await wait_until(lambda: near.held and far.held)
    near.held[0].set_aside("no JSON")
    far.held[0].set_aside("no process")
    await wait_until(lambda: daemon.set_aside_count == 2)
    assert daemon.set_aside() == (
        SetAside("q_near", b"a", "no JSON", 5.0),
        SetAside("q_far", b"b", "no process", 5.0),
    )
    assert [record.__dict__["action"] for record in caplog.records].count("message_set_aside") == 2


async def test_a_purge_drops_what_is_offered_anew(daemon: EmbeddedBroker) -> None:
    await daemon.publish([Message("q", b"1"), Message("q", b"2")])
    assert daemon.purge("q") == 2
    assert (await daemon.depths())["q"].ready == 0


async def test_a_stopped_broker_publishes_nothing(daemon: EmbeddedBroker) -> None:
    await daemon.stop()
    assert daemon.state().detail == "not running"
    with pytest.raises(BrokerDown):
        await daemon.publish([Message("q", b"1")])


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x00\x00\x00\x03abc",
        wire._encode([wire.Consume(1, "q", 0)]),
        wire._encode([wire.Consume(1, "q", 10**7)]),
        wire._encode([wire.Consume(1, "q", 1), wire.Consume(1, "q", 1)]),
        wire._encode([wire.Consume(number, "q", 1) for number in range(served_client.MOST_CONSUMERS + 1)]),
    ],
)
async def test_a_client_that_sends_garbage_is_closed_and_nobody_else(
    daemon: EmbeddedBroker, supervisor: EmbeddedBrokerClient, path: Path, garbage: bytes
) -> None:
    reader, writer = await asyncio.open_unix_connection(str(path))
    framed = garbage if garbage[:1] in {b"G", b"\x00"} else len(garbage).to_bytes(4, "big") + garbage
    writer.write(framed)
    async with asyncio.timeout(5):
        with suppress(ConnectionError):
            assert await reader.read() == b""
    writer.close()
    await supervisor.publish([Message("q", b"1")])
    assert daemon.state().up


async def test_operations_on_unknown_consumers_change_nothing(daemon: EmbeddedBroker, path: Path) -> None:
    reader, writer = await asyncio.open_unix_connection(str(path))
    frame = wire._encode([wire.Settle(9, [1], [(2, "x")]), wire.Cancel(9), wire.AskDepths(1)])
    writer.write(len(frame).to_bytes(4, "big") + frame)
    async with asyncio.timeout(5):
        length = int.from_bytes(await reader.readexactly(4), "big")
        assert wire.decode_broker(await reader.readexactly(length)) == [wire.Depths(1, {})]
    writer.close()
    assert daemon.state().up


async def test_a_client_too_many_is_not_served(
    daemon: EmbeddedBroker, supervisor: EmbeddedBrokerClient, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "MOST_CLIENTS", 1)
    other = EmbeddedBrokerClient(path, 1.0)
    await other.start()
    await wait_until(lambda: not other.state().up)
    await other.stop()
    assert daemon.state().up
    assert supervisor.state().up


async def test_a_supervisor_without_a_daemon_is_told_so_at_once(path: Path) -> None:
    client = EmbeddedBrokerClient(path, 1.0)
    with pytest.raises(BrokerDown, match="cannot be reached: no such file or directory") as caught:
        await client.start()
    assert "start the daemon" in caught.value.remedy
    await client.stop()


async def test_a_broker_that_never_answers_is_down_in_bounded_time(path: Path) -> None:
    held: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_unix_server(lambda _, writer: held.append(writer), str(path))
    client = EmbeddedBrokerClient(path, 0.05)
    await client.start()
    with pytest.raises(BrokerDown, match=r"did not confirm what was published within 0\.05 s"):
        await client.publish([Message("q", b"1")])
    with pytest.raises(BrokerDown, match="did not tell the depths"):
        await client.depths()
    await client.stop()
    for writer in held:
        writer.close()
    silent.close()


async def test_a_broker_that_sends_garbage_is_left_and_tried_again(path: Path) -> None:
    greeted = asyncio.Event()

    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x00\x00\x00\x03abc")
        await reader.read()
        writer.close()
        greeted.set()

    server = await asyncio.start_unix_server(babble, str(path))
    client = EmbeddedBrokerClient(path, 1.0)
    await client.start()
    await wait_until(lambda: "unreadable" in client.state().detail)
    server.close()
    await client.stop()


async def test_publishes_that_wait_for_a_confirmation_learn_of_the_loss(path: Path) -> None:
    writers: list[asyncio.StreamWriter] = []
    server = await asyncio.start_unix_server(lambda _, writer: writers.append(writer), str(path))
    client = EmbeddedBrokerClient(path, 5.0)
    await client.start()
    publishing = asyncio.ensure_future(client.publish([Message("q", b"1")]))
    asking = asyncio.ensure_future(client.depths())
    await wait_until(lambda: writers)
    writers[0].close()
    for waiting in (publishing, asking):
        with pytest.raises(BrokerDown, match="closed the connection"):
            await waiting
    server.close()
    await client.stop()


async def test_large_publishes_are_cut_into_frames_in_order(
    daemon: EmbeddedBroker, supervisor: EmbeddedBrokerClient
) -> None:
    hands = Hands()
    await daemon.consume("q", 100, hands)
    bodies = [bytes([number]) * 400_000 for number in range(12)]
    await supervisor.publish([Message("q", body) for body in bodies])
    await wait_until(lambda: len(hands.held) == 12)
    assert [delivery.body for delivery in hands.held] == bodies
