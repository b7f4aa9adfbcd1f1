"""What keeps a store from opening is told with the thing, the value and the remedy, and never with a password."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pymongo import MongoClient

from synergy.cli.synergyd import main as synergyd
from synergy.core.errors import InvalidDefinition, StoreCorrupt, StoreDown, SynergyError
from synergy.core.ports import Batch
from synergy.stores.mongodb.leader import MongoLeaderStore
from synergy.stores.mongodb.link import Options, place_of
from synergy.stores.mongodb.schema import SCHEMA_VERSION
from synergy.stores.mongodb.worker import MongoWorkerStore
from synergy.stores.sqlite.leader import SqliteLeaderStore
from tests.cli.conftest import invoke
from tests.contract.store.samples import claim
from tests.servers.mongodb import MongoServer, running

SECRET = "s3cr3t-word"  # noqa: S105 - made up
HURRIED = Options(server_selection_seconds=0.3, socket_seconds=5)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    """Asks for a password; ``reader`` may only read, ``writer`` all that a store needs."""
    folder = tmp_path_factory.mktemp("guarded")
    roles = {"reader": ["read"], "writer": ["readWrite", "dbAdmin"]}
    with running(folder, standalone=True) as open_server:
        with MongoClient[dict[str, object]](open_server.url("admin")) as client:
            for name, granted in roles.items():
                given = [{"role": role, "db": "synergy"} for role in granted]
                client.admin.command("createUser", name, pwd=SECRET, roles=given)
        open_server.stop()
    with running(folder, standalone=True, arguments=["--auth"]) as server:
        yield server


async def refusal(url: str) -> SynergyError:
    store = MongoLeaderStore(url, HURRIED)
    with pytest.raises(SynergyError) as caught:
        await store.open()
    await store.close()
    assert SECRET not in str(caught.value)
    return caught.value


@pytest.mark.real
async def test_who_may_write_gets_in(guarded: MongoServer) -> None:
    store = MongoLeaderStore(guarded.url("synergy", user=f"writer:{SECRET}", options="authSource=admin"), Options())
    await store.open()
    assert await store.commit(Batch(await store.take_term("daemon-1"))) == ()
    await store.close()


@pytest.mark.real
async def test_a_wrong_password_is_named_but_not_shown(guarded: MongoServer) -> None:
    error = await refusal(guarded.url("synergy", user=f"writer:not-{SECRET}", options="authSource=admin"))
    assert isinstance(error, StoreDown)
    assert str(error) == (
        f"store 127.0.0.1:{guarded.port}/synergy refuses the user or the password; "
        "correct them in the store's URL, db_password_file or SYNERGY_DB_PASSWORD"
    )


@pytest.mark.real
@pytest.mark.parametrize("user", ["writer", "writer:an-old-one"])
async def test_a_password_of_its_own_goes_before_that_of_the_url(guarded: MongoServer, user: str) -> None:
    options = Options(password=SECRET)
    store = MongoLeaderStore(guarded.url("synergy", user=user, options="authSource=admin"), options)
    await store.open()
    await store.take_term("daemon-1")
    await store.close()
    assert SECRET not in repr(options)


async def test_a_password_without_a_user_is_refused() -> None:
    store = MongoLeaderStore("mongodb://127.0.0.1:1/jobs", Options(password=SECRET))
    with pytest.raises(InvalidDefinition, match=r"127.0.0.1:1/jobs: there is a password, but its URL names no user"):
        await store.open()


@pytest.mark.real
@pytest.mark.parametrize("given", ["SYNERGY_DB_PASSWORD", "SYNERGY_TO_PASSWORD"])
async def test_a_move_gets_its_password_from_the_environment(
    guarded: MongoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    (tmp_path / "synergy.toml").write_text('[synergy]\ncontext = "jobs"\nsynergy_start_timeperiod = "2013010100"\n')
    url = guarded.url("synergy", user="writer", options="authSource=admin")
    monkeypatch.setenv(given, SECRET)
    source = SqliteLeaderStore(tmp_path / ".synergy" / "synergy.db")
    await source.open()
    await source.close()

    done = invoke(synergyd, ["migrate", "-C", str(tmp_path), "--to", url, "--plan"])

    assert "would be copied" in done.stderr, done.stderr
    assert SECRET not in done.output


@pytest.mark.real
async def test_a_user_who_may_not_write_is_told_what_to_grant(guarded: MongoServer) -> None:
    error = await refusal(guarded.url("synergy", user=f"reader:{SECRET}", options="authSource=admin"))
    assert isinstance(error, StoreDown)
    assert "not allowed" in error.message
    assert error.remedy == "grant the user readWrite and dbAdmin on it"


@pytest.mark.real
async def test_without_a_user_nothing_is_shown(guarded: MongoServer) -> None:
    assert "not allowed" in (await refusal(guarded.url("synergy"))).message


async def test_an_unknown_host_is_named() -> None:
    error = await refusal(f"mongodb://anna:{SECRET}@no-such-host.invalid/jobs")
    assert isinstance(error, StoreDown)
    assert error.message.startswith("store no-such-host.invalid/jobs cannot be reached: no-such-host.invalid:27017")
    assert "names are right" in error.remedy


async def test_a_server_that_is_not_there_is_named() -> None:
    error = await refusal("mongodb://127.0.0.1:1/jobs")
    assert isinstance(error, StoreDown)
    assert "127.0.0.1:1" in error.message
    assert "Timeout" not in error.message


@pytest.mark.parametrize(
    "url",
    [
        "mongodb://",
        f"mongodb://anna:{SECRET}/x@host/jobs",
        f"mongodb://anna:{SECRET}@host:port/jobs",
        f"mongodb://anna:{SECRET}@host/jobs?unknown=1",
        f"mongodb://anna:{SECRET}@host/jobs?maxPoolSize=many",
        f"mongodb://anna:{SECRET}@host/jobs?authMechanism=nonsense",
        "mongodb://host/a b",
    ],
)
async def test_a_url_that_cannot_be_used_is_refused(url: str) -> None:
    error = await refusal(url)
    assert isinstance(error, InvalidDefinition)
    assert "mongodb://host1,host2/synergy?replicaSet=rs0" in error.remedy


def test_a_place_names_servers_and_database_only() -> None:
    assert place_of(f"mongodb://anna:{SECRET}@one,two:27018/jobs?replicaSet=rs0") == "one,two:27018/jobs"
    assert place_of("mongodb://one") == "one"
    assert place_of("mongodb://one/jobs?appName=me@here") == "mongodb"
    for unescaped in (f"?{SECRET}", f"{SECRET}?", f"@{SECRET}?", f"/{SECRET}"):
        assert SECRET not in place_of(f"mongodb://anna:{unescaped}@one/jobs")


async def test_a_store_that_is_not_open_says_so() -> None:
    with pytest.raises(StoreDown, match="not open"):
        await MongoWorkerStore("mongodb://127.0.0.1:1/jobs", HURRIED).claim([claim(1)])


@pytest.mark.real
@pytest.mark.usefixtures("leader")
@pytest.mark.parametrize("kind", [MongoLeaderStore, MongoWorkerStore])
async def test_a_newer_schema_is_refused(
    kind: type[MongoLeaderStore | MongoWorkerStore],
    client: MongoClient[dict[str, object]],
    url: str,
) -> None:
    client.get_default_database()["meta"].update_one({"_id": "schema"}, {"$set": {"version": 99}})
    store = kind(url, HURRIED)
    with pytest.raises(StoreCorrupt, match=f"schema version 99, .* versions up to {SCHEMA_VERSION}; install"):
        await store.open()
    await store.close()
