"""The nodes that tests share; a folder's conftest imports what its tests need."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.rabbitmq import RabbitNode


@pytest.fixture(scope="session")
def rabbit_node() -> Iterator[RabbitNode]:
    """The session's node; a test keeps to a virtual host of its own and leaves the node as it was."""
    node = RabbitNode(tls=True)
    try:
        node.start()
        yield node
    finally:
        node.stop()


@pytest.fixture(scope="module")
def own_node() -> Iterator[RabbitNode]:
    """A node for one module, to be frozen and killed; each test leaves it running."""
    node = RabbitNode()
    try:
        node.start()
        yield node
    finally:
        node.stop()
