"""The form of a freerun entry: its fields, what is wrong with each while it is typed, and the request that it makes.

Each field is checked as the daemon does, by the same rules; what only the daemon knows it is asked before the plan.
Loaded when a form is first opened: reading triggers needs more than a first picture does.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable
from datetime import tzinfo
from typing import Final

from synergy.core.arguments import argument_pairs, read_arguments
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.definition_fields import Kind, check_field, placeholder_rule
from synergy.core.errors import InvalidArgument
from synergy.core.records import Arguments
from synergy.tui.model.forms import REASON, Field, Option, Seen, Sheet
from synergy.tui.model.next_times import next_times
from synergy.tui.model.wishes import Given

ON: Final = Option("on", "its trigger fires")
OFF: Final = Option("off", "its trigger does not fire; it can be run by hand")
TRIGGER_HINT: Final = "every 60 · at 06:30, Mon-08:00 · cron 30 6 * * 1-5; a zone may follow"
NEEDED: Final = {
    "entry": "needs a name: PROCESS::ENTRY",
    "trigger": "needs a trigger such as every 60, at 06:30 or cron 30 6 * * 1-5",
}
"""What a new entry cannot do without."""


def entry_sheet(entry: r.EntryRow | None, known: Iterable[str] = ()) -> Sheet:
    """A new entry's form, or that of one to change; ``known``: processes that have entries, for the hint."""
    command = entry.command if entry else ()
    name = Field("entry", "Entry", hint=f"PROCESS::ENTRY, such as {next(iter(known), 'Report')}::mail")
    fields = (
        Field("trigger", "Trigger", value=entry.trigger_frequency if entry else "", hint=TRIGGER_HINT),
        Field("run", "Run", value=entry.run if entry and not command else "", hint="module:callable, or a command:"),
        Field(
            "command", "Command", value=shlex.join(command), hint="as in a shell: find /tmp/scratch -mtime +3 -delete"
        ),
        Field(
            "arguments",
            "Arguments",
            value=shlex.join(argument_pairs(entry.arguments)) if entry else "",
            hint="KEY=VALUE, with blanks between",
        ),
        Field("description", "For", value=(entry.description or "") if entry else "", hint="what it is for"),
        Field("is_on", "On", options=(ON, OFF), value="on" if entry is None or entry.is_on else "off"),
        REASON,
    )
    if entry is None:
        return Sheet("New freerun entry", "It runs by its own trigger, outside of the timetable.", (name, *fields))
    what = "made by an operator" if entry.by_hand else "defined in the project's file; what is changed here comes first"
    return Sheet(f"Change {name_of(entry)}", f"The entry is {what}.", fields)


def name_of(entry: r.EntryRow) -> str:
    """``PROCESS::ENTRY``."""
    return f"{entry.process_name}::{entry.entry_name}"


def look_at_entry(given: Given, entry: r.EntryRow | None, now: float, zone: tzinfo | None) -> Seen:
    """What is wrong with each field, and when the entry would run next; ``now``: schedule time."""
    checks: dict[str, Callable[[], str | None]] = {
        "run": lambda: _check("run", given["run"]) if given.get("run") else None,
        "command": lambda: _check_command(_words("command", given)),
        "arguments": lambda: _check("arguments", _arguments(given)),
    }
    if entry is None:
        checks["entry"] = lambda: _check_name(given.get("entry", ""))
    problems = {name: found for name, check in checks.items() if (found := _found(check))}
    notes = _look_at_trigger(problems, given.get("trigger", ""), now, zone)
    if "run" not in problems and "command" not in problems:
        if given.get("run") and given.get("command"):
            problems["command"] = "run and command are both given: keep one of them"
        elif not given.get("run") and not given.get("command"):
            problems["run"] = "nothing to run: give a module:callable here, or a command below"
    if given.get("is_on") == OFF.value and notes:
        notes = (notes[0], f"off: it would not run, but when it is on: {notes[1].removeprefix(NEXT)}")
    return Seen(problems, notes)


NEXT: Final = "next: "


def look_at_trigger(given: Given, now: float, zone: tzinfo | None) -> Seen:
    """What is wrong with the trigger of a process, and when it would fire next."""
    problems: dict[str, str] = {}
    notes = _look_at_trigger(problems, given.get("trigger", ""), now, zone)
    return Seen(problems, notes)


def _look_at_trigger(problems: dict[str, str], text: str, now: float, zone: tzinfo | None) -> tuple[str, ...]:
    if not text:
        problems["trigger"] = NEEDED["trigger"]
        return ()
    try:
        meaning, times = next_times(text, now, zone)
    except InvalidArgument as problem:
        problems["trigger"] = str(problem).removeprefix(f'trigger "{text}": ')
        return ()
    return meaning, f"{NEXT}{times} ({'local time' if zone is None else 'UTC'})"


def entry_request(given: Given, entry: r.EntryRow | None) -> q.SaveEntry:
    """What is asked of the daemon: of a known entry only what differs.

    Raises:
        InvalidArgument: a field cannot be read, or nothing differs.
    """
    is_on = given.get("is_on") != OFF.value
    command, arguments = _words("command", given), _arguments(given)
    if entry is None:
        return q.SaveEntry(
            given["entry"],
            create=True,
            trigger_frequency=given.get("trigger") or None,
            run=given.get("run") or None,
            command=command or None,
            arguments=arguments or None,
            description=given.get("description") or None,
            is_on=None if is_on else False,
        )
    run, was = given.get("run", ""), "" if entry.command else entry.run
    request = q.SaveEntry(
        name_of(entry),
        trigger_frequency=_changed(given.get("trigger", ""), entry.trigger_frequency),
        run=run if run and run != was else None,
        command=command if command and command != entry.command else None,
        arguments=None if arguments == entry.arguments else arguments,
        description=_changed(given.get("description", ""), entry.description or ""),
        is_on=None if is_on is entry.is_on else is_on,
    )
    if request == q.SaveEntry(name_of(entry)):
        raise InvalidArgument("nothing is changed", remedy="change a field, or leave with esc")
    return request


def frequency_sheet(process_name: str, frequency: str) -> Sheet:
    """The form of a process's trigger."""
    trigger = Field("trigger", "Trigger", value=frequency, hint=TRIGGER_HINT)
    explained = f"When periods of {process_name} are due; blocking and lag stay as they are."
    return Sheet(f"Trigger of {process_name}", explained, (trigger, REASON))


def frequency_request(given: Given, process_name: str, frequency: str) -> q.ChangeFrequency:
    """What is asked of the daemon.

    Raises:
        InvalidArgument: nothing differs.
    """
    if given.get("trigger") == frequency:
        raise InvalidArgument("nothing is changed", remedy="type another trigger, or leave with esc")
    return q.ChangeFrequency(process_name, given.get("trigger", ""))


def _changed(text: str, before: str) -> str | None:
    return None if text == before else text


def _found(check: Callable[[], str | None]) -> str | None:
    try:
        return check()
    except InvalidArgument as problem:
        return str(problem)


def _check(field: str, value: object) -> str | None:
    found = check_field(field, value)
    return f"{found[0]}; {found[1]}" if found else None


def _check_name(text: str) -> str | None:
    process, colons, entry = text.partition("::")
    if not text:
        return NEEDED["entry"]
    if not colons or not process or not entry:
        return f'"{text}" is no freerun entry; write PROCESS::ENTRY'
    return _check("process_name", process) or _check("entry_name", entry)


def _check_command(words: tuple[str, ...]) -> str | None:
    unknown = [f"{what}; {remedy}" for what, remedy in placeholder_rule(Kind.FREERUN, words)]
    return next(iter(unknown), None) or _check("command", words)


def _words(name: str, given: Given) -> tuple[str, ...]:
    text = given.get(name, "")
    try:
        return tuple(shlex.split(text))
    except ValueError:
        raise InvalidArgument(f"{text}: a quotation mark has no other one", remedy="write it in pairs") from None


def _arguments(given: Given) -> Arguments:
    return read_arguments(_words("arguments", given))
