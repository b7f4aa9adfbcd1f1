"""The way to the database: one client for each store object, made inside the running loop by ``open``."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct
from pymongo import AsyncMongoClient, ReadPreference, WriteConcern
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import ConfigurationError, InvalidURI
from pymongo.read_concern import ReadConcern

from synergy.core.errors import InvalidDefinition, StoreDown
from synergy.stores.mongodb.canceling import cancels_kept
from synergy.stores.mongodb.documents import Document
from synergy.stores.mongodb.failures import RAISED, translate, wrong_url

Database = AsyncDatabase[Document]

DEFAULT_DATABASE: Final = "synergy"

_LONGEST_LOG_DAYS: Final = 20_000
"""A TTL index counts seconds in 32 bits."""


class Options(Struct, frozen=True):
    """What a store is told besides its URL, in seconds and days; an option in the URL wins over these.

    ``password``: of the user in the URL; it goes before one that stands there.
    """

    server_selection_seconds: float = 5.0
    socket_seconds: float = 5.0
    log_ttl_days: float = 365.0
    password: str | None = None

    def __repr__(self) -> str:
        return f"Options({self.server_selection_seconds:g} s, {self.socket_seconds:g} s, {self.log_ttl_days:g} days)"

    @property
    def log_ttl_seconds(self) -> int:
        """How long the server keeps chunks of logs."""
        return int(min(self.log_ttl_days, _LONGEST_LOG_DAYS) * 86_400)


def place_of(url: str) -> str:
    """Servers and database of the URL, as messages name them; without user and password.

    Where a password that was not escaped, or an option, hides which part they are, it is only "mongodb".
    """
    rest, _, options = url.partition("://")[2].partition("?")
    return "mongodb" if "@" in options else rest.rpartition("@")[2] or "mongodb"


class Link:
    """Opens and closes the client; both may be called twice, in any order."""

    def __init__(self, url: str, options: Options) -> None:
        self.place = place_of(url)
        self.options = options
        self._url = url
        self._client: AsyncMongoClient[Document] | None = None
        self._database: Database | None = None

    @property
    def is_open(self) -> bool:
        """Whether ``open`` was called, and ``close`` not since then."""
        return self._database is not None

    async def open(self) -> None:
        """Find the server, and choose what is asked of it.

        Raises:
            InvalidDefinition: the URL is wrong. StoreDown: no server answers, or it refuses us.
        """
        if self._client is not None:
            return
        if self.options.password is not None and not urlsplit(self._url).username:
            raise InvalidDefinition(
                f"store {self.place}: there is a password, but its URL names no user",
                remedy='write "mongodb://USER@HOST/DATABASE", or take db_password_file or SYNERGY_DB_PASSWORD away',
            )
        try:
            client = new_client(self._url, self.options)
            named = client.get_default_database(DEFAULT_DATABASE)
        except (InvalidURI, ConfigurationError, ValueError, TypeError, Warning) as error:
            raise wrong_url(error, self.place) from None
        try:
            hello = await client.admin.command("hello")
            await named.command("ping")
        except RAISED as error:
            await client.close()
            raise translate(error, self.place) from error
        has_majority = "setName" in hello or hello.get("msg") == "isdbgrid"
        self._client = client
        self._database = named.with_options(
            read_preference=ReadPreference.PRIMARY,
            read_concern=ReadConcern("majority" if has_majority else "local"),
            write_concern=WriteConcern(w="majority", j=True),
        )

    async def close(self) -> None:
        """Let go of all connections."""
        client, self._client, self._database = self._client, None, None
        if client is not None:
            await client.close()

    @asynccontextmanager
    async def use(self) -> AsyncIterator[Database]:
        """The database; what the driver raises inside is told as errors of ours.

        Raises:
            StoreDown: it is not open, or it does not answer.
        """
        if self._database is None:
            raise StoreDown(f"store {self.place} is not open", remedy="open it first")
        with cancels_kept():
            try:
                yield self._database
            except RAISED as error:
                raise translate(error, self.place) from error


def new_client(url: str, options: Options) -> AsyncMongoClient[Document]:
    """A client that asks for what we want where its URL says nothing; to be made inside the running loop."""
    said = {name.lower() for name, _ in parse_qsl(urlsplit(url).query)}
    wanted: dict[str, Any] = {
        "serverSelectionTimeoutMS": int(options.server_selection_seconds * 1000),
        "connectTimeoutMS": int(options.server_selection_seconds * 1000),
        "socketTimeoutMS": int(options.socket_seconds * 1000),
        "retryWrites": True,
        "retryReads": True,
        "appname": "synergy",
    }
    ours = {name: value for name, value in wanted.items() if name.lower() not in said}
    if options.password is not None:
        ours["password"] = options.password
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # the driver would go on without an option that it does not understand
        return AsyncMongoClient(url, **ours)
