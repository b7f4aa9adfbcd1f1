"""Many documents in one command. Lists are cut so that a slow server is done within the time-out of a socket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from pymongo import ReplaceOne, UpdateMany, UpdateOne
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError

from synergy.stores.mongodb.documents import Document
from synergy.stores.mongodb.failures import is_only_duplicates

Item = TypeVar("Item")
Update = UpdateOne | UpdateMany

IDS: Final = 100
"""Ids per condition: some servers compare each document with each of a long list."""

INSERTS: Final = 500
"""Documents per insert."""

UPDATES: Final = 100
"""Updates or replacements per command."""


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
    """Change those of up to IDS documents that meet the condition, each by itself; one way for all is far less work.

    ``element``: which of an array's elements ``$[a]`` stands for.
    """
    filters: list[Mapping[str, Any]] | None = [element] if element is not None else None
    if len(ids) == 1:
        return UpdateOne({"_id": ids[0], **condition}, change, array_filters=filters)
    return UpdateMany({"_id": {"$in": list(ids)}, **condition}, change, array_filters=filters)


async def insert_new(collection: AsyncCollection[Document], new: Sequence[Document]) -> None:
    """Insert those that are not there; that is far cheaper than an upsert."""
    for part in parts(new, INSERTS):
        try:
            await collection.insert_many(part, ordered=False)
        except BulkWriteError as error:
            if not is_only_duplicates(error):
                raise


async def put_records(collection: AsyncCollection[Document], records: Iterable[Document], stamp: int) -> None:
    """Replace what carries no later stamp, which would show as a duplicate; the last of several counts."""
    for part in parts(tuple({document["_id"]: document for document in records}.values()), UPDATES):
        replaced = [
            ReplaceOne({"_id": one["_id"], "stamp": {"$lte": stamp}}, {**one, "stamp": stamp}, upsert=True)
            for one in part
        ]
        try:
            await collection.bulk_write(replaced, ordered=False)
        except BulkWriteError as error:
            if not is_only_duplicates(error):
                raise
