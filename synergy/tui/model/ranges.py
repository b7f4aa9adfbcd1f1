"""Neighbouring periods as one target, ``PROCESS@FIRST..LAST``, and such a target as its jobs; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Final

from synergy.core.timeperiods import Qualifier, ordinal_of, timeperiod_of

MOST_APART: Final = 1000
"""A longer range stays one."""


def is_range(target: str) -> bool:
    """Whether it names periods from one to another."""
    _, at, periods = target.partition("@")
    return bool(at) and all(periods.partition(".."))


def apart(target: str, qualifier: Qualifier) -> tuple[str, ...]:
    """The jobs of a range, or the range where they are too many."""
    name, _, periods = target.partition("@")
    first, last = (ordinal_of(qualifier, period) for period in periods.split(".."))
    if last - first >= MOST_APART:
        return (target,)
    return tuple(f"{name}@{timeperiod_of(qualifier, ordinal)}" for ordinal in range(first, last + 1))


def together(targets: Iterable[str], qualifiers: Mapping[str, Qualifier]) -> tuple[str, ...]:
    """Neighbours that follow each other as ranges; what is no job of a process that is known stays as it is."""
    numbered = enumerate(_placed(target, qualifiers) for target in targets)
    found: list[str] = []
    for (name, _), run in groupby(numbered, key=lambda pair: (pair[1][0], pair[1][1] and pair[1][1] - pair[0])):
        jobs = [placed for _, placed in run]
        first, last = jobs[0][1], jobs[-1][1]
        if first is None or last is None or first == last:
            found += [target for *_, target in jobs]
        else:
            ends = (timeperiod_of(qualifiers[name], ordinal) for ordinal in (first, last))
            found.append(f"{name}@{'..'.join(ends)}")
    return tuple(found)


def _placed(target: str, qualifiers: Mapping[str, Qualifier]) -> tuple[str, int | None, str]:
    name, _, period = target.partition("@")
    is_job = bool(period) and ".." not in period and name in qualifiers
    return (name, ordinal_of(qualifiers[name], period) if is_job else None, target)
