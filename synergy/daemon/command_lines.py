"""Changes as synergyctl lines: what was asked for over the protocol, by whatever program, said again in a shell.

The line makes the same request. The caller's own key is left out of it, for under the same key nothing is done again.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from synergy.core.arguments import argument_pairs
from synergy.core.control import requests as q
from synergy.core.records import Arguments
from synergy.core.wishes import Wish


def wish_line(wish: Wish, reason: str | None, *, breaks_seal: bool = False) -> str:
    """The line of a plan."""
    words = [*_verb(wish), "--yes"]
    if wish.only:
        words += ["--only", ",".join(state.word.replace(" ", "_") for state in wish.only)]
    if wish.tree is not None:
        words += ["--tree", wish.tree]
    words += _scope(wish)
    if wish.until is not None:
        words += ["--until", datetime.fromtimestamp(wish.until, UTC).isoformat().replace("+00:00", "Z")]
    if wish.max_parallel is not None:
        words += ["--max-parallel", str(wish.max_parallel)]
    if breaks_seal:
        words.append("--break-seal")
    return _synergyctl(*words, *_reason(reason))


def request_line(request: q.Request[Any]) -> str | None:  # noqa: C901, PLR0911 - one line for each kind of change
    """The line of a change without a plan; None for what is none, or what no line says."""
    match request:
        case q.Trigger():
            return _synergyctl("trigger", request.process_name, *_setting(request))
        case q.SwitchProcess():
            verb = "activate" if request.is_on else "deactivate"
            return _synergyctl(verb, request.process_name, *_setting(request))
        case q.SwitchOnBox():
            verb = "start" if request.is_on else "stop"
            return _synergyctl("box", verb, request.box_id, request.process_name, *_setting(request))
        case q.ChangeFrequency():
            what = (request.process_name, request.trigger_frequency)
            return _synergyctl("frequency", *what, *_setting(request))
        case q.SaveEntry():
            clears_arguments = request.arguments == {} and not request.create
            return None if clears_arguments else _synergyctl(*_entry(request))
        case q.RemoveEntry():
            return _synergyctl("freerun", "rm", request.entry, "--yes", *_setting(request))
        case q.RunEntry():
            return _synergyctl("freerun", "run", request.entry, *_arguments(request.arguments), *_setting(request))
        case q.CollectorRefresh():
            return _synergyctl("gc", "refresh", *_setting(request))
        case q.CollectorFlush():
            names = [request.process_name] if request.process_name is not None else []
            return _synergyctl("gc", "flush", *names, *_setting(request))
        case _:
            return None


def _synergyctl(*words: str) -> str:
    return shlex.join(("synergyctl", *words))


def _reason(reason: str | None) -> list[str]:
    return [] if reason is None else ["--reason", reason]


def _setting(request: q.Change[Any]) -> list[str]:
    return [*_reason(request.reason), *(["--plan"] if request.preview else [])]


def _verb(wish: Wish) -> list[str]:
    if wish.verb == "mark":
        return ["mark", wish.to or "", *wish.targets]
    return [*wish.verb.split(" "), *wish.targets]


def _scope(wish: Wish) -> list[str]:
    scope = wish.scope
    flags = [("--self", scope.alone), ("--ancestors", scope.ancestors), ("--dependents", scope.dependents)]
    words = [flag for flag, is_set in flags if is_set]
    if scope.depth is not None:
        words += ["--depth", str(scope.depth)]
    for name in scope.exclude:
        words += ["--exclude", name]
    return words


def _entry(request: q.SaveEntry) -> Iterator[str]:
    yield from ("freerun", "add" if request.create else "set", request.entry)
    if request.trigger_frequency is not None:
        yield from ("--trigger", request.trigger_frequency)
    if request.run is not None:
        yield from ("--run", request.run)
    yield from _arguments(request.arguments or {})
    if request.description is not None:
        yield from ("--description", request.description)
    if request.is_on is not None:
        yield "--on" if request.is_on else "--off"
    yield from _setting(request)
    if request.command:
        yield from ("--", *request.command)


def _arguments(arguments: Arguments) -> Iterator[str]:
    for pair in argument_pairs(arguments):
        yield from ("--arg", pair)
