"""Every test of this folder runs over every data source."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from synergy.core.ports import DataSource
from tests.contract.source.rigs import MongoRig, Rig, SqliteRig
from tests.servers.mongodb import GIVEN_URL, MongoServer, database_of_its_own, new_database, running

SERVED = ["mongodb", *(["mongodb-given"] if GIVEN_URL else [])]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    with running(tmp_path_factory.mktemp("server"), standalone=True) as started:
        yield started


@pytest.fixture(params=["sqlite", *(pytest.param(name, marks=pytest.mark.real) for name in SERVED)])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    match request.param:
        case "sqlite":
            yield SqliteRig(tmp_path)
        case "mongodb-given":
            with database_of_its_own() as url:
                yield MongoRig(url)
        case _:
            yield MongoRig(request.getfixturevalue("server").url(new_database()))


@pytest.fixture
async def source(rig: Rig) -> AsyncIterator[DataSource]:
    opened = rig.source()
    yield opened
    await opened.close()
