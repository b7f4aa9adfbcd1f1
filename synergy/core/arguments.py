"""Arguments of a freerun entry as people write them, ``KEY=VALUE``, in the shell and in the console's form alike."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import Final

from synergy.core.errors import InvalidArgument
from synergy.core.records import Arguments

_READS_AS_VALUE: Final = re.compile(r'\s*(["\-\d]|(true|false|null|NaN|Infinity)\s*$)')
"""Texts that ``KEY=…`` would take as a number, true, false, null or a quoted text."""


def read_arguments(pairs: Iterable[str]) -> Arguments:
    """``("a=1", "b=text")`` → ``{"a": 1, "b": "text"}``; a value that reads as a JSON scalar is taken as one.

    Raises:
        InvalidArgument: one has no ``=``.
    """
    arguments: Arguments = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key:
            raise InvalidArgument(f'argument "{pair}" cannot be read', remedy="write KEY=VALUE")
        arguments[key] = _scalar(text)
    return arguments


def argument_pairs(arguments: Arguments) -> list[str]:
    """The other way round; ``read_arguments`` reads the same from it."""
    return [f"{key}={_written(value)}" for key, value in arguments.items()]


def _scalar(text: str) -> str | float | bool | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if isinstance(value, float) and not math.isfinite(value):
        return text  # no number that JSON can carry
    return value if value is None or isinstance(value, (str, int, float, bool)) else text


def _written(value: object) -> str:
    is_plain = isinstance(value, str) and not _READS_AS_VALUE.match(value)
    return str(value) if is_plain else json.dumps(value, ensure_ascii=False)
