"""What the contract does not ask of every broker: RabbitMQ's own traps, each against a real node."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from synergy.brokers.rabbitmq import Address, Options, RabbitBroker
from synergy.brokers.rabbitmq.broker import MOST_BODY_BYTES, PROBE_SECONDS
from synergy.brokers.rabbitmq.topology import Q_SET_ASIDE, Topology
from synergy.core.errors import BrokerDown, InvalidArgument
from synergy.core.ports import Broker, Delivery, Message
from tests.servers.rabbitmq import PASSWORD, USER, RabbitNode, free_ports
from tests.servers.tcp_relay import TcpRelay
from tests.waiting import wait_until

pytestmark = pytest.mark.real

QUEUE = "q_Flights"
SOON = Options(timeout_seconds=1.0)


class Place:
    """A virtual host of its own, and brokers on it that are stopped at the end."""

    def __init__(self, node: RabbitNode, stack: AsyncExitStack) -> None:
        self.node = node
        self.vhost = node.new_vhost()
        self._stack = stack

    @property
    def address(self) -> Address:
        return Address.parse(self.node.url(self.vhost))

    async def broker(
        self, options: Options = SOON, address: Address | None = None, queues: Sequence[str] = (QUEUE,)
    ) -> RabbitBroker:
        broker = RabbitBroker(address or self.address, options)
        await broker.start()
        self._stack.push_async_callback(broker.stop)
        await broker.declare(queues)
        return broker


@pytest.fixture
async def place(rabbit_node: RabbitNode) -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        made = Place(rabbit_node, stack)
        yield made
    rabbit_node.drop_vhost(made.vhost)


class Catch:
    """Collects bodies, and acknowledges them at once unless told to ``keep`` them in hand."""

    def __init__(self, *, keep: bool = False) -> None:
        self.deliveries: list[Delivery] = []
        self._keep = keep

    @property
    def bodies(self) -> list[bytes]:
        return [delivery.body for delivery in self.deliveries]

    def __call__(self, deliveries: Sequence[Delivery]) -> None:
        self.deliveries += deliveries
        if not self._keep:
            for delivery in deliveries:
                delivery.ack()


def messages(*bodies: bytes) -> list[Message]:
    return [Message(QUEUE, body) for body in bodies]


async def test_a_message_whose_queue_was_deleted_is_no_success_but_declared_and_sent_again(place: Place) -> None:
    broker, catch = await place.broker(), Catch()
    place.node.delete_queue(place.vhost, QUEUE)
    await broker.publish(messages(b"kept"))
    await broker.consume(QUEUE, 5, catch)
    await wait_until(lambda: catch.bodies == [b"kept"])
    assert broker.state().losses == 1


async def test_a_message_that_reaches_no_queue_is_an_error(place: Place) -> None:
    place.node.permit(USER, place.vhost, configure="^(ex_|q_@).*")
    broker = await place.broker(queues=())
    with pytest.raises(BrokerDown, match=QUEUE):
        await broker.publish(messages(b"lost"))
    assert broker.state().up


async def test_a_deleted_queue_is_declared_and_consumed_again(place: Place) -> None:
    broker, catch = await place.broker(), Catch()
    await broker.consume(QUEUE, 5, catch)
    place.node.delete_queue(place.vhost, QUEUE)
    await wait_until(lambda: QUEUE in place.node.unsettled(place.vhost))
    await broker.publish(messages(b"one"))
    await wait_until(lambda: catch.bodies == [b"one"])
    await wait_until(lambda: broker.state().losses)


async def test_a_deleted_queue_without_a_consumer_is_found_and_declared_again(place: Place) -> None:
    broker = await place.broker(queues=("q_other", QUEUE))
    place.node.delete_queue(place.vhost, QUEUE)

    await wait_until(lambda: broker.state().losses == 1, 6 * PROBE_SECONDS)

    assert place.node.waiting(place.vhost)[QUEUE] == 0
    assert broker.state().up


async def test_a_channel_that_the_server_closes_takes_nothing_else_along(place: Place) -> None:
    broker, catch, other = await place.broker(), Catch(keep=True), Catch()
    await broker.declare(["q_other"])
    await broker.consume(QUEUE, 5, catch)
    await broker.consume("q_other", 5, other)
    await broker.publish(messages(b"in hand"))
    await wait_until(lambda: catch.bodies == [b"in hand"])
    since = broker.state().since
    session = broker._session
    assert session is not None
    lane = session._consumers[QUEUE]._lane
    assert lane is not None
    lane.ack(99, multiple=False)  # a tag that was never given out: the server closes the channel
    await wait_until(lambda: catch.bodies == [b"in hand", b"in hand"])
    await broker.publish([Message("q_other", b"x")])
    await wait_until(lambda: other.bodies == [b"x"])
    assert broker.state().since == since
    assert broker.state().losses == 0


async def test_what_is_set_aside_is_kept_with_its_reason(place: Place) -> None:
    broker, catch = await place.broker(), Catch(keep=True)
    await broker.consume(QUEUE, 5, catch)
    await broker.publish(messages(b"\x00garbage"))
    await wait_until(lambda: len(catch.deliveries) == 1)
    catch.deliveries[0].set_aside("no JSON")
    await wait_until(lambda: place.node.unsettled(place.vhost)[QUEUE] == 0)
    assert place.node.take(place.vhost, Q_SET_ASIDE) == [(b"\x00garbage", {"x-queue": QUEUE, "x-reason": "no JSON"})]


async def test_a_stop_waits_for_what_is_being_set_aside(place: Place) -> None:
    broker, catch = await place.broker(), Catch(keep=True)
    await broker.consume(QUEUE, 100, catch)
    await broker.publish(messages(*[b"bad"] * 50))
    await wait_until(lambda: len(catch.deliveries) == 50)
    for delivery in catch.deliveries:
        delivery.set_aside("bad")
    await broker.stop()
    assert len(place.node.take(place.vhost, Q_SET_ASIDE)) == 50
    assert place.node.take(place.vhost, QUEUE) == []


async def test_pending_confirmations_fail_when_the_connection_is_lost(place: Place) -> None:
    relay = TcpRelay(place.node.port)
    await relay.start()
    broker = await place.broker(Options(timeout_seconds=30.0), Address.parse(place.node.url(place.vhost, relay.port)))
    relay.hold()
    publishing = asyncio.ensure_future(broker.publish(messages(*[b"x"] * 100)))
    await wait_until(lambda: relay.held_bytes > 0)
    started = time.monotonic()
    relay.cut()
    with pytest.raises(BrokerDown, match="lost"):
        await publishing
    assert time.monotonic() - started < 5.0
    await wait_until(lambda: broker.state().up)
    await broker.publish(messages(b"again"))
    await broker.stop()
    await relay.stop()


async def test_a_connection_that_the_server_closes_is_made_anew(place: Place) -> None:
    broker, catch = await place.broker(), Catch()
    await broker.consume(QUEUE, 5, catch)
    before = broker.state().since
    place.node.ask('rabbit_networking:close_all_connections("maintenance")')
    await wait_until(lambda: broker.state().up and broker.state().since > before)
    await broker.publish(messages(b"one"))
    await wait_until(lambda: catch.bodies == [b"one"])


@pytest.fixture
def short_of_memory(rabbit_node: RabbitNode) -> Iterator[RabbitNode]:
    yield rabbit_node
    rabbit_node.be_short_of_memory(short=False)


async def publish_until_refused(broker: Broker, seconds: float) -> None:
    """Publish again and again: an alarm takes a moment to reach the connections."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        await broker.publish(messages(b"during"))


async def test_a_memory_alarm_is_told_and_hangs_nobody(place: Place, short_of_memory: RabbitNode) -> None:
    broker, catch = await place.broker(), Catch(keep=True)
    await broker.consume(QUEUE, 5, catch)
    await broker.publish(messages(b"before"))
    await wait_until(lambda: catch.bodies == [b"before"])
    short_of_memory.be_short_of_memory(short=True)
    started = time.monotonic()
    with pytest.raises(BrokerDown, match="blocked"):
        await publish_until_refused(broker, 10)
    assert time.monotonic() - started < 10 + 3 * SOON.timeout_seconds
    assert not broker.state().up
    assert "blocked" in broker.state().detail
    with pytest.raises(BrokerDown, match="blocked"):
        await broker.publish(messages(b"at once"))
    catch.deliveries[0].ack()  # consumers go on: that is what makes the queues shorter
    await wait_until(lambda: short_of_memory.unsettled(place.vhost)[QUEUE] == 0)
    short_of_memory.be_short_of_memory(short=False)
    await wait_until(lambda: broker.state().up)
    await broker.publish(messages(b"after"))
    await wait_until(lambda: b"after" in catch.bodies)


async def test_a_refused_connection_names_host_and_port() -> None:
    (port,) = free_ports(1)
    broker = RabbitBroker(Address.parse(f"amqp://u:secret@127.0.0.1:{port}/"), SOON)
    with pytest.raises(BrokerDown, match=rf"127\.0\.0\.1:{port} cannot be reached: connection refused"):
        await broker.start()


async def test_a_server_that_does_not_answer_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(BrokerDown, match="within 1 s"):
            await RabbitBroker(Address.parse(f"amqp://127.0.0.1:{port}/"), SOON).start()


@pytest.mark.parametrize(
    ("user", "password", "vhost", "says"),
    [
        (USER, "wrong-one", "/", f"refuses user {USER}"),
        ("nobody", PASSWORD, "/", "refuses user nobody"),
        (USER, PASSWORD, "missing", 'virtual host "missing"'),
    ],
)
async def test_who_is_not_let_in_is_told_why_and_shown_no_password(
    rabbit_node: RabbitNode, user: str, password: str, vhost: str, says: str
) -> None:
    broker = RabbitBroker(Address("localhost", rabbit_node.port, user, password, vhost), SOON)
    with pytest.raises(BrokerDown, match=says) as caught:
        await broker.start()
    assert password not in f"{caught.value} {caught.value!r} {broker.state()}"


async def test_tls_is_spoken_with_servers_that_can_be_trusted(place: Place) -> None:
    url = place.node.url(place.vhost, place.node.tls_port, "amqps")
    broker, catch = await place.broker(address=Address.parse(url, ca_file=place.node.ca_file)), Catch()
    await broker.publish(messages(b"secret"))
    await broker.consume(QUEUE, 5, catch)
    await wait_until(lambda: catch.bodies == [b"secret"])
    with pytest.raises(BrokerDown, match="certificate"):
        await RabbitBroker(Address.parse(url), SOON).start()
    with pytest.raises(BrokerDown, match=r"mq_ca_file missing\.pem cannot be used: no such file"):
        await RabbitBroker(Address.parse(url, ca_file=Path("missing.pem")), SOON).start()


async def test_deployments_with_prefixes_share_a_virtual_host_and_never_meet(place: Place) -> None:
    one, two = [await place.broker(Options(Topology(prefix), 1.0)) for prefix in ("one.", "two.")]
    first, second = Catch(), Catch()
    await one.consume(QUEUE, 5, first)
    await two.consume(QUEUE, 5, second)
    await one.publish(messages(b"1"))
    await two.publish(messages(b"2"))
    await wait_until(lambda: (first.bodies, second.bodies) == ([b"1"], [b"2"]))
    assert {delivery.queue for delivery in first.deliveries + second.deliveries} == {QUEUE}


async def test_quorum_queues_deliver_again_what_is_given_back(place: Place) -> None:
    broker, catch, again = await place.broker(Options(Topology(quorum=True), 5.0)), Catch(keep=True), Catch()
    await broker.publish(messages(b"1", b"2", b"3"))
    await broker.consume(QUEUE, 2, catch)
    await wait_until(lambda: catch.bodies == [b"1", b"2"])
    await broker.cancel(QUEUE)
    await broker.consume(QUEUE, 5, again)
    await wait_until(lambda: sorted(again.bodies) == [b"1", b"2", b"3"])


async def test_a_queue_of_another_type_is_refused_with_a_remedy(place: Place) -> None:
    await place.broker()
    with pytest.raises(BrokerDown, match=r"queue .*inequivalent arg 'x-queue-type'") as caught:
        await place.broker(Options(Topology(quorum=True), 5.0))
    assert "mq_queue_type" in caught.value.remedy


async def test_a_message_beyond_all_measure_is_refused(place: Place) -> None:
    broker = await place.broker()
    with pytest.raises(InvalidArgument, match="over the limit"):
        await broker.publish(messages(b"x" * (MOST_BODY_BYTES + 1)))
    await broker.publish(messages(b"x" * 1_000_000))


async def test_depths_tell_what_waits_and_what_we_have_in_hand(place: Place) -> None:
    broker, catch = await place.broker(), Catch(keep=True)
    await broker.publish(messages(b"1", b"2", b"3"))
    await broker.consume(QUEUE, 2, catch)
    await wait_until(lambda: len(catch.deliveries) == 2)
    depth = (await broker.depths())[QUEUE]
    assert (depth.ready, depth.unsettled, depth.consumers) == (1, 2, 1)
    await broker.cancel(QUEUE)
    place.node.delete_queue(place.vhost, QUEUE)
    depth = (await broker.depths())[QUEUE]
    assert (depth.ready, depth.unsettled, depth.consumers) == (0, 0, 0)
    assert broker.state().up


async def test_more_than_a_window_is_published_in_one_go(place: Place) -> None:
    broker = await place.broker(Options(timeout_seconds=10.0))
    await broker.publish(messages(*[b"x"] * 10_000))
    await wait_until(lambda: is_ready(broker, 10_000))


async def is_ready(broker: Broker, count: int) -> bool:
    return (await broker.depths())[QUEUE].ready == count
