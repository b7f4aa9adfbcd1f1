"""Inputs made from seeds, the same for the same random numbers: a little damage to bytes, or to a JSON value."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final

LONGEST_BYTES: Final = 256 * 1024

NASTY: Final = (
    b"", b"\0", b"\n", b"\r\n", b"\xff\xfe", b"\xed\xa0\x80", b"\xc3", b"\\ud800", b"\\u0000", b"NaN", b"-Infinity",
    b"1e999", b"-0", b"-1", b"0", b"9223372036854775807", b"9223372036854775808", b"-9223372036854775809",
    b"9" * 400, b"9" * 5000, b"1." + b"0" * 400, b"[" * 3000, b'{"a":' * 3000, b"(" * 600, b"\xe2\x80\xae",
    "𝟙²٣".encode(), "ß".encode() * 40, b" " * 300, b"..", b"@", b"::", b"%s%n{}", b"'\";$(id)`", b"null", b"true",
)  # fmt: skip
"""What programs trip over."""

STRANGE: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1, 2**31, 2**53, 2**63 - 1, 2**63, -(2**63) - 1, 10**30, 10**400, 0.0, -0.5, 1e308,
    5e-324, float("nan"), float("inf"), float("-inf"), "", " ", "\0", "\ud800", "a\nb", "x" * 100_000, "%s", "..",
    "2013013020", "9999999999", "0000000000", "MainHourly", "MainHourly@2013013020",
    "MainHourly@2013013020..2013020202", "MainHourly@0000000000..9999999999", "Report::mail", "MainHourly@2013013020.1",
    "MainHourly@2013013020.99999999999999", "state_embryo", "every 1", "every 1e400", "cron * * * * *", "9" * 5000,
    [], {}, [[]], {"": None}, ["a"] * 5000,
)  # fmt: skip
"""Values of every wrong type, and some right ones in wrong places."""


def mutated(random: Random, seeds: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    """One of the seeds, damaged a few times."""
    data = random.choice(seeds)
    for _ in range(random.choice((1, 1, 2, 3, 5))):
        data = random.choice(_DAMAGES)(random, data, seeds, (*words, *NASTY))[:LONGEST_BYTES]
    return data


def mutated_json(random: Random, seed: bytes) -> bytes:
    """A JSON text with some of its values replaced, left out, doubled, nested or renamed."""
    value = damaged(random, json.loads(seed))
    try:
        text = json.dumps(value, ensure_ascii=random.random() < 0.5)
    except RecursionError:  # the same place was nested again and again
        return seed
    return text.encode("utf-8", "surrogatepass")[:LONGEST_BYTES]


def damaged(random: Random, value: Any) -> Any:
    """A value of plain Python with some of its parts replaced, left out, doubled, nested or renamed."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        value = _damaged_value(random, value)
    return value


def _damaged_value(random: Random, value: Any) -> Any:
    """Somewhere in the value one thing is different."""
    if isinstance(value, dict) and value and random.random() < 0.85:
        key = random.choice(list(value))
        found = dict(value)
        match random.randrange(20):
            case 0:
                del found[key]
            case 1:
                found[random.choice(("", "x", "\ud800", f"{key}_"))] = found.pop(key)
            case 2:
                found["extra"] = random.choice(STRANGE)
            case _:
                found[key] = _damaged_value(random, value[key])
        return found
    if isinstance(value, list) and value and random.random() < 0.7:
        at = random.randrange(len(value))
        return [*value[:at], _damaged_value(random, value[at]), *value[at + random.randrange(2) :]]
    if random.random() < 0.1:
        return _nested(random.choice((1, 5, 300)), value)
    alike = [one for one in STRANGE if type(one) is type(value)]
    return random.choice(alike if alike and random.random() < 0.8 else STRANGE)


def _nested(depth: int, value: Any) -> Any:
    for _ in range(depth):
        value = [value]
    return value


Damage = Callable[[Random, bytes, Sequence[bytes], Sequence[bytes]], bytes]


def _flip(random: Random, data: bytes, _seeds: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    if not data:
        return data
    at = random.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << random.randrange(8))]) + data[at + 1 :]


def _randomize(random: Random, data: bytes, _seeds: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    start, stop = _span(random, data, 8)
    return data[:start] + random.randbytes(stop - start) + data[stop:]


def _cut(random: Random, data: bytes, _seeds: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    start, stop = _span(random, data, len(data))
    return data[:start] + data[stop:]


def _repeat(random: Random, data: bytes, _seeds: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    start, stop = _span(random, data, 32)
    return data[:start] + data[start:stop] * random.choice((2, 3, 10, 1000)) + data[stop:]


def _splice(random: Random, data: bytes, seeds: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    other = random.choice(seeds)
    return data[: random.randint(0, len(data))] + other[random.randint(0, len(other)) :]


def _insert(random: Random, data: bytes, _seeds: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    at = random.randint(0, len(data))
    return data[:at] + random.choice(words) + data[at:]


def _replace(random: Random, data: bytes, _seeds: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    start, stop = _span(random, data, 16)
    return data[:start] + random.choice(words) + data[stop:]


_DAMAGES: Final[tuple[Damage, ...]] = (_flip, _randomize, _cut, _repeat, _splice, _insert, _insert, _replace, _replace)


def _span(random: Random, data: bytes, longest: int) -> tuple[int, int]:
    start = random.randint(0, len(data))
    return start, min(len(data), start + random.randint(0, max(1, longest)))
