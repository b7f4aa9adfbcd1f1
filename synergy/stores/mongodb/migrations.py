"""The steps from one version of the schema to the next; ``schema`` does those that a store needs, in their order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import OperationFailure

from synergy.core.records import HistoryEntry
from synergy.stores.mongodb import documents
from synergy.stores.mongodb.bulk import insert_new
from synergy.stores.mongodb.documents import Document
from synergy.stores.mongodb.link import Database


class Migration(Struct, frozen=True):
    """The step to one version of the schema; done again after a crash, so it must change nothing the second time."""

    version: int
    title: str
    count: Callable[[Database], Awaitable[int]]
    """How many documents it would change."""
    run: Callable[[Database], Awaitable[None]]


_GONE_AT_2: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {"unit_of_work": frozenset({"uow_identity", "uow_by_process", "uow_open"})}
)
"""Ids derive from what ``uow_identity`` made unique; the others cost each claim and each finish a write."""

_GONE_AT_4: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "unit_of_work": frozenset({"uow_under_way", "uow_done", "uow_done_by_process"}),
        **dict.fromkeys(("job_hourly", "job_daily", "job_monthly", "job_yearly"), frozenset({"job_active"})),
    }
)
"""One index took the place of three, and none that of the jobs' own."""

_OLD_HISTORY: Final = {"_id": {"$type": "binData"}}
_HISTORY_INDEX: Final = "history_of_job"
_PAGE: Final = 100
_INDEX_NOT_FOUND: Final = 27


async def _count_none(_database: Database) -> int:
    return 0


def _dropping(gone: Mapping[str, frozenset[str]]) -> Callable[[Database], Awaitable[None]]:
    """The step that drops those indexes of each collection that there are."""

    async def drop(database: Database) -> None:
        for collection, names in gone.items():
            for name in names & set(await database[collection].index_information()):
                await drop_index(database[collection], name)

    return drop


async def drop_index(collection: AsyncCollection[Document], name: str) -> None:
    """Have it gone; daemon and supervisors may open an old store at once, and another one may have been quicker."""
    try:
        await collection.drop_index(name)
    except OperationFailure as refused:
        if refused.code != _INDEX_NOT_FOUND:
            raise


async def _count_history(database: Database) -> int:
    return await database["history"].count_documents(_OLD_HISTORY)


async def _rename_history(database: Database) -> None:
    """Ids of today make an index needless; an entry is gone under its old one only after it is there under the new."""
    history = database["history"]
    while found := await history.find(_OLD_HISTORY).limit(_PAGE).to_list():
        entries = documents.read(HistoryEntry, found)
        places = ((one["stamp"], one["line"]) for one in found)
        await insert_new(
            history, [documents.from_history(one, *place) for one, place in zip(entries, places, strict=True)]
        )
        await history.delete_many({"_id": {"$in": [one["_id"] for one in found]}})
    if _HISTORY_INDEX in await history.index_information():
        await drop_index(history, _HISTORY_INDEX)


MIGRATIONS: Final[tuple[Migration, ...]] = (
    Migration(2, "fewer indexes of units of work under way", _count_none, _dropping(_GONE_AT_2)),
    Migration(3, "ids of history that tell its job", _count_history, _rename_history),
    Migration(4, "one index of units of work, none of jobs", _count_none, _dropping(_GONE_AT_4)),
)
"""From version 1 on, ascending."""
