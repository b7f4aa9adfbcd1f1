"""What is fuzzed: a function from bytes to an outcome, with the refusals that it may answer with.

Whatever else an attempt raises, and whatever takes too long or too much memory, is a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from random import Random
from typing import NamedTuple

Attempt = Callable[[bytes], object]
"""Takes one input. Returning means that it was taken; what it may raise is in ``Target.refusals``."""


class Target(NamedTuple):
    """One target.

    ``seeds``: real inputs of the project's own making. ``open``: yields the attempt, and cleans up after the last one.
    ``words``: what is put into inputs besides random bytes. ``mutate``: a mutator that knows the input's structure.
    """

    name: str
    seeds: Callable[[], Sequence[bytes]]
    open: Callable[[], AbstractContextManager[Attempt]]
    refusals: tuple[type[Exception], ...] = ()
    words: tuple[bytes, ...] = ()
    mutate: Callable[[Random, bytes], bytes] | None = None


def always(attempt: Attempt) -> Callable[[], AbstractContextManager[Attempt]]:
    """The ``open`` of a target that needs nothing around it."""

    @contextmanager
    def opened() -> Iterator[Attempt]:
        yield attempt

    return opened
