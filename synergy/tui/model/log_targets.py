"""What logs are named by on the command line; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from synergy.core.control.events import UowChanged
from synergy.core.errors import InvalidArgument

MOST_LOGS: Final = 20
NAME_CELLS: Final = 24
"""So much of a log's name is told before its lines."""

_MOST_DIGITS: Final = 9


def read_attempts(target: str) -> tuple[str, tuple[int, ...]]:
    """``JOB``, ``JOB 3`` (against the one before it) or ``JOB 1 3``: whose logs, and the numbers of the attempts.

    Raises:
        InvalidArgument: it is none of these.
    """
    name, *rest = target.split()
    numbers = tuple(int(word) for word in rest if _is_number(word) and int(word) > 0)
    if len(numbers) != len(rest) or len(rest) > 2 or len(set(numbers)) != len(numbers):
        remedy = "write :diff JOB, or :diff JOB 1 2 with two numbers of :job JOB"
        raise InvalidArgument(f'":diff {target}" names no two attempts', remedy=remedy)
    if len(numbers) == 1:
        return name, (numbers[0] - 1, numbers[0]) if numbers[0] > 1 else (1, 2)
    return name, numbers


def read_attempt(target: str) -> tuple[str, int | None]:
    """``JOB`` or ``JOB#2``: whose log, and which attempt's; None: the newest one's."""
    name, _, number = target.rpartition("#")
    return (name, int(number)) if name and _is_number(number) else (target, None)


def is_of(name: str, changed: UowChanged) -> bool:
    """Whether what happened to a unit of work happened to what is named: it, its job or its entry."""
    return name in {changed.uow_id, changed.process_name, f"{changed.process_name}@{changed.timeperiod}"}


def read_names(target: str) -> tuple[str, ...]:
    """The logs that are named, each once.

    Raises:
        InvalidArgument: they are too many.
    """
    names = tuple(dict.fromkeys(target.split()))
    if len(names) > MOST_LOGS:
        raise InvalidArgument(f"{len(names)} logs are too many for one", remedy=f"name or mark at most {MOST_LOGS}")
    return names


def short_names(names: Sequence[str]) -> list[str]:
    """What tells the logs apart: the timeperiod of one process, the process of one timeperiod, the entry, or all."""
    if all("::" in name for name in names) and len({name.partition("::")[0] for name in names}) == 1:
        return [_cut(name.partition("::")[2]) for name in names]
    parts = [name.partition("@") for name in names]
    if len({process for process, _, _ in parts}) == 1 and all(period for _, _, period in parts):
        return [_cut(period) for _, _, period in parts]
    if len({period for _, _, period in parts}) == 1:
        return [_cut(process) for process, _, _ in parts]
    return [_cut(name) for name in names]


def _cut(name: str) -> str:
    """Its end tells more than its beginning."""
    return name if len(name) <= NAME_CELLS else "…" + name[1 - NAME_CELLS :]


def _is_number(word: str) -> bool:
    """Digits that are soon read: Python refuses thousands of them with an error of its own."""
    return word.isdecimal() and len(word) <= _MOST_DIGITS
