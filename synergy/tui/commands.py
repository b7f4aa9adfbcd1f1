"""The ``:`` line: words that go somewhere or do something, and what may follow each; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal, NamedTuple

from synergy.core.errors import InvalidArgument
from synergy.tui.model.filters import parse_filter
from synergy.tui.model.trail import Place

Verb = Literal["reprocess", "skip", "cancel"]


class Go(NamedTuple):
    """Go to a place, and filter it."""

    place: Place
    filter_source: str = ""


class Act(NamedTuple):
    """Ask the daemon for a plan."""

    verb: Verb
    targets: tuple[str, ...]


class Do(NamedTuple):
    """An action of the table, by its id."""

    action_id: str


Command = Go | Act | Do


class Word(NamedTuple):
    """A command word. ``takes``: what follows it: ``filter``, ``tree``, ``job``, ``process`` or nothing."""

    name: str
    takes: str
    help: str
    screen: str = ""
    aliases: tuple[str, ...] = ()


WORDS: Final = (
    Word("overview", "filter", "health in one glance", "overview", ("ov",)),
    Word("tt", "filter", "timetable of processes × timeperiods, e.g. :tt Flights", "timetable", ("timetable",)),
    Word("tree", "tree", "a tree by year, month, day and hour", "tree"),
    Word("uow", "filter", "units of work, e.g. :uow state:invalid", "uows", ("uows",)),
    Word("job", "job", "one job, e.g. :job FlightsDaily@2013010100", "job"),
    Word("log", "job", "the log of a job, an entry or a unit of work", "log", ("logs",)),
    Word("processes", "filter", "managed processes", "processes", ("ps",)),
    Word("freerun", "filter", "freerun entries", "freerun", ("fr",)),
    Word("gc", "filter", "what waits for its retry", "collector", ("collector",)),
    Word("boxes", "filter", "supervisors and their children", "workers", ("workers",)),
    Word("reprocess", "job", "run again; shows the plan first"),
    Word("skip", "job", "give up on; shows the plan first"),
    Word("cancel", "job", "stop; shows the plan first"),
    Word("help", "", "the keys of this screen"),
    Word("quit", "", "leave the console", "", ("q",)),
)

_NEEDS_TARGET: Final = frozenset({"job"})
"""The other words mean what the cursor stands on when no target follows."""


def parse_command(line: str) -> Command:
    """Read a command line without its colon.

    Raises:
        InvalidArgument: no such word, its target is missing, or what follows is no filter.
    """
    name, _, rest = line.strip().partition(" ")
    rest = rest.strip()
    word = next((word for word in WORDS if name.lower() in (word.name, *word.aliases)), None)
    if word is None:
        known = " ".join(f":{word.name}" for word in WORDS)
        raise InvalidArgument(f'":{name}" is no command', remedy=f"use one of {known}")
    if word.name in _NEEDS_TARGET and not rest:
        raise InvalidArgument(f":{word.name} needs a target", remedy=f"write :{word.name} PROCESS@TIMEPERIOD")
    match word.name:
        case "reprocess" | "skip" | "cancel" as verb:
            return Act(verb, tuple(rest.split()))
        case "help" | "quit" as action_id:
            return Do(action_id)
        case _ if word.takes == "filter":
            parse_filter(rest)
            return Go(Place(word.screen), rest)
        case _:
            return Go(Place(word.screen, rest))


def complete(line: str, *, processes: Sequence[str], trees: Sequence[str]) -> str | None:
    """The whole line that begins with what was typed, for the ghost text; None: nothing fits."""
    name, blank, rest = line.partition(" ")
    if not blank:
        return _first((word.name for word in WORDS), name)
    word = next((word for word in WORDS if name in (word.name, *word.aliases)), None)
    if word is None or not rest:
        return None
    known = trees if word.takes == "tree" else processes if word.takes in {"job", "filter"} else ()
    before, _, last = rest.rpartition(" ")
    found = _first(known, last)
    if found is None:
        return None
    found += "@" if word.takes == "job" else ""
    return f"{name} {before + ' ' if before else ''}{found}"


def _first(known: Iterable[str], typed: str) -> str | None:
    return next((name for name in known if typed and name.lower().startswith(typed.lower())), None)
