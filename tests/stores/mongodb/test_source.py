"""A MongoDB data source: its keys, and what is told when it cannot be asked."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from bson import ObjectId
from pymongo import MongoClient

from synergy.core.errors import InvalidDefinition, SourceDown
from synergy.core.ports import Boundaries
from synergy.stores.mongodb.link import Options
from synergy.stores.mongodb.source import MongoDataSource
from tests.servers.mongodb import MongoServer
from tests.stores.mongodb.conftest import PATIENT
from tests.stores.mongodb.failpoints import Failpoints

HOUR = ("2013010100", "2013010101")
SECRET = "s3cr3t-word"  # noqa: S105 - made up
HURRIED = Options(server_selection_seconds=0.3, socket_seconds=5)


@pytest.fixture
async def source(url: str) -> AsyncIterator[MongoDataSource]:
    opened = MongoDataSource(url, PATIENT)
    yield opened
    await opened.close()


async def refusal(url: str, options: Options) -> str:
    source = MongoDataSource(url, options)
    with pytest.raises(SourceDown) as caught:
        await source.boundaries("events", *HOUR)
    await source.close()
    await source.close()
    assert SECRET not in str(caught.value)
    return str(caught.value)


@pytest.mark.real
async def test_keys_that_the_driver_made_are_told_as_it_writes_them(
    source: MongoDataSource, client: MongoClient[dict[str, object]]
) -> None:
    keys = [ObjectId(), ObjectId(), ObjectId()]
    events = client.get_default_database()["events"]
    events.insert_many([{"_id": key, "timeperiod": "20130101004530"} for key in keys])
    assert await source.boundaries("events", *HOUR) == Boundaries(str(keys[0]), str(keys[2]))


@pytest.mark.real
async def test_a_collection_that_is_not_there_is_told(source: MongoDataSource) -> None:
    with pytest.raises(SourceDown, match='has no collection "events"; it is asked again'):
        await source.boundaries("events", *HOUR)


@pytest.mark.real
@pytest.mark.parametrize(
    ("code", "said"),
    [
        (50, "no answer within 27 s; index it on (timeperiod, _id)"),
        (13, "grant the user the role read on it"),
        (18, "refuses the user or the password; correct them in the URL of data_source"),
        (96, "check the server's log"),
    ],
)
async def test_a_refusal_is_told_with_its_remedy(
    url: str, server: MongoServer, failpoints: Failpoints, code: int, said: str
) -> None:
    failpoints.refuse(code, ("aggregate",))
    told = await refusal(url, PATIENT)
    assert told.startswith(f"data source 127.0.0.1:{server.port}/synergy_test_")
    assert told.endswith(said)


async def test_a_server_that_is_away_is_named_without_the_password() -> None:
    told = await refusal(f"mongodb://anna:{SECRET}@127.0.0.1:1/shop", HURRIED)
    assert told.startswith("data source 127.0.0.1:1/shop cannot be reached: ")
    assert told.endswith("; check that it runs, and its name")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mongodb://anna:{}@one", "data source one: No default database"),
        ("mongodb://anna:{}@one/shop?colour=red", "data source one/shop: Unknown option"),
        ("mongodb://an:na:{}@one/shop", "data source one/shop: Username and password must be escaped"),
    ],
)
async def test_a_wrong_url_is_refused_without_the_password(url: str, said: str) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        MongoDataSource(url.format(SECRET), HURRIED)
    assert said.lower() in str(caught.value).lower()
    assert 'set data_source = "mongodb://' in str(caught.value)
    assert SECRET not in str(caught.value)
