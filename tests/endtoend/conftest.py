from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.endtoend.backends import BACKEND, deployed
from tests.endtoend.deployment import Deployment
from tests.servers.demo import BACKENDS
from tests.servers.mongodb import MongoServer, running


def pytest_configure() -> None:
    if BACKEND not in BACKENDS:
        raise pytest.UsageError(f'SYNERGY_TEST_BACKEND is "{BACKEND}"; use one of {", ".join(BACKENDS)}')


def pytest_runtest_setup(item: pytest.Item) -> None:
    mark = item.get_closest_marker("embedded")
    if mark is not None and BACKEND != "embedded":
        pytest.skip(f"only embedded: {mark.kwargs['reason']}")


@pytest.fixture(scope="session")
def mongo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    """The session's server; each deployment has a database of its own."""
    with running(tmp_path_factory.mktemp("mongodb"), standalone=False) as server:
        yield server


@pytest.fixture
def deployment(request: pytest.FixtureRequest) -> Iterator[Deployment]:
    """See deployed."""
    with deployed(request) as made:
        yield made


@pytest.fixture(scope="module")
def shared(request: pytest.FixtureRequest) -> Iterator[Deployment]:
    """See deployed; one for all tests of a module."""
    with deployed(request) as made:
        yield made
