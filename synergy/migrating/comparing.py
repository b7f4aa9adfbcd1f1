"""Whether two stores hold the same: their records side by side, in the order that all stores share."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from synergy.core.ports import ArchiveKind, ArchiveStore
from synergy.core.ports.archive import Key, key_of
from synergy.migrating.copying import Progress, living

FIRST: Final = 10
"""How many differences of a kind are named; all are counted."""

_encode = msgspec.msgpack.Encoder(order="deterministic").encode


class Difference(Struct, frozen=True):
    """One record that is not the same; ``what`` says how."""

    kind: ArchiveKind
    name: str
    what: str


class Comparison(Struct, frozen=True):
    """One kind in both stores: counts, digests over all records in their order, and the first differences."""

    kind: ArchiveKind
    source: int
    target: int
    source_digest: str
    target_digest: str
    differing: int = 0
    first: tuple[Difference, ...] = ()


class _Item(NamedTuple):
    key: Key
    record: Struct


class _Side:
    """One store's records of a kind, one at a time."""

    def __init__(self, items: AsyncGenerator[_Item, None]) -> None:
        self.count = 0
        self.digest = hashlib.blake2b(digest_size=16)
        self.encoded = b""
        self._items = items

    async def next(self) -> _Item | None:
        """The next record; None at the end."""
        item = await anext(self._items, None)
        if item is not None:
            self.encoded = _encode(item.record)
            self.digest.update(self.encoded)
            self.count += 1
        return item


async def compare(
    source: ArchiveStore, target: ArchiveStore, kind: ArchiveKind, logs_from: float, tell: Progress
) -> Comparison:
    """Compare all records of a kind; of logs those that end later than ``logs_from``."""
    total = await source.count(kind)
    async with aclosing(_items(source, kind, logs_from)) as left, aclosing(_items(target, kind, logs_from)) as right:
        ours, theirs = _Side(left), _Side(right)
        differing, first = 0, list[Difference]()
        async for difference in _differences(kind, ours, theirs):
            if difference is not None:
                differing += 1
                first += [difference][: FIRST - len(first)]
            tell(kind, ours.count, total)
    digests = ours.digest.hexdigest(), theirs.digest.hexdigest()
    return Comparison(kind, ours.count, theirs.count, *digests, differing, tuple(first))


async def _differences(kind: ArchiveKind, ours: _Side, theirs: _Side) -> AsyncGenerator[Difference | None, None]:
    """For each record of either side its difference, or None."""
    left, right = await ours.next(), await theirs.next()
    while left is not None or right is not None:
        if left is not None and (right is None or left.key < right.key):
            yield Difference(kind, _name(left), "only in the source")
            left = await ours.next()
        elif right is not None and (left is None or right.key < left.key):
            yield Difference(kind, _name(right), "only in the target")
            right = await theirs.next()
        elif left is not None and right is not None:
            same = ours.encoded == theirs.encoded
            yield None if same else Difference(kind, _name(left), _what_differs(left.record, right.record))
            left, right = await ours.next(), await theirs.next()


async def _items(store: ArchiveStore, kind: ArchiveKind, logs_from: float) -> AsyncGenerator[_Item, None]:
    """Records with their keys; those that have none are known by their number."""
    number = 0
    async with aclosing(store.read(kind)) as pages:
        async for page in pages:
            for record in living(page.records, logs_from):
                number += 1
                yield _Item(key_of(kind, record) or (number,), record)


def _name(item: _Item) -> str:
    return " ".join(map(str, item.key))


def _what_differs(ours: Struct, theirs: Struct) -> str:
    fields = [name for name in ours.__struct_fields__ if getattr(ours, name) != getattr(theirs, name)]
    return f"differs in {', '.join(fields)}"
