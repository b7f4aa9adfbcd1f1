from __future__ import annotations

import asyncio

from tests.servers.rabbitmq_fixtures import own_node, rabbit_node

__all__ = ["own_node", "rabbit_node"]


def pytest_configure() -> None:
    # looptime asks for the current loop in plain tests too; without this one would be made that nobody closes.
    asyncio.set_event_loop(None)
