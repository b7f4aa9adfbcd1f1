"""What pymongo raises, told as errors of ours; no driver's exception leaves this folder.

A message names the servers and the database, never the URL: that may hold a password.
"""

from __future__ import annotations

from typing import Final

import msgspec
from bson.errors import BSONError
from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    DocumentTooLarge,
    InvalidURI,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WriteConcernError,
)

from synergy.core.errors import DiskFull, InvalidArgument, InvalidDefinition, StoreCorrupt, StoreDown, SynergyError

CORRUPT_REMEDY: Final = "restore the database from a backup, or name an empty one"

DUPLICATE: Final = 11000

UNAUTHORIZED: Final = 13
AUTHENTICATION_FAILED: Final = 18
_OUT_OF_DISK_SPACE: Final = 14031
_TOO_LARGE: Final = frozenset({10334, 17280, 17419, 17420})
_SHOWN_CHARS: Final = 200

RAISED: Final = (PyMongoError, BSONError, OSError, OverflowError, UnicodeError, msgspec.MsgspecError)
"""What work on a store may raise besides errors of ours; ``translate`` takes each of them."""


def translate(error: BaseException, place: str) -> SynergyError:
    """The error of ours that says the same; ``place`` names servers and database."""
    match error:
        case SynergyError():
            return error
        case OperationFailure():
            return _from_server(error, place)
        case InvalidURI() | ConfigurationError():
            return wrong_url(error, place)
        case DocumentTooLarge() | BSONError() | OverflowError() | UnicodeError():
            return InvalidArgument(f"store {place}: a record cannot be stored: {error}", remedy="correct the record")
        case msgspec.MsgspecError():
            return StoreCorrupt(f"store {place}: a record cannot be read: {error}", remedy=CORRUPT_REMEDY)
        case _:
            return _from_network(error, place)


def wrong_url(error: Exception, place: str) -> InvalidDefinition:
    """The store's URL cannot be used as it is written."""
    return InvalidDefinition(
        f"store {place}: {in_short(error)}", remedy='set store = "mongodb://host1,host2/synergy?replicaSet=rs0"'
    )


def is_only_duplicates(error: BulkWriteError) -> bool:
    """Whether all that a bulk of inserts was refused for is that the documents are there already."""
    details = error.details or {}
    refused = details.get("writeErrors", [])
    return not details.get("writeConcernErrors") and all(one.get("code") == DUPLICATE for one in refused)


def _from_server(error: OperationFailure, place: str) -> SynergyError:
    code, reason = _code_and_reason(error)
    if code == AUTHENTICATION_FAILED:
        return StoreDown(
            f"store {place} refuses the user or the password",
            remedy="correct them in the store's URL, db_password_file or SYNERGY_DB_PASSWORD",
        )
    if code == UNAUTHORIZED:
        return StoreDown(f"store {place}: not allowed: {reason}", remedy="grant the user readWrite and dbAdmin on it")
    if code == _OUT_OF_DISK_SPACE:
        return StoreDown(f"store {place}: the server's disk is full", remedy="free some space there")
    if code in _TOO_LARGE:
        return InvalidArgument(f"store {place}: a record is too large: {reason}", remedy="act on fewer jobs at once")
    if isinstance(error, WriteConcernError):
        return StoreDown(f"store {place}: no majority confirms: {reason}", remedy="check the set's members")
    return StoreDown(f"store {place}: {reason}", remedy="check the server's log")


def _from_network(error: BaseException, place: str) -> StoreDown:
    if isinstance(error, ServerSelectionTimeoutError):
        return StoreDown(
            f"store {place} cannot be reached: {in_short(error)}",
            remedy="check that the servers run, that their names are right and that the network lets us through",
        )
    return StoreDown(f"store {place} did not answer: {in_short(error)}", remedy="it is tried again")


def nothing_was_written(error: SynergyError, cause: BaseException) -> SynergyError:
    """The same for the write that goes first: a full disk left nothing behind."""
    if isinstance(cause, OperationFailure) and _code_and_reason(cause)[0] == _OUT_OF_DISK_SPACE:
        return DiskFull(error.message, remedy=error.remedy)
    return error


def _code_and_reason(error: OperationFailure) -> tuple[int | None, str]:
    """Of a bulk, those of its first refused write."""
    details = error.details or {}
    for one in (*details.get("writeErrors", ()), *details.get("writeConcernErrors", ())):
        return one.get("code"), str(one.get("errmsg", error))[:_SHOWN_CHARS]
    return error.code, str(details.get("errmsg", error))[:_SHOWN_CHARS]


def in_short(error: BaseException) -> str:
    """The driver's text up to its lists of time-outs and topologies."""
    text = str(error).partition(" (configured timeouts")[0].partition(", Timeout:")[0]
    return text[:_SHOWN_CHARS] or type(error).__name__
