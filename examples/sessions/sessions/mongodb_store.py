"""The sessions in a MongoDB database, also on a server without transactions.

A session knows the ids of its events, so that each is folded once by a single update. The event itself is stored after
it: whoever is told of the event by the boundaries finds the session as well.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from pymongo import MongoClient, UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError

from sessions.store import Row, Session
from sessions.stream import Event

DUPLICATE = 11000


class MongoStore:
    """See Store. Results have the ``_id`` TIMEPERIOD/SITE."""

    def __init__(self, url: str) -> None:
        """Connect, and make the indexes: with them there are the collections."""
        self._client: MongoClient[dict[str, Any]] = MongoClient(url, w="majority", journal=True)
        self._database = self._client.get_default_database()
        self._database["site_events"].create_index(["timeperiod", "_id"])
        self._database["site_sessions"].create_index("timeperiod")

    def fold(self, events: Sequence[Event]) -> int:
        """See Store."""
        if not events:
            return 0
        for event in events:
            self._fold_into_session(event)
        stored = [
            {"_id": each.event_id, "timeperiod": each.timeperiod, "session": each.session, "at": each.at,
             "page": each.page}
            for each in events
        ]  # fmt: skip
        try:
            return len(self._database["site_events"].insert_many(stored, ordered=False).inserted_ids)
        except BulkWriteError as error:
            if any(one["code"] != DUPLICATE for one in error.details["writeErrors"]):
                raise
            return int(error.details["nInserted"])

    def sessions(self, start_timeperiod: str, end_timeperiod: str, end_id: int | None) -> Iterator[Session]:
        """See Store."""
        wanted: dict[str, Any] = {"timeperiod": {"$gte": start_timeperiod, "$lt": end_timeperiod}}
        if end_id is not None:
            wanted["first_id"] = {"$lte": end_id}
        for found in self._database["site_sessions"].find(wanted, {"event_ids": False}):
            yield Session(found["site"], found["visitor"], found["ended"] - found["started"], found["pages"])

    def replace(self, table: str, timeperiod: str, rows: Sequence[Row]) -> None:
        """See Store. Each row is replaced in one step; what belongs to no site any more goes last."""
        collection = self._database[table]
        kept = [f"{timeperiod}/{row.site}" for row in rows]
        if rows:
            collection.bulk_write(
                [
                    UpdateOne({"_id": key}, {"$set": {"timeperiod": timeperiod, **row._asdict()}}, upsert=True)
                    for key, row in zip(kept, rows, strict=True)
                ]
            )
        collection.delete_many({"timeperiod": timeperiod, "_id": {"$nin": kept}})

    def rows(self, table: str) -> dict[str, list[Row]]:
        """See Store."""
        found: defaultdict[str, list[Row]] = defaultdict(list)
        for each in self._database[table].find().sort("_id"):
            found[each["timeperiod"]].append(Row(*(each[name] for name in Row._fields)))
        return dict(found)

    def close(self) -> None:
        """See Store."""
        self._client.close()

    def _fold_into_session(self, event: Event) -> None:
        change = {
            "$setOnInsert": {"timeperiod": event.timeperiod, "site": event.site, "visitor": event.visitor},
            "$min": {"first_id": event.event_id, "started": event.at},
            "$max": {"ended": event.at},
            "$inc": {"pages": 1},
            "$push": {"event_ids": event.event_id},
        }
        # The session has this event already: then the filter finds nothing, and the insert a session of that name.
        try:
            self._database["site_sessions"].update_one(
                {"_id": event.session, "event_ids": {"$ne": event.event_id}}, change, upsert=True
            )
        except DuplicateKeyError:
            return
