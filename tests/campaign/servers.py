"""The servers outside of a campaign's deployment, private to it, with stretches of wire that can be cut.

A box that reaches them over the wires can be cut off from both while all others go on.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from tests.campaign.backstage import Backstage
from tests.endtoend.deployment import new_folder
from tests.servers.mongodb import MongoServer, new_database
from tests.servers.rabbitmq import RabbitNode
from tests.servers.tcp_relay import TcpRelay


class Servers(NamedTuple):
    """What stands outside. None: there is no such server, and no wire to it, because a file or the daemon does it."""

    rabbit: RabbitNode | None
    rabbit_wire: TcpRelay | None
    mongo: MongoServer | None
    mongo_wire: TcpRelay | None
    database: str

    @property
    def broker(self) -> RabbitNode:
        """RabbitMQ, which must be there."""
        assert self.rabbit is not None
        return self.rabbit

    @property
    def store(self) -> MongoServer:
        """The MongoDB-wire server, which must be there."""
        assert self.mongo is not None
        return self.mongo

    @property
    def wires(self) -> tuple[TcpRelay, ...]:
        """All of them."""
        return tuple(wire for wire in (self.rabbit_wire, self.mongo_wire) if wire is not None)

    def settings(self, *, far: bool) -> dict[str, str | float]:
        """The settings ``store`` and ``broker`` that lead there; ``far``: over the wires."""
        found: dict[str, str | float] = {}
        if self.rabbit is not None and self.rabbit_wire is not None:
            found["broker"] = self.rabbit.url(port=self.rabbit_wire.port if far else None)
        if self.mongo is not None and self.mongo_wire is not None:
            # A set's member tells its own address, which would lead around the wire.
            far_url = f"mongodb://127.0.0.1:{self.mongo_wire.port}/{self.database}?directConnection=true"
            found["store"] = far_url if far else self.mongo.url(self.database)
        return found


@contextmanager
def servers(backend: str, backstage: Backstage) -> Iterator[Servers]:
    """Those that a backend names (``mongodb+rabbitmq``), started; they are gone after the block."""
    with ExitStack() as stack:
        rabbit = rabbit_wire = mongo = mongo_wire = None
        if "rabbitmq" in backend:
            rabbit = RabbitNode()
            stack.callback(rabbit.stop)
            rabbit.start()
            rabbit_wire = _wire(stack, backstage, rabbit.port)
        if "mongodb" in backend:
            folder = new_folder()
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            mongo = MongoServer(folder / "server", standalone=False)
            stack.callback(mongo.kill)
            mongo.start()
            mongo_wire = _wire(stack, backstage, mongo.port)
        yield Servers(rabbit, rabbit_wire, mongo, mongo_wire, new_database())


def _wire(stack: ExitStack, backstage: Backstage, port: int) -> TcpRelay:
    relay = TcpRelay(port)
    backstage.do(relay.start())
    stack.callback(lambda: backstage.do(relay.stop()))
    return relay
