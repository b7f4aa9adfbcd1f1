"""What is different between two logs of the same job: lines that only one has, and lines that changed; pure.

Lines are compared without what differs in every run: times, process numbers, addresses, durations. Lines that are
unique in both logs are matched first; between them the shortest way from one to the other is looked for (E. W. Myers,
An O(ND) Difference Algorithm, 1986), up to a limit.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Final, NamedTuple

MOST_STEPS: Final = 600
"""Where more lines than this differ in a stretch without unique lines, all of it counts as replaced."""

ALIKE: Final = 0.5
"""A line changed, and is not another one, when so much of it at its ends is as before."""

_MASKS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), word)
    for pattern, word in (
        (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?", "<time>"),
        (r"\b\d{1,2}:\d\d:\d\d(?:[.,]\d+)?", "<time>"),
        (r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", "<id>"),
        (r"\b0x[0-9a-f]+\b", "<address>"),
        (r"\b(pid|process|thread|tid)([ =:#]*)\d+\b", r"\1\2<number>"),
        (r"\[\d{2,8}\]", "[<number>]"),
        (r"\b\d+(?:\.\d+)? ?(?:ns|µs|us|ms|s|sec|secs|seconds?|minutes?)\b", "<duration>"),
    )
)


class Kind(Enum):
    """What a row of the comparison is; its value is the sign before it."""

    SAME = "  "
    REMOVED = "- "
    ADDED = "+ "
    WAS = "~-"
    IS = "~+"
    FOLDED = "⋮ "


class DiffRow(NamedTuple):
    """A row: the numbers of its line in the old and the new log, counted from 0; None: not in that one.

    ``begin`` and ``end``: the part of a changed line that is different.
    """

    kind: Kind
    old: int | None
    new: int | None
    text: str
    begin: int = 0
    end: int = 0


class Difference(NamedTuple):
    """A stretch of lines old[old_begin:old_end] in whose place new[new_begin:new_end] stand."""

    old_begin: int
    old_end: int
    new_begin: int
    new_end: int


def masked(text: str) -> str:
    """The text without what differs in every run."""
    for pattern, word in _MASKS:
        text = pattern.sub(word, text)
    return text


def differences(old: Sequence[str], new: Sequence[str]) -> list[Difference]:
    """The stretches that are different, in order."""
    found: list[Difference] = []
    at_old = at_new = 0
    for one, other in [*sorted(_matched(old, new)), (len(old), len(new))]:
        if one > at_old or other > at_new:
            found.append(Difference(at_old, one, at_new, other))
        at_old, at_new = one + 1, other + 1
    return found


def diff_rows(old: Sequence[str], new: Sequence[str], found: Sequence[Difference], context: int) -> list[DiffRow]:
    """Every difference with some lines around it; equal stretches between them are folded into one row that says so."""
    rows: list[DiffRow] = []
    at_old = at_new = 0
    for index, each in enumerate([*found, Difference(len(old), len(old), len(new), len(new))]):
        count = each.old_begin - at_old
        head = context if index else 0
        tail = context if index < len(found) else 0
        rows += _same(new, at_old, at_new, count, (head, tail))
        rows += _different(old, new, each)
        at_old, at_new = each.old_end, each.new_end
    return rows


def counts(rows: Sequence[DiffRow]) -> tuple[int, int, int]:
    """How many lines were removed, added, changed."""
    kinds = Counter(row.kind for row in rows)
    return kinds[Kind.REMOVED], kinds[Kind.ADDED], kinds[Kind.IS]


def beginnings(rows: Sequence[DiffRow]) -> list[int]:
    """The rows at which a difference begins."""
    quiet = (Kind.SAME, Kind.FOLDED)
    return [at for at, row in enumerate(rows) if row.kind not in quiet and (at == 0 or rows[at - 1].kind in quiet)]


def _same(new: Sequence[str], at_old: int, at_new: int, count: int, around: tuple[int, int]) -> Iterator[DiffRow]:
    """An equal stretch: so many lines at its beginning and end, and how many between them are folded."""
    head, tail = around
    folded = count - head - tail
    if folded <= 1:
        head, folded = count, 0
    for at in range(min(head, count)):
        yield DiffRow(Kind.SAME, at_old + at, at_new + at, new[at_new + at])
    if folded:
        yield DiffRow(Kind.FOLDED, None, None, f"{folded:,} equal lines")
        for at in range(head + folded, count):
            yield DiffRow(Kind.SAME, at_old + at, at_new + at, new[at_new + at])


def _different(old: Sequence[str], new: Sequence[str], each: Difference) -> Iterator[DiffRow]:
    """Lines that are like those in their place changed; the others were removed or added."""
    pairs = min(each.old_end - each.old_begin, each.new_end - each.new_begin)
    for at in range(pairs):
        one, other = old[each.old_begin + at], new[each.new_begin + at]
        head, tail = _ends(one, other)
        if head + tail >= ALIKE * max(len(one), len(other)) or masked(one) == masked(other):
            yield DiffRow(Kind.WAS, each.old_begin + at, None, one, head, len(one) - tail)
            yield DiffRow(Kind.IS, None, each.new_begin + at, other, head, len(other) - tail)
        else:
            yield DiffRow(Kind.REMOVED, each.old_begin + at, None, one)
            yield DiffRow(Kind.ADDED, None, each.new_begin + at, other)
    for at in range(each.old_begin + pairs, each.old_end):
        yield DiffRow(Kind.REMOVED, at, None, old[at])
    for at in range(each.new_begin + pairs, each.new_end):
        yield DiffRow(Kind.ADDED, None, at, new[at])


def _ends(one: str, other: str) -> tuple[int, int]:
    """How much is equal at the beginning, and of the rest at the end."""
    room = min(len(one), len(other))
    head = next((at for at in range(room) if one[at] != other[at]), room)
    room -= head
    tail = next((at for at in range(room) if one[-1 - at] != other[-1 - at]), room)
    return head, tail


def _matched(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of equal lines, neither crossing another."""
    waiting = [(0, len(old), 0, len(new))]
    while waiting:
        old_begin, old_end, new_begin, new_end = waiting.pop()
        while old_begin < old_end and new_begin < new_end and old[old_begin] == new[new_begin]:
            yield old_begin, new_begin
            old_begin, new_begin = old_begin + 1, new_begin + 1
        while old_begin < old_end and new_begin < new_end and old[old_end - 1] == new[new_end - 1]:
            old_end, new_end = old_end - 1, new_end - 1
            yield old_end, new_end
        anchors = _anchors(old[old_begin:old_end], new[new_begin:new_end])
        if not anchors:
            pairs = _shortest(old[old_begin:old_end], new[new_begin:new_end])
            yield from ((old_begin + one, new_begin + other) for one, other in pairs)
            continue
        at_old, at_new = old_begin, new_begin
        for one, other in anchors:
            yield old_begin + one, new_begin + other
            waiting.append((at_old, old_begin + one, at_new, new_begin + other))
            at_old, at_new = old_begin + one + 1, new_begin + other + 1
        waiting.append((at_old, old_end, at_new, new_end))


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Lines that each side has once, as many of them as do not cross: the longest run that rises on both sides."""
    once_old, once_new = _once(old), _once(new)
    pairs = [(at, once_new[text]) for text, at in once_old.items() if text in once_new]
    ends: list[int] = []
    chain: list[int] = []  # of each pair, which one comes before it
    tops: list[int] = []
    for index, (_, other) in enumerate(pairs):
        place = bisect_left(ends, other)
        ends[place : place + 1] = [other]
        tops[place : place + 1] = [index]
        chain.append(tops[place - 1] if place else -1)
    found: list[tuple[int, int]] = []
    at = tops[-1] if tops else -1
    while at >= 0:
        found.append(pairs[at])
        at = chain[at]
    return found[::-1]


def _once(lines: Sequence[str]) -> dict[str, int]:
    """The place of each line that is there once, in order."""
    count = Counter(lines)
    return {line: at for at, line in enumerate(lines) if count[line] == 1}


def _shortest(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of equal lines on the shortest way from one to the other; none when that is too long."""
    ways: list[dict[int, int]] = []  # for each number of steps, how far into the old one each diagonal came
    for step in range(min(len(old) + len(new), MOST_STEPS) + 1):
        before = ways[-1] if ways else {1: 0}
        ways.append(reached := {})
        for diagonal in range(-step, step + 1, 2):
            begin = _begin(before, diagonal, len(old), len(new))
            if begin is None:
                continue
            at = begin
            while at < len(old) and at - diagonal < len(new) and old[at] == new[at - diagonal]:
                at += 1
            reached[diagonal] = at
            if at == len(old) and at - diagonal == len(new):
                return _walk_back(ways, diagonal, (len(old), len(new)))
    return []


def _begin(before: dict[int, int], diagonal: int, most_old: int, most_new: int) -> int | None:
    """Where a diagonal is entered: by leaving out a line of the old one, or by taking in a line of the new one."""
    places = [
        at
        for at in (before.get(diagonal - 1, -2) + 1, before.get(diagonal + 1, -1))
        if 0 <= at <= most_old and 0 <= at - diagonal <= most_new
    ]
    return max(places, default=None)


def _walk_back(ways: list[dict[int, int]], diagonal: int, sizes: tuple[int, int]) -> list[tuple[int, int]]:
    """The pairs on the way that ends on a diagonal."""
    found: list[tuple[int, int]] = []
    for step in range(len(ways) - 1, -1, -1):
        before = ways[step - 1] if step else {1: 0}
        begin = _begin(before, diagonal, *sizes)
        assert begin is not None  # noqa: S101 - it was entered
        found += [(at, at - diagonal) for at in range(ways[step][diagonal] - 1, begin - 1, -1)]
        diagonal += -1 if before.get(diagonal - 1, -2) + 1 == begin else 1
    return found[::-1]
