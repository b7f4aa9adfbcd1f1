"""A data source that is a MongoDB database of the user's: which ``_id`` a collection holds of a timeperiod.

An index on (timeperiod, _id) answers a question by itself, in time that grows with the period's documents; without one
the server reads the whole collection each time.
"""

from __future__ import annotations

from typing import Final

from pymongo.errors import (
    ConfigurationError,
    ExecutionTimeout,
    InvalidURI,
    NetworkTimeout,
    OperationFailure,
    ServerSelectionTimeoutError,
)

from synergy.core.errors import InvalidDefinition, SourceDown
from synergy.core.ports import Boundaries
from synergy.stores.mongodb.canceling import cancels_kept
from synergy.stores.mongodb.documents import Document
from synergy.stores.mongodb.failures import AUTHENTICATION_FAILED, RAISED, UNAUTHORIZED, in_short
from synergy.stores.mongodb.link import Options, new_client, place_of

_URL_REMEDY: Final = 'set data_source = "mongodb://host1,host2/DATABASE?replicaSet=rs0"'
_SHARE_OF_SOCKET: Final = 0.9
"""The server gives a question up a little before we do, and so does not work on for nobody."""


class MongoDataSource:
    """See DataSource. Keys are in the server's own order of values; the URL says from which members they are read."""

    def __init__(self, url: str, options: Options) -> None:
        """To be made inside the running loop; nothing is connected before the first question.

        Raises:
            InvalidDefinition: the URL is wrong, or names no database.
        """
        self._place = f"data source {place_of(url)}"
        self._limit_ms = int(options.socket_seconds * 1000 * _SHARE_OF_SOCKET)
        try:
            self._client = new_client(url, options)
            self._database = self._client.get_default_database()
        except (InvalidURI, ConfigurationError, ValueError, TypeError, Warning) as error:
            raise InvalidDefinition(f"{self._place}: {in_short(error)}", remedy=_URL_REMEDY) from None

    async def boundaries(self, source: str, start_timeperiod: str, end_timeperiod: str) -> Boundaries | None:
        """See DataSource.boundaries."""
        in_period: Document = {"timeperiod": {"$gte": start_timeperiod, "$lt": end_timeperiod}}
        ends: Document = {"_id": None, "lowest": {"$min": "$_id"}, "highest": {"$max": "$_id"}}
        question = [{"$match": in_period}, {"$group": ends}]
        with cancels_kept():
            try:
                async with await self._database[source].aggregate(question, maxTimeMS=self._limit_ms) as answer:
                    async for found in answer:
                        return Boundaries(str(found["lowest"]), str(found["highest"]))
                known = await self._database.list_collection_names(filter={"name": source})
            except RAISED as error:
                raise self._told(error, source) from error
        if not known:
            raise SourceDown(
                f'{self._place} has no collection "{source}"', remedy="it is asked again when the job is due"
            )
        return None

    async def close(self) -> None:
        """See DataSource.close."""
        await self._client.close()

    def _told(self, error: BaseException, source: str) -> SourceDown:
        asked = f'{self._place}, collection "{source}"'
        code = error.code if isinstance(error, OperationFailure) else None
        if code == AUTHENTICATION_FAILED:
            return SourceDown(
                f"{self._place} refuses the user or the password", remedy="correct them in the URL of data_source"
            )
        if code == UNAUTHORIZED:
            return SourceDown(f"{asked}: not allowed: {in_short(error)}", remedy="grant the user the role read on it")
        if isinstance(error, (ExecutionTimeout, NetworkTimeout)):
            return SourceDown(
                f"{asked}: no answer within {self._limit_ms / 1000:g} s", remedy="index it on (timeperiod, _id)"
            )
        if isinstance(error, ServerSelectionTimeoutError):
            return SourceDown(
                f"{self._place} cannot be reached: {in_short(error)}", remedy="check that it runs, and its name"
            )
        return SourceDown(f"{asked}: {in_short(error)}", remedy="check the server's log")
