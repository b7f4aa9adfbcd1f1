"""The leader's document: term, holder, and the batch that is being written (see ``commits``)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import Struct

from synergy.core.errors import StoreCorrupt, TermSuperseded
from synergy.core.records import LeaderRecord
from synergy.stores.mongodb.documents import Document
from synergy.stores.mongodb.failures import CORRUPT_REMEDY
from synergy.stores.mongodb.link import Database

STAMPS_PER_TERM: Final = 2**32

_ID: Final = "leader"
_NEW: Final[Mapping[str, int | bool]] = MappingProxyType({"counter": 0, "resigned": False})

NOBODY: Final[Mapping[str, Any]] = MappingProxyType(
    {"_id": _ID, "term": 0, "holder": None, "token": None, "stamp": 0, "intent": None, **_NEW}
)
"""The document of a new store."""


class Intent(Struct, frozen=True):
    """A packed batch and the first of its stamps."""

    stamp: int
    packed: bytes


class Lead(Struct, frozen=True):
    """The document as it stands."""

    term: int
    holder: str | None
    token: str | None
    stamp: int
    intent: Intent | None


async def read_lead(database: Database) -> Lead:
    """Raises StoreCorrupt when there is none."""
    document = await database["leader"].find_one({"_id": _ID})
    if document is None:
        raise _lost(database)
    return _to_lead(document)


async def raise_term(database: Database, holder: str, *, above: int = 0, after: LeaderRecord | None = None) -> Lead:
    """Take the next term; returns the document as it was left, with the last leader's intent.

    It is the one after ``above`` if that is higher; ``after``: see LeaderStore.take_term. A compare-and-set on the
    term; the token tells our own write from another's, should the answer to it be lost.

    Raises:
        TermSuperseded: it is no longer ``after`` who leads.
    """
    token = uuid.uuid4().hex
    while True:
        lead = await read_lead(database)
        if lead.token == token:
            return lead
        if after is not None and (lead.term, lead.holder) != (after.term, after.holder):
            raise superseded(after.term, lead)
        term = max(lead.term, above) + 1
        changes = {"term": term, "holder": holder, "token": token, "stamp": term * STAMPS_PER_TERM, **_NEW}
        await database["leader"].update_one({"_id": _ID, "term": lead.term}, {"$set": changes})


async def keep_term(database: Database, term: int, *, resign: bool) -> None:
    """See LeaderStore.keep_term."""
    answer = await database["leader"].update_one(
        {"_id": _ID, "term": {"$lte": term}}, {"$inc": {"counter": 1}, "$set": {"resigned": resign}}
    )
    if not answer.matched_count:
        raise superseded(term, await read_lead(database))


async def who_leads(database: Database) -> LeaderRecord:
    """See LeaderStore.leader."""
    found = await database["leader"].find_one({"_id": _ID}, dict.fromkeys(LeaderRecord.__struct_fields__, True))
    if found is None:
        raise _lost(database)
    return msgspec.convert(found, LeaderRecord)


async def write_intent(database: Database, term: int, intent: Intent, last_stamp: int) -> int | None:
    """Store the batch whole; from here on it takes effect, whatever happens.

    Returns:
        None when it is stored; else the highest stamp there is, above which it must be tried again.

    Raises:
        TermSuperseded: another leads; nothing was written.
    """
    written = {"stamp": intent.stamp, "packed": intent.packed}
    answer = await database["leader"].update_one(
        {"_id": _ID, "term": {"$lte": term}, "stamp": {"$lt": intent.stamp}},
        {"$set": {"stamp": last_stamp, "intent": written}},
    )
    if answer.matched_count:
        return None
    lead = await read_lead(database)
    if lead.term > term:
        raise superseded(term, lead)
    if lead.intent is not None and lead.intent == intent:
        return None  # the driver sent it twice
    return lead.stamp


async def fence(database: Database, lead: Lead) -> bool:
    """Make sure that no intent older than this comes in late; False when something has changed meanwhile."""
    answer = await database["leader"].update_one(
        {"_id": _ID, "term": lead.term, "stamp": lead.stamp}, {"$set": {"stamp": lead.stamp + 1}}
    )
    return bool(answer.matched_count)


def superseded(term: int, lead: Lead) -> TermSuperseded:
    """What a leader is told whose term is over."""
    return TermSuperseded(
        f"term {term} is superseded: {lead.holder or 'another daemon'} leads with term {lead.term}",
        remedy="this daemon must step down",
    )


def _lost(database: Database) -> StoreCorrupt:
    return StoreCorrupt(f"store {database.name} has lost its leader's term", remedy=CORRUPT_REMEDY)


def _to_lead(document: Document) -> Lead:
    intent = document["intent"]
    return Lead(
        document["term"],
        document["holder"],
        document["token"],
        document["stamp"],
        Intent(intent["stamp"], bytes(intent["packed"])) if intent else None,
    )
