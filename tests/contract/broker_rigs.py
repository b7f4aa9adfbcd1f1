"""Every broker that the contract is held against, each with the means to be cut off and to be taken down.

A rig makes endpoints of its own: one that publishes, and as many as needed that consume. A new adapter adds its rig to
``RIGS`` and passes the suite as it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final, Protocol

from synergy.brokers.embedded import EmbeddedBroker, EmbeddedBrokerClient
from synergy.core.ports import Broker

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


RIGS: Final[dict[str, OpenRig]] = {
    "embedded-daemon-publishes": _embedded(daemon_publishes=True),
    "embedded-supervisor-publishes": _embedded(daemon_publishes=False),
}
