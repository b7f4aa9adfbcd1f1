"""What a verb is given, as words: by the fields of a form or by the flags of a typed line; made into a wish for a plan.

The flags are those of synergyctl, so that a line means the same in both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from synergy.core.control import requests as q
from synergy.core.errors import InvalidArgument
from synergy.core.times_to_come import parse_until
from synergy.core.wishes import Scope, Verb

Given = Mapping[str, str]
"""Values by name; one that is missing or empty is not given. ``reach`` and ``exclude`` are words with blanks between.
"""
NOTHING: Final[Given] = MappingProxyType({})

MARKS: Final = ("processed", "noop")
"""What a job can be marked as."""

_SCOPE: Final = frozenset({"reach", "depth", "exclude"})
_TAKES: Final[Mapping[Verb, frozenset[str]]] = {
    "reprocess": _SCOPE | {"max_parallel"},
    "skip": _SCOPE,
    "hold": frozenset({"until"}),
    "drain": frozenset({"until"}),
}
"""What each verb takes besides a reason."""

_VALUES: Final = {
    "--reason": "reason",
    "--until": "until",
    "--max-parallel": "max_parallel",
    "--depth": "depth",
    "--exclude": "exclude",
}
_REACHES: Final = {"--self": "self", "--ancestors": "ancestors", "--dependents": "dependents"}


def read_flags(verb: Verb, words: Sequence[str]) -> tuple[tuple[str, ...], Given]:
    """The targets and what else a line gives.

    Raises:
        InvalidArgument: a flag is not known or not this verb's, or has no value.
    """
    targets: list[str] = []
    given: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        if not word.startswith("-"):
            targets.append(word)
            continue
        flag, equals, value = word.partition("=")
        name = "reach" if flag in _REACHES else _VALUES.get(flag, "")
        if name != "reason" and name not in _TAKES.get(verb, ()):
            raise InvalidArgument(f"{verb} does not take {flag}", remedy=_known_flags(verb))
        text = _REACHES[flag] if flag in _REACHES else value if equals else next(rest, "")
        if not text:
            raise InvalidArgument(f"{flag} has no value", remedy=f"write {flag} VALUE")
        given[name] = f"{given[name]} {text}" if name in given and name in {"reach", "exclude"} else text
    return tuple(targets), given


def request_of(verb: Verb, targets: Sequence[str], given: Given, now: float) -> q.MakePlan:
    """The wish; ``now`` is the daemon's real time in seconds since the epoch.

    Raises:
        InvalidArgument: a value cannot be read.
    """
    reach = given.get("reach", "").split()
    scope = Scope(
        alone="self" in reach,
        ancestors="ancestors" in reach,
        dependents="dependents" in reach,
        depth=_number("how many edges", given.get("depth"), least=0),
        exclude=tuple(given.get("exclude", "").split()),
    )
    return q.MakePlan(
        verb,
        tuple(targets),
        scope=scope,
        to=given.get("to") or None,
        until=parse_until(given["until"], now) if given.get("until") else None,
        max_parallel=_number("how many at once", given.get("max_parallel"), least=1),
    )


def _number(what: str, text: str | None, *, least: int) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise InvalidArgument(f'{what}: "{text}" is no number from {least} on', remedy="write one, or leave it empty")
    return int(text)


def _known_flags(verb: Verb) -> str:
    taken = _TAKES.get(verb, frozenset()) | {"reason"}
    flags = [flag for flag, name in _VALUES.items() if name in taken]
    return f"it takes {', '.join([*flags, *(_REACHES if 'reach' in taken else ())])}"
