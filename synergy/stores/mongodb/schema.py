"""Collections, indexes and the schema's version; made and checked whenever a store is opened.

Indexes are few: each one costs work at every change of a document, on some servers also when it changes nothing in
it. Ids derive from names, so the jobs of a process, and the units of work and the history of a job lie side by side by
their ids alone, which also make each unit of work the only one of its run. Jobs need no other index: which are active
is asked at a start, when all of them are read anyway. Units of work have one, ``uow_by_state``, for those that are not
applied to their job yet as for those that are; what it cannot answer, ``queries.find_uows`` asks by ids.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from types import MappingProxyType
from typing import Any, Final

import pymongo
from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError

from synergy.core.errors import StoreCorrupt
from synergy.stores.mongodb.documents import Document
from synergy.stores.mongodb.failures import CORRUPT_REMEDY
from synergy.stores.mongodb.leading import NOBODY
from synergy.stores.mongodb.link import Database
from synergy.stores.mongodb.migrations import MIGRATIONS, Migration, drop_index

SCHEMA_VERSION: Final = 4

JOB_COLLECTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {"hourly": "job_hourly", "daily": "job_daily", "monthly": "job_monthly", "yearly": "job_yearly"}
)
"""Where the jobs of a process lie, by its time qualifier."""

UNKNOWN_QUALIFIER: Final = "hourly"
"""Of a process that nobody has told the qualifier of; the daemon tells it with a process's first job."""

BUILD_SECONDS: Final = 600.0
"""So long a server may take to build an index over the records that there are."""

LOGS: Final = "log_recording"

_VERSION_ID: Final = "schema"


def _index(*fields: str, **options: Any) -> IndexModel:
    """A leading minus means descending."""
    keys = [(field.lstrip("-"), DESCENDING if field.startswith("-") else ASCENDING) for field in fields]
    return IndexModel(keys, **options)


_INDEXES: Final[Mapping[str, Sequence[IndexModel]]] = MappingProxyType(
    {
        "unit_of_work": (_index("applied", "state", "created", "_id", name="uow_by_state"),),
        "audit": (_index("at", name="audit_age"),),
        "plan": (
            _index("at", name="plan_open", partialFilterExpression={"done": False}),
            _index("-at", "-_id", name="plan_by_age"),
            _index("key", name="plan_by_key", partialFilterExpression={"key": {"$type": "string"}}),
        ),
        "directive": (_index("at", name="directive_in_force", partialFilterExpression={"in_force": True}),),
    }
)


async def prepare(database: Database, log_ttl_seconds: int) -> None:
    """Make what is missing, and bring an older schema up to date.

    Raises:
        StoreCorrupt: a newer version of Synergy made it, or it has no readable version.
    """
    found = await read_version(database)
    if found is None:
        await _begin(database)
        found = SCHEMA_VERSION
    for migration in _needed(found, MIGRATIONS):
        await migrate(database, migration)
    for name, indexes in _INDEXES.items():
        await _make_indexes(database[name], indexes)
    await _keep_logs(database, log_ttl_seconds)


async def plan_migrations(
    database: Database, migrations: Sequence[Migration] = MIGRATIONS
) -> tuple[tuple[Migration, int], ...]:
    """The dry run: which steps are needed, and how many documents each would change. Changes nothing.

    Raises:
        StoreCorrupt: see ``prepare``.
    """
    found = await read_version(database)
    return tuple([(step, await step.count(database)) for step in _needed(found or SCHEMA_VERSION, migrations)])


async def migrate(database: Database, migration: Migration) -> None:
    """Do the step, then note that it is done."""
    await migration.run(database)
    await database["meta"].update_one(
        {"_id": _VERSION_ID, "version": {"$lt": migration.version}}, {"$set": {"version": migration.version}}
    )


async def read_version(database: Database) -> int | None:
    """None: there is no store of ours.

    Raises:
        StoreCorrupt: see ``prepare``.
    """
    document = await database["meta"].find_one({"_id": _VERSION_ID})
    if document is None:
        return None
    version = document.get("version")
    if not isinstance(version, int):
        raise StoreCorrupt(f"store {database.name}: its schema has no version", remedy=CORRUPT_REMEDY)
    newest = max([SCHEMA_VERSION, *(step.version for step in MIGRATIONS)])
    if version > newest:
        raise StoreCorrupt(
            f"store {database.name} has schema version {version}, and this Synergy knows versions up to {newest}",
            remedy="install the Synergy that made it, or a newer one",
        )
    return version


async def _begin(database: Database) -> None:
    for name, document in (
        ("leader", NOBODY),
        ("meta", {"_id": _VERSION_ID, "version": SCHEMA_VERSION}),
    ):
        try:
            await database[name].insert_one(dict(document))
        except DuplicateKeyError:
            continue  # somebody opens it at the same time


def _needed(found: int, migrations: Sequence[Migration]) -> tuple[Migration, ...]:
    return tuple(step for step in migrations if step.version > found)


async def _keep_logs(database: Database, log_ttl_seconds: int) -> None:
    """Chunks by their place, and the server's own removal of old ones; a changed setting changes the index."""
    logs = database[LOGS]
    age = (await logs.index_information()).get("log_age")
    if age is not None and age.get("expireAfterSeconds") != log_ttl_seconds:
        await drop_index(logs, "log_age")
    indexes = (
        _index("uow_id", "attempt", "first_line", "end_line", name="log_place", unique=True),
        _index("written", name="log_age", expireAfterSeconds=log_ttl_seconds),
    )
    await _make_indexes(logs, indexes)


async def _make_indexes(collection: AsyncCollection[Document], indexes: Sequence[IndexModel]) -> None:
    """To build one over an older version's many records takes a server longer than other commands.

    Those that are there are asked for all the same: who may not write is refused now, not with the first change.
    """
    there = await collection.index_information()
    is_built = all(index.document["name"] in there for index in indexes)
    with nullcontext() if is_built else pymongo.timeout(BUILD_SECONDS):
        await collection.create_indexes(list(indexes))
