"""MongoDB's server stands still or is killed in the middle of a run: it is told, and nothing is lost."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Final

import pytest

from tests.endtoend.deployment import Deployment, new_folder
from tests.endtoend.outages import assert_it_is_told, assert_work_goes_on, begin
from tests.servers.mongodb import MongoServer, new_database, running

pytestmark = [pytest.mark.real, pytest.mark.embedded(reason="it is done to a server of its own")]

SETTINGS: Final = {"db_connect_seconds": 2.0, "db_timeout_seconds": 4.0}
WORDS: Final = "cannot be reached"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    """One for both tests: each leaves it running, and has a database of its own."""
    with running(tmp_path_factory.mktemp("mongodb"), standalone=False) as server:
        yield server


@pytest.fixture
def served(server: MongoServer) -> Iterator[Deployment]:
    """A deployment on the server, with the embedded broker."""
    made = Deployment(new_folder(), {"store": server.url(new_database())})
    begin(made, SETTINGS)
    yield made
    assert made.close() == []


def test_a_server_that_stands_still_is_told_until_it_answers(served: Deployment, server: MongoServer) -> None:
    server.signal(signal.SIGSTOP)
    assert_it_is_told(served, WORDS)
    server.signal(signal.SIGCONT)
    assert_work_goes_on(served)


def test_a_server_that_is_killed_is_told_until_it_is_back_with_all_that_it_knew(
    served: Deployment, server: MongoServer
) -> None:
    server.kill()
    assert_it_is_told(served, WORDS)
    server.start()
    assert_work_goes_on(served)
