"""What a verb is given, as words: by the fields of a form or by the flags of a typed line; made into a wish for a plan.

The flags are those of synergyctl, so that a line means the same in both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from synergy.core.control import requests as q
from synergy.core.errors import InvalidArgument
from synergy.core.states import JobState, parse_state
from synergy.core.times_to_come import parse_until
from synergy.core.wishes import JOB_VERBS, Scope, Verb

Given = Mapping[str, str]
"""Values by name; one that is missing or empty is not given.

``reach`` and ``exclude`` are words with blanks between, ``only`` states with commas. ``seal`` is ``BREAK`` where it was
asked to break the seal, which is agreed to in the plan.
"""
NOTHING: Final[Given] = MappingProxyType({})

MARKS: Final = ("processed", "noop")
"""What a job can be marked as."""
BREAK: Final = "break"

_MOST_DIGITS: Final = 9

_SCOPE: Final = frozenset({"reach", "depth", "exclude"})
_OF_JOBS: Final = frozenset({"only", "tree", "seal"})
_OWN: Final[Mapping[Verb, frozenset[str]]] = {
    "reprocess": _SCOPE | {"max_parallel"},
    "skip": _SCOPE,
    "hold": frozenset({"until"}),
    "drain": frozenset({"until"}),
    "cursor": frozenset({"seal"}),
    "undo": frozenset({"seal"}),
}
"""What each verb takes besides a reason and, of jobs, what all of those take."""

_VALUES: Final = {
    "--reason": "reason",
    "--until": "until",
    "--max-parallel": "max_parallel",
    "--depth": "depth",
    "--exclude": "exclude",
    "--only": "only",
    "--tree": "tree",
}
_JOINED: Final = {"reach": " ", "exclude": " ", "only": ","}
"""What may be given more than once, and what stands between."""
_SWITCHES: Final = {"--break-seal": ("seal", BREAK)}
_NEEDLESS: Final = frozenset({"--plan", "--yes"})
"""Flags of a line from a shell that say nothing here: the plan is always shown, and always asked about."""
_REACHES: Final = {"--self": "self", "--ancestors": "ancestors", "--dependents": "dependents"}
_NAMES: Final[Mapping[str, str]] = {
    **_VALUES,
    **dict.fromkeys(_REACHES, "reach"),
    **{flag: name for flag, (name, _) in _SWITCHES.items()},
}
"""What each flag gives."""


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
        elif word not in _NEEDLESS:
            name, text = _read_flag(verb, word, rest)
            given[name] = f"{given[name]}{_JOINED[name]}{text}" if name in given and name in _JOINED else text
    return tuple(targets), given


def flags_of(verb: Verb) -> tuple[str, ...]:
    """The flags that a verb takes here."""
    taken = _taken(verb)
    return tuple(flag for flag, name in _NAMES.items() if name in taken)


def _taken(verb: Verb) -> frozenset[str]:
    return _OWN.get(verb, frozenset()) | (_OF_JOBS if verb in JOB_VERBS else frozenset()) | {"reason"}


def _read_flag(verb: Verb, word: str, rest: Iterator[str]) -> tuple[str, str]:
    flag, equals, value = word.partition("=")
    name = _NAMES.get(flag)
    if name is None or name not in _taken(verb):
        raise InvalidArgument(f"{verb} does not take {flag}", remedy=f"it takes {', '.join(flags_of(verb))}")
    if flag in _REACHES:
        return name, _REACHES[flag]
    if flag in _SWITCHES:
        return _SWITCHES[flag]
    text = value if equals else next(rest, "")
    if not text:
        raise InvalidArgument(f"{flag} has no value", remedy=f"write {flag} VALUE")
    return name, text


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
        only=_states(given.get("only", "")),
        tree=given.get("tree") or None,
        scope=scope,
        to=given.get("to") or None,
        until=parse_until(given["until"], now) if given.get("until") else None,
        max_parallel=_number("how many at once", given.get("max_parallel"), least=1),
    )


def _states(text: str) -> tuple[str, ...]:
    """``in progress, embryo``, each as it is stored."""
    return tuple(parse_state(JobState, part).value for part in text.split(",") if part.strip())


def _number(what: str, text: str | None, *, least: int) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > _MOST_DIGITS or int(text) < least:
        raise InvalidArgument(f'{what}: "{text}" is no number from {least} on', remedy="write one, or leave it empty")
    return int(text)
