"""A batch as one value, once it is sure that the server takes each of its documents.

The packed batch is stored first and takes effect from then on (see ``commits``): a document that is refused after that
would keep everybody who reads from going on.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

import bson

from synergy.core.errors import InvalidArgument
from synergy.core.ports import Batch
from synergy.stores.mongodb import documents
from synergy.stores.mongodb.documents import Document

MOST_BYTES: Final = 15 * 1024 * 1024
"""A server takes documents of 16 MB; the attempts of a unit of work are added to it later."""

_SURELY_FITS: Final = 2 * 1024 * 1024
"""As JSON, in which a sign may take six bytes, no document of a batch of this size is over the limit."""

_PACKED: Final = zlib.Z_BEST_SPEED


def pack(batch: Batch) -> bytes:
    """The batch as one value.

    Raises:
        InvalidArgument: a record, or all of it together, is too large; what else encoding raises, ``translate`` takes.
    """
    raw = documents.raw(batch)
    if len(raw) > _SURELY_FITS:
        for document in _documents(batch):
            _check(document)
    packed = zlib.compress(raw, _PACKED)
    if len(packed) > MOST_BYTES:
        text = f"a batch of {len(packed):,} bytes is over the limit of {MOST_BYTES:,}"
        raise InvalidArgument(text, remedy="act on fewer jobs at once")
    return packed


def _documents(batch: Batch) -> Iterator[Document]:
    """Those that the records become; of a patch, what it sets."""
    yield from map(documents.from_job, batch.jobs)
    yield from map(documents.from_uow, batch.new_uows)
    yield from ({"_id": patch.uow_id, "patch": documents.raw(patch)} for patch in batch.patches)
    yield from (documents.from_history(entry, 0, 0) for entry in batch.history)
    yield from map(documents.from_audit, batch.audit)
    yield from map(documents.from_plan, batch.plans)
    yield from map(documents.from_override, batch.overrides)
    yield from map(documents.from_entry, batch.entries)
    yield from map(documents.from_box_process, batch.box_processes)
    yield from map(documents.from_directive, batch.directives)


def _check(document: Document) -> None:
    size = len(bson.encode(document))
    if size > MOST_BYTES:
        name = str(document["_id"])
        if "#" in name:
            name = f"a line of history of {name.partition('#')[0]}"
        elif isinstance(document["_id"], int):
            name = f"audit entry {name}"
        text = f"the record of {name} has {size:,} bytes, over the limit of {MOST_BYTES:,}"
        raise InvalidArgument(text, remedy="give it smaller arguments")
