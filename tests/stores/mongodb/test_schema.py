"""The schema: where things lie, its indexes, its version and the steps between versions."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pymongo import MongoClient

from synergy.core.ports import Batch, JobQuery
from synergy.core.records import Job, JobKey, ProcessOverride
from synergy.core.states import JobState
from synergy.stores.mongodb.leader import MongoLeaderStore
from synergy.stores.mongodb.link import Database, Link, Options
from synergy.stores.mongodb.migrations import Migration
from synergy.stores.mongodb.schema import SCHEMA_VERSION, migrate, plan_migrations
from synergy.stores.mongodb.worker import MongoWorkerStore
from tests.contract.store.samples import key, told, uow
from tests.stores.mongodb.failpoints import Failpoints

pytestmark = pytest.mark.real

PERIODS = {"hourly": "2013010100", "daily": "2013010100", "monthly": "2013010000", "yearly": "2013000000"}


async def test_jobs_lie_by_the_qualifier_of_their_process(
    leader: MongoLeaderStore, client: MongoClient[dict[str, object]], url: str
) -> None:
    term = await leader.take_term("daemon-1")
    overrides = tuple(ProcessOverride(name, time_qualifier=name) for name in PERIODS)
    jobs = tuple(Job(name, period, changed=1.0) for name, period in PERIODS.items())
    await leader.commit(Batch(term, jobs=jobs, overrides=overrides))
    database = client.get_default_database()
    assert {name: [one["_id"] for one in database[f"job_{name}"].find()] for name in PERIODS} == {
        name: [f"{name}@{period}"] for name, period in PERIODS.items()
    }
    again = MongoLeaderStore(url, Options())
    await again.open()
    assert set(await again.jobs([JobKey(name, period) for name, period in PERIODS.items()])) == set(jobs)
    assert await again.find_jobs(JobQuery("yearly")) == (Job("yearly", "2013000000", changed=1.0),)
    await again.close()


async def test_every_record_of_the_daemon_carries_its_term(
    leader: MongoLeaderStore, client: MongoClient[dict[str, Any]]
) -> None:
    await leader.take_term("daemon-1")
    term = await leader.take_term("daemon-2")
    await leader.commit(Batch(term, jobs=(Job("Hourly", "2013010100"),), new_uows=(uow(1),)))
    database = client.get_default_database()
    for name in ("job_hourly", "unit_of_work"):
        assert [one["stamp"] >> 32 for one in database[name].find()] == [term]


@pytest.mark.usefixtures("worker")
async def test_the_server_removes_logs_after_the_days_that_the_setting_tells(
    client: MongoClient[dict[str, object]], url: str
) -> None:
    def age() -> object:
        return client.get_default_database()["log_recording"].index_information()["log_age"]["expireAfterSeconds"]

    assert age() == 365 * 86_400
    other = MongoWorkerStore(url, Options(log_ttl_days=30))
    await other.open()
    await other.close()
    assert age() == 30 * 86_400


async def count_uows(database: Database) -> int:
    return await database["unit_of_work"].count_documents({"note": None})


async def note(database: Database) -> None:
    await database["unit_of_work"].update_many({"note": None}, {"$set": {"note": "moved"}})


async def test_a_migration_is_tried_dry_and_then_done_once(leader: MongoLeaderStore, url: str) -> None:
    await leader.commit(Batch(await leader.take_term("daemon-1"), new_uows=(uow(1), uow(2))))
    step = Migration(SCHEMA_VERSION + 1, "note what was moved", count_uows, note)
    assert await leader.migrations() == ()
    link = Link(url, Options())
    await link.open()
    async with link.use() as database:
        assert await plan_migrations(database, [step]) == ((step, 2),)
        assert await plan_migrations(database, [step]) == ((step, 2),), "a dry run changes nothing"
        await migrate(database, step)
        assert await count_uows(database) == 0
        await migrate(database, step)
        version = await database["meta"].find_one({"_id": "schema"})
        assert version is not None
        assert version["version"] == SCHEMA_VERSION + 1
    await link.close()


async def test_a_store_of_version_1_gets_the_indexes_of_today(
    leader: MongoLeaderStore, client: MongoClient[dict[str, Any]], url: str
) -> None:
    term = await leader.take_term("daemon-1")
    await leader.commit(Batch(term, new_uows=(uow(1),), history=(told(1), told(1, JobState.PROCESSED))))
    database = client.get_default_database()
    entries = list(database["history"].find())
    database["history"].delete_many({})
    database["history"].insert_many([{**one, "_id": bytes([number])} for number, one in enumerate(entries)])
    database["history"].create_index("process_name", name="history_of_job")
    today = set(database["unit_of_work"].index_information())
    database["unit_of_work"].drop_indexes()
    old = [("created", 1), ("_id", 1)]
    database["unit_of_work"].create_index(old, name="uow_open", partialFilterExpression={"applied": False})
    database["unit_of_work"].create_index([("process_name", 1), *old], name="uow_by_process")
    database["job_hourly"].create_index("active", name="job_active")
    database["meta"].update_one({"_id": "schema"}, {"$set": {"version": 1}})
    again = MongoLeaderStore(url, Options())
    assert await again.migrations() == (
        ("fewer indexes of units of work under way", 0),
        ("ids of history that tell its job", 2),
        ("one index of units of work, none of jobs", 0),
    )
    await again.open()
    assert set(database["unit_of_work"].index_information()) == today
    assert await again.migrations() == ()
    assert await again.open_uows() == (uow(1),)
    assert await again.history(key(1), 9) == (told(1, JobState.PROCESSED), told(1))
    assert set(database["history"].index_information()) == {"_id_"}
    assert set(database["job_hourly"].index_information()) == {"_id_"}
    await again.close()


async def test_whoever_opens_an_old_store_at_the_same_time_gets_it_as_it_is_today(
    leader: MongoLeaderStore, client: MongoClient[dict[str, Any]], url: str
) -> None:
    await leader.commit(Batch(await leader.take_term("daemon-1"), new_uows=(uow(1),)))
    database = client.get_default_database()
    today = set(database["unit_of_work"].index_information())
    for name in ("uow_open", "uow_done", "uow_under_way"):
        database["unit_of_work"].create_index([("created", 1), (name, 1)], name=name)
    for name in PERIODS:
        database[f"job_{name}"].create_index("active", name="job_active")
    database["meta"].update_one({"_id": "schema"}, {"$set": {"version": 1}})
    stores = [MongoWorkerStore(url, Options()) for _ in range(6)]
    await asyncio.gather(*(store.open() for store in stores))
    assert set(database["unit_of_work"].index_information()) == today
    assert set(database["job_yearly"].index_information()) == {"_id_"}
    for store in stores:
        await store.close()


async def test_an_index_over_many_records_may_take_the_server_its_time(
    failpoints: Failpoints, client: MongoClient[dict[str, Any]], url: str
) -> None:
    hurried = MongoWorkerStore(url, Options(socket_seconds=0.5))
    failpoints.hold(1.0, ("createIndexes",))
    await hurried.open()
    failpoints.clear()
    assert "uow_by_state" in client.get_default_database()["unit_of_work"].index_information()
    await hurried.close()
