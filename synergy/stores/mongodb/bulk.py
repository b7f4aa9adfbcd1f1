"""Many documents in one command. Lists are cut so that a slow server is done within the time-out of a socket."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from pymongo import ReplaceOne, UpdateMany, UpdateOne
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError

from synergy.stores.mongodb.documents import Document
from synergy.stores.mongodb.failures import is_only_duplicates

Item = TypeVar("Item")
Update = UpdateOne | UpdateMany

IDS: Final = 100
"""Ids per question, and updates per command."""

TOGETHER: Final = 32
"""Documents that one statement changes: some servers compare each of them with all ids, and each statement costs."""

INSERTS: Final = 500
"""Documents per insert."""


def parts(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Consecutive slices of at most that size."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


async def find_by_ids(
    collection: AsyncCollection[Document], ids: Sequence[str], fields: Mapping[str, bool] | None = None
) -> list[Document]:
    """The documents there are of these; with ``fields`` only those fields and the id."""
    found: list[Document] = []
    for part in parts(ids, IDS):
        found += await collection.find({"_id": {"$in": list(part)}}, fields).to_list()
    return found


def update_of(ids: Sequence[str], condition: Document, change: Document, element: Document | None = None) -> Update:
    """Change those of up to TOGETHER documents that meet the condition, each by itself: far less work than one by one.

    ``element``: which of an array's elements ``$[a]`` stands for.
    """
    filters: list[Mapping[str, Any]] | None = [element] if element is not None else None
    if len(ids) == 1:
        return UpdateOne({"_id": ids[0], **condition}, change, array_filters=filters)
    return UpdateMany({"_id": {"$in": list(ids)}, **condition}, change, array_filters=filters)


def value_by_id(ids: Sequence[str], values: Sequence[Any]) -> Document:
    """The expression for the value that goes with the document's id, taken as it is: for updates by a pipeline."""
    place = {"$indexOfArray": [{"$literal": list(ids)}, "$_id"]}
    return {"$arrayElemAt": [{"$literal": list(values)}, place]}


async def insert_new(collection: AsyncCollection[Document], new: Sequence[Document]) -> list[Document]:
    """Insert those that are not there, which is far cheaper than an upsert; returns those that are."""
    there: list[Document] = []
    for part in parts(new, INSERTS):
        try:
            await collection.insert_many(part, ordered=False)
        except BulkWriteError as error:
            if not is_only_duplicates(error):
                raise
            there += [part[one["index"]] for one in error.details["writeErrors"]]
    return there


async def put_records(collection: AsyncCollection[Document], records: Iterable[Document], stamp: int) -> None:
    """Replace what carries no later stamp, which would show as a duplicate; the last of several counts."""
    for part in parts(tuple({document["_id"]: document for document in records}.values()), IDS):
        replaced = [
            ReplaceOne({"_id": one["_id"], "stamp": {"$lte": stamp}}, {**one, "stamp": stamp}, upsert=True)
            for one in part
        ]
        try:
            await collection.bulk_write(replaced, ordered=False)
        except BulkWriteError as error:
            if not is_only_duplicates(error):
                raise


async def put_many(
    collection: AsyncCollection[Document], records: Iterable[Document], stamp: int, is_new: Callable[[Document], bool]
) -> None:
    """The same for many small ones, with far less work for the server: one statement replaces several.

    ``is_new``: a guess whether a document is not there yet. A wrong one costs a write, and changes nothing else.
    """
    stamped = {one["_id"]: {**one, "stamp": stamp} for one in records}
    there = await insert_new(collection, [one for one in stamped.values() if is_new(one)])
    known = [one for one in stamped.values() if not is_new(one)]
    for part in parts([*there, *known], INSERTS):
        answer = await collection.bulk_write([_replaced(some, stamp) for some in parts(part, TOGETHER)], ordered=False)
        if answer.matched_count < len(part):
            await insert_new(collection, part)


def _replaced(records: Sequence[Document], stamp: int) -> UpdateMany:
    ids = [one["_id"] for one in records]
    return UpdateMany({"_id": {"$in": ids}, "stamp": {"$lte": stamp}}, [{"$replaceWith": value_by_id(ids, records)}])
