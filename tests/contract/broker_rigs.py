"""Every broker that the contract is held against, each with the means to be cut off and to be taken down.

A rig makes endpoints of its own: one that publishes, and as many as needed that consume. A new adapter adds its rig to
``RIGS`` and passes the suite as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final, Protocol

import msgspec

from synergy.brokers.embedded import EmbeddedBroker, EmbeddedBrokerClient
from synergy.brokers.rabbitmq import Address, Options, RabbitBroker
from synergy.core.ports import Broker, QueueDepth
from tests.servers.rabbitmq import RabbitNode
from tests.servers.tcp_relay import TcpRelay
from tests.simulation.broker import Exchange, SimulatedBroker, SureWire

LIMIT_SECONDS: Final = 5.0


class Rig(Protocol):
    """One broker under test."""

    @property
    def publisher(self) -> Broker:
        """The endpoint that publishes; it is connected."""
        ...

    async def consumer(self) -> Broker:
        """A new connected endpoint; the rig stops it."""
        ...

    async def break_connections(self) -> None:
        """Cut the connections of all endpoints, without the broker itself going down."""
        ...

    async def go_down(self) -> None:
        """The broker cannot be reached until ``come_up``; it keeps its messages."""
        ...

    async def come_up(self) -> None:
        """It can be reached again."""
        ...


class EmbeddedRig:
    """The embedded broker; the daemon's end or a supervisor's publishes, supervisors consume."""

    def __init__(self, path: Path, *, daemon_publishes: bool) -> None:
        self._path = path
        self._broker = EmbeddedBroker(path)
        self._client = EmbeddedBrokerClient(path, LIMIT_SECONDS)
        self._endpoints: list[Broker] = [self._client]
        self.publisher: Broker = self._broker if daemon_publishes else self._client

    async def start(self) -> None:
        await self._broker.start()
        await self._client.start()

    async def stop(self) -> None:
        for endpoint in self._endpoints:
            await endpoint.stop()
        await self._broker.stop()

    async def consumer(self) -> Broker:
        endpoint = EmbeddedBrokerClient(self._path, LIMIT_SECONDS)
        self._endpoints.append(endpoint)
        await endpoint.start()
        return endpoint

    async def break_connections(self) -> None:
        self._broker.disconnect_clients()

    async def go_down(self) -> None:
        await self._broker.stop()

    async def come_up(self) -> None:
        await self._broker.start()


class _KnowingPublisher(RabbitBroker):
    """A publisher whose depths also tell what others have in hand: AMQP does not, the node itself does."""

    def __init__(self, address: Address, node: RabbitNode, vhost: str) -> None:
        super().__init__(address, Options(timeout_seconds=LIMIT_SECONDS))
        self._node = node
        self._vhost = vhost

    async def depths(self) -> Mapping[str, QueueDepth]:
        depths = await super().depths()
        unsettled = self._node.unsettled(self._vhost)
        return {name: msgspec.structs.replace(depth, unsettled=unsettled[name]) for name, depth in depths.items()}


class RabbitRig:
    """A virtual host of the session's RabbitMQ node, at the other end of a wire that can be cut."""

    def __init__(self, node: RabbitNode) -> None:
        self._node = node
        self._vhost = node.new_vhost()
        self._relay = TcpRelay(node.port)
        self._endpoints: list[Broker] = []

    async def start(self) -> None:
        await self._relay.start()
        self._address = Address.parse(self._node.url(self._vhost, self._relay.port))
        self.publisher: Broker = _KnowingPublisher(self._address, self._node, self._vhost)
        self._endpoints.append(self.publisher)
        await self.publisher.start()

    async def stop(self) -> None:
        for endpoint in self._endpoints:
            await endpoint.stop()
        await self._relay.stop()
        self._node.drop_vhost(self._vhost)

    async def consumer(self) -> Broker:
        endpoint = RabbitBroker(self._address, Options(timeout_seconds=LIMIT_SECONDS))
        self._endpoints.append(endpoint)
        await endpoint.start()
        return endpoint

    async def break_connections(self) -> None:
        self._relay.cut()

    async def go_down(self) -> None:
        await self._relay.stop()

    async def come_up(self) -> None:
        await self._relay.start()


class SimulatedRig:
    """The broker of the simulation: what is found there is worth as much as it keeps to the contract."""

    def __init__(self) -> None:
        self._exchange = Exchange()
        self.publisher: Broker = self._endpoint()

    def _endpoint(self) -> Broker:
        return SimulatedBroker(self._exchange, SureWire(), asyncio.get_running_loop().time)

    async def consumer(self) -> Broker:
        endpoint = self._endpoint()
        await endpoint.start()
        return endpoint

    async def break_connections(self) -> None:
        self._exchange.break_connections()

    async def go_down(self) -> None:
        self._exchange.go_down()

    async def come_up(self) -> None:
        self._exchange.come_up()


OpenRig = Callable[[Path], AbstractAsyncContextManager[Rig]]


def _embedded(*, daemon_publishes: bool) -> OpenRig:
    @asynccontextmanager
    async def opened(folder: Path) -> AsyncIterator[Rig]:
        rig = EmbeddedRig(folder / "broker.sock", daemon_publishes=daemon_publishes)
        await rig.start()
        try:
            yield rig
        finally:
            await rig.stop()

    return opened


@asynccontextmanager
async def _simulated(_folder: Path) -> AsyncIterator[Rig]:
    rig = SimulatedRig()
    await rig.publisher.start()
    yield rig


@asynccontextmanager
async def rabbitmq(node: RabbitNode) -> AsyncIterator[Rig]:
    """A rig on a running node."""
    rig = RabbitRig(node)
    try:
        await rig.start()
        yield rig
    finally:
        await rig.stop()


RIGS: Final[dict[str, OpenRig]] = {
    "embedded-daemon-publishes": _embedded(daemon_publishes=True),
    "embedded-supervisor-publishes": _embedded(daemon_publishes=False),
    "simulated": _simulated,
}
"""Those that need no server of their own."""
