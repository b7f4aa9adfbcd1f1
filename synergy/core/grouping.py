"""Time grouping: one job covers several periods of its process (DOMAIN: section 3).

Inside the enclosing unit (the day of an hour, the month of a day, the year of a month) the checkpoints are the
positive multiples of the grouping and the unit's last period. A checkpoint covers the periods after the checkpoint
before it; the others carry no job of their own. Periods are ordinals of ``synergy.core.timeperiods``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from synergy.core.timeperiods import Qualifier, cast, span

LARGEST: Final = {Qualifier.HOURLY: 23, Qualifier.DAILY: 28, Qualifier.MONTHLY: 12, Qualifier.YEARLY: 1}
"""The largest ``time_grouping`` of each qualifier; the smallest is 1."""

_UNIT: Final = {
    Qualifier.HOURLY: Qualifier.DAILY,
    Qualifier.DAILY: Qualifier.MONTHLY,
    Qualifier.MONTHLY: Qualifier.YEARLY,
    Qualifier.YEARLY: Qualifier.YEARLY,
}
_FIRST_FIELD: Final = {Qualifier.HOURLY: 0, Qualifier.DAILY: 1, Qualifier.MONTHLY: 1, Qualifier.YEARLY: 1}
"""What the first period of a unit is called: hour 00, day 01, month 01."""


def is_checkpoint(qualifier: Qualifier, grouping: int, ordinal: int) -> bool:
    """Whether the period carries a job of its own; with grouping 1 every one does."""
    return grouping == 1 or checkpoint_of(qualifier, grouping, ordinal) == ordinal


def checkpoint_of(qualifier: Qualifier, grouping: int, ordinal: int) -> int:
    """The checkpoint that covers the period; a checkpoint covers itself."""
    if grouping == 1:
        return ordinal
    unit = _unit(qualifier, ordinal)
    # Hour 00 is covered by the first checkpoint although 0 is a multiple: counting starts at 1.
    field = max(ordinal - unit.start + _FIRST_FIELD[qualifier], 1)
    checkpoint = unit.start - _FIRST_FIELD[qualifier] + -(-field // grouping) * grouping
    return min(checkpoint, unit.stop - 1)


def covered(qualifier: Qualifier, grouping: int, checkpoint: int) -> range:
    """The periods that a checkpoint covers, itself the last of them."""
    if grouping == 1:
        return range(checkpoint, checkpoint + 1)
    unit = _unit(qualifier, checkpoint)
    zero = unit.start - _FIRST_FIELD[qualifier]
    before = zero + (checkpoint - zero - 1) // grouping * grouping
    return range(before + 1 if before > zero else unit.start, checkpoint + 1)


def checkpoints(qualifier: Qualifier, grouping: int, ordinals: range) -> Sequence[int]:
    """The checkpoints among consecutive periods, ascending; with grouping 1 the range itself."""
    if grouping == 1:
        return ordinals
    found = []
    at = checkpoint_of(qualifier, grouping, ordinals.start) if ordinals else ordinals.stop
    while at < ordinals.stop:
        found.append(at)
        at = checkpoint_of(qualifier, grouping, at + 1)
    return found


def _unit(qualifier: Qualifier, ordinal: int) -> range:
    """The periods of the enclosing unit; a year encloses itself."""
    enclosing = _UNIT[qualifier]
    return span(enclosing, cast(qualifier, ordinal, enclosing), qualifier)
