from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.servers.rabbitmq_fixtures import own_node, rabbit_node

__all__ = ["own_node", "rabbit_node"]


# A busy machine is no finding: neither how long one example took, nor how long it took to make one.
settings.register_profile("synergy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("synergy")


def pytest_configure() -> None:
    # looptime asks for the current loop in plain tests too; without this one would be made that nobody closes.
    asyncio.set_event_loop(None)


@pytest.fixture(autouse=True)
def _root_level() -> Iterator[None]:
    """Gives the root logger its level back: a test that sets up a daemon's log must not change what others record."""
    root = logging.getLogger()
    level = root.level
    yield
    root.setLevel(level)
