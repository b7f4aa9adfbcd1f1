"""The order in which a batch's patches may be written in bulk: shared by the adapters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from synergy.core.records import UowPatch


def waves(patches: Sequence[UowPatch]) -> list[list[UowPatch]]:
    """Patches in order, split so that no wave has two of one unit of work: the second builds on the first."""
    found: list[list[UowPatch]] = []
    seen: dict[str, int] = defaultdict(int)
    for patch in patches:
        depth = seen[patch.uow_id]
        seen[patch.uow_id] += 1
        if depth == len(found):
            found.append([])
        found[depth].append(patch)
    return found
