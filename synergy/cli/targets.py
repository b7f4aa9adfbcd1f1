"""What a user points at, from arguments or standard input."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from synergy.core.errors import InvalidArgument
from synergy.core.targets import parse_target


def read_targets(arguments: Sequence[str]) -> tuple[str, ...]:
    """The targets in their order, each once; ``-`` stands for those on standard input, separated by white space.

    Raises:
        InvalidArgument: one cannot be read, or there are none.
    """
    texts: list[str] = []
    for argument in arguments:
        texts.extend(sys.stdin.read().split() if argument == "-" else [argument])
    if not texts:
        raise InvalidArgument(
            "no target is given",
            remedy="name jobs, entries or units of work, or write - and send them on standard input",
        )
    for text in texts:
        parse_target(text)
    return tuple(dict.fromkeys(texts))


def read_names(arguments: Sequence[str]) -> tuple[str, ...]:
    """As ``read_targets``, for what the daemon alone can tell the spelling of: names of processes, trees and ids."""
    texts: list[str] = []
    for argument in arguments:
        texts.extend(sys.stdin.read().split() if argument == "-" else [argument])
    if not texts:
        raise InvalidArgument("no target is given", remedy="name one, or write - and send them on standard input")
    return tuple(dict.fromkeys(texts))


def split_states(values: Sequence[str]) -> tuple[str, ...]:
    """``("processed,Skipped", "noop")`` → three states, as they were written."""
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())
