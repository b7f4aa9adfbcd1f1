from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.endtoend.boxes import BoxDeployment
from tests.endtoend.deployment import Deployment, new_folder

BROKER = os.environ.get("SYNERGY_TEST_BROKER", "embedded")
"""``rabbitmq``: all these tests run over the session's node instead."""


@contextmanager
def made(request: pytest.FixtureRequest) -> Iterator[Deployment]:
    if BROKER == "embedded":
        deployment = Deployment(new_folder())
        yield deployment
        assert deployment.close() == []
        return
    node = request.getfixturevalue("rabbit_node")
    vhost = node.new_vhost()
    deployment = BoxDeployment(new_folder(), node.url(vhost))
    yield deployment
    assert deployment.close() == []
    node.drop_vhost(vhost)


@pytest.fixture
def deployment(request: pytest.FixtureRequest) -> Iterator[Deployment]:
    """An empty folder for a project; at the end all of it is gone, and stop must have been enough for that."""
    with made(request) as deployment:
        yield deployment


@pytest.fixture(scope="module")
def shared(request: pytest.FixtureRequest) -> Iterator[Deployment]:
    """See deployment; one for all tests of a module."""
    with made(request) as deployment:
        yield deployment
