"""How many of what, as one says it in a sentence: ``1 job``, ``2,000 jobs``."""

from __future__ import annotations


def counted(number: int, one: str, many: str | None = None) -> str:
    """The number and its noun; ``many`` is the plural where that is not ``one`` with an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
