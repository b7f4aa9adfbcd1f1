"""What the suite runs on, chosen from outside: the same tests over the embedded store and broker, and over servers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import pytest

from tests.endtoend.boxes import BoxDeployment
from tests.endtoend.deployment import Deployment, new_folder
from tests.servers.demo import BACKENDS
from tests.servers.mongodb import MongoServer, new_database
from tests.servers.rabbitmq import RabbitNode

BACKEND: Final = os.environ.get("SYNERGY_TEST_BACKEND", BACKENDS[0])


@contextmanager
def deployed(request: pytest.FixtureRequest) -> Iterator[Deployment]:
    """An empty folder, and a database and a virtual host of its own where there are servers.

    At the end all of it is gone, and stop must have been enough for its processes.
    """
    store, _, broker = BACKEND.partition("+")
    with ExitStack() as stack:
        servers: dict[str, str] = {}
        if store == "mongodb":
            servers["store"] = _database(request.getfixturevalue("mongo_server"), stack)
        if broker == "rabbitmq":
            servers["broker"] = _vhost(request.getfixturevalue("rabbit_node"), stack)
        made = (BoxDeployment if "broker" in servers else Deployment)(new_folder(), servers)
        yield made
        assert made.close() == []


@contextmanager
def beside(deployment: Deployment) -> Iterator[Deployment]:
    """An empty folder for another project on the store and the broker of ``deployment``."""
    servers = {"store": f"sqlite:{deployment.folder}/.synergy/synergy.db", **deployment.servers}
    made = type(deployment)(new_folder(), servers)
    yield made
    assert made.close() == []


def _database(server: MongoServer, stack: ExitStack) -> str:
    name = new_database()
    stack.callback(server.drop, name)
    return server.url(name)


def _vhost(node: RabbitNode, stack: ExitStack) -> str:
    vhost = node.new_vhost()
    stack.callback(node.drop_vhost, vhost)
    return node.url(vhost)
