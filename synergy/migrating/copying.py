"""Copying a store page by page; whatever is cut off goes on behind the last page that was written with its mark."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing

from msgspec import Struct
from msgspec.structs import replace

from synergy.core.ports import ArchiveKind, ArchiveStore, MigrationMark
from synergy.core.records import LogChunk

Progress = Callable[[ArchiveKind, int, int], None]
"""Told after each page: the kind, how many of it are done, and how many there are."""


async def copy(
    source: ArchiveStore, target: ArchiveStore, mark: MigrationMark, logs_from: float, tell: Progress
) -> MigrationMark:
    """Copy all that the mark does not tell of; returns the mark as it stands then, not yet done.

    ``logs_from``: chunks that end earlier are at the end of their life and stay behind.
    """
    kinds = list(ArchiveKind)
    for kind in kinds[kinds.index(mark.kind) :]:
        if kind is not mark.kind:
            mark = replace(mark, kind=kind, place=None, number=0)
        total = await source.count(kind)
        async with aclosing(source.read(kind, mark.place)) as pages:
            async for page in pages:
                kept = living(page.records, logs_from)
                first = mark.number
                mark = replace(mark, place=page.place, number=first + len(kept))
                await target.write(kind, kept, first, mark)
                tell(kind, mark.number, total)
    return mark


def living(records: Sequence[Struct], logs_from: float) -> Sequence[Struct]:
    """Without the chunks of logs that end before."""
    return [one for one in records if not isinstance(one, LogChunk) or (one.lines and one.lines[-1].at >= logs_from)]
