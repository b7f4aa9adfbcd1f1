"""What logs are named by on the command line; pure."""

from __future__ import annotations

from synergy.core.errors import InvalidArgument


def read_attempts(target: str) -> tuple[str, tuple[int, ...]]:
    """``JOB``, ``JOB 3`` (against the one before it) or ``JOB 1 3``: whose logs, and the numbers of the attempts.

    Raises:
        InvalidArgument: it is none of these.
    """
    name, *rest = target.split()
    numbers = tuple(int(word) for word in rest if word.isdecimal() and int(word) > 0)
    if len(numbers) != len(rest) or len(rest) > 2 or len(set(numbers)) != len(numbers):
        remedy = "write :diff JOB, or :diff JOB 1 2 with two numbers of :job JOB"
        raise InvalidArgument(f'":diff {target}" names no two attempts', remedy=remedy)
    if len(numbers) == 1:
        return name, (numbers[0] - 1, numbers[0]) if numbers[0] > 1 else (1, 2)
    return name, numbers
