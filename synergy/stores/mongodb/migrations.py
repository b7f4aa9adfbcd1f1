"""The steps from one version of the schema to the next; ``schema`` does those that a store needs, in their order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from msgspec import Struct

from synergy.stores.mongodb.link import Database


class Migration(Struct, frozen=True):
    """The step to one version of the schema; done again after a crash, so it must change nothing the second time."""

    version: int
    title: str
    count: Callable[[Database], Awaitable[int]]
    """How many documents it would change."""
    run: Callable[[Database], Awaitable[None]]


_GONE_AT_2: Final = frozenset({"uow_identity", "uow_by_process", "uow_open"})


async def _count_none(_database: Database) -> int:
    return 0


async def _drop_indexes(database: Database) -> None:
    """Ids derive from what ``uow_identity`` made unique; the others cost each claim and each finish a write."""
    uows = database["unit_of_work"]
    for name in _GONE_AT_2 & set(await uows.index_information()):
        await uows.drop_index(name)


MIGRATIONS: Final[tuple[Migration, ...]] = (
    Migration(2, "fewer indexes of units of work under way", _count_none, _drop_indexes),
)
"""From version 1 on, ascending."""
