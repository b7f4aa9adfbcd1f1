"""One definition of a user, field by field: types, ranges and spelling, with every mistake noted at its line.

What needs more than one definition (names, trees) is checked in ``synergy.core.validation``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum, StrEnum
from typing import Any, Final

import msgspec
from msgspec import Struct

from synergy.core.context import DaemonSpec, FreerunSpec, ManagedSpec, TreeSpec, Work
from synergy.core.errors import InvalidArgument
from synergy.core.grouping import LARGEST
from synergy.core.settings_reading import MOST, NAME, bounded, shown
from synergy.core.suggestions import did_you_mean
from synergy.core.triggers import parse_trigger

PLACEHOLDERS: Final = (
    "process_name", "timeperiod", "start_timeperiod", "end_timeperiod", "start_id", "end_id", "uow_id", "attempt",
)  # fmt: skip
"""What ``{…}`` in a command may name."""

_PLACEHOLDER: Final = re.compile(r"\{([A-Za-z_]\w*)\}")
RUN: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")
"""How ``run`` is spelled: ``module:callable``, dots allowed in both."""

_LARGEST_INTEGER: Final = 2**63 - 1


class Kind(StrEnum):
    """What a definition defines, by the name of its class in ``synergy.definitions``."""

    MANAGED = "ManagedProcess"
    FREERUN = "FreerunEntry"
    DAEMON = "DaemonProcess"
    TREE = "Tree"


_NEEDED: Final = {
    Kind.MANAGED: ("process_name", "time_qualifier"),
    Kind.FREERUN: ("process_name", "entry_name", "trigger_frequency"),
    Kind.DAEMON: ("process_name", "command"),
    Kind.TREE: ("tree_name", "enclosed_processes"),
}
"""The fields without a default, the name first."""


class Definition(Struct, frozen=True):
    """A user's definition as it was written: nothing about its fields is known yet. ``defined_at`` is ``file:line``.

    ``strange``: names that were given a value, and are no fields of its kind.
    """

    kind: Kind
    fields: Mapping[str, Any]
    defined_at: str
    strange: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What a message calls it: its name as far as it has one, else its kind."""
        if not self.is_named:
            return str(self.kind)
        name, entry = self.fields[_NEEDED[self.kind][0]], self.fields.get("entry_name", "?")
        return f"{name}::{entry}" if self.kind is Kind.FREERUN else str(name)

    @property
    def is_named(self) -> bool:
        """Whether it has a name at all."""
        name = self.fields.get(_NEEDED[self.kind][0])
        return isinstance(name, str) and bool(name)


class Problems:
    """The mistakes found so far, as lines ``file:line: name: what, value; remedy``."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, definition: Definition, what: str, remedy: str) -> None:
        """Note a mistake of one definition."""
        self.lines.append(f"{definition.defined_at}: {bounded(definition.name)}: {bounded(what)}; {bounded(remedy)}")


def read_managed(definition: Definition, problems: Problems) -> ManagedSpec | None:
    """The process without its tree (``tree_name`` is empty); None when a mistake was noted."""
    values = _read(definition, problems)
    return None if values is None else ManagedSpec(tree_name="", work=_work(values), **_without_work(values))


def read_freerun(definition: Definition, problems: Problems) -> FreerunSpec | None:
    """The freerun entry; None when a mistake was noted."""
    values = _read(definition, problems)
    return None if values is None else FreerunSpec(work=_work(values), **_without_work(values))


def read_daemon(definition: Definition, problems: Problems) -> DaemonSpec | None:
    """The daemon process; None when a mistake was noted."""
    values = _read(definition, problems)
    return None if values is None else DaemonSpec(work=_work(values), **_without_work(values))


def read_tree(definition: Definition, problems: Problems) -> TreeSpec | None:
    """The tree, its processes in the order they were written; None when a mistake was noted."""
    values = _read(definition, problems)
    return None if values is None else TreeSpec(processes=values.pop("enclosed_processes"), **values)


def _read(definition: Definition, problems: Problems) -> dict[str, Any] | None:
    """Every field with the type of the process context; None when a mistake was noted."""
    before = len(problems.lines)
    values: dict[str, Any] = {}
    missing = [field for field in _NEEDED[definition.kind] if field not in definition.fields]
    known = [field for field in (*definition.fields, *missing) if field in _TYPES]
    for field in definition.strange:
        problems.add(definition, f"field {field} is unknown", did_you_mean(field, known))
    for field in missing:
        problems.add(definition, f"field {field} is missing", f"a {definition.kind} needs one")
    for field, value in definition.fields.items():
        if field in _TYPES:
            _read_field(definition, field, value, values, problems)
    for rule in _RULES:
        for what, remedy in rule(definition.kind, values):
            problems.add(definition, what, remedy)
    return values if len(problems.lines) == before else None


Found = tuple[str, str]
"""What is wrong, and the remedy."""


def check_field(field: str, value: object) -> Found | None:
    """What is wrong with one field's value, as far as it can be said of it alone; None: nothing."""
    return _converted(field, value)[1]


def _read_field(definition: Definition, field: str, value: object, values: dict[str, Any], problems: Problems) -> None:
    """Convert one field, and check what can be said of it alone."""
    converted, found = _converted(field, value)
    if found is None:
        values[field] = converted
    else:
        problems.add(definition, f"{field} {found[0]}", found[1])


def _converted(field: str, value: object) -> tuple[Any, Found | None]:
    kind = _TYPES[field]
    if field == "blocking_type" and isinstance(value, str):
        value = value.removeprefix("blocking_")
    try:
        converted = msgspec.convert(value, kind)
        if not _can_be_sent(converted):
            return None, _no_utf_8(value)
    except UnicodeEncodeError:
        return None, _no_utf_8(value)
    except msgspec.ValidationError as error:
        if isinstance(kind, type) and issubclass(kind, Enum) and isinstance(value, str):
            return None, (f'"{value}" is unknown', did_you_mean(value, [each.value for each in kind]))
        reason = str(error).partition(" - at ")[0].replace("`", "").replace("Expected", "expected")
        return None, (f"{shown(value)}: {reason}", "correct its type")
    return converted, _CHECKS[field](converted) if field in _CHECKS and converted is not None else None


def _no_utf_8(value: object) -> Found:
    return f"{shown(value)} holds text that is no UTF-8", "write it in UTF-8"


def _can_be_sent(value: object) -> bool:
    """Python's texts may hold halves of characters that no file or wire takes."""
    try:
        msgspec.json.encode(value)
    except ValueError as error:  # another one: a number of thousands of digits, which its own check refuses
        return not isinstance(error, UnicodeEncodeError)
    return True


def _check_name(name: str) -> Found | None:
    if NAME.fullmatch(name):
        return None
    return f'"{name}" is no name', "use letters, digits and _ . -, beginning with none of . and -"


def _check_trigger(text: str) -> Found | None:
    try:
        parse_trigger(text)
    except InvalidArgument as error:
        return f"is wrong: {error.message}", error.remedy
    return None


def _check_run(run: str) -> Found | None:
    if RUN.fullmatch(run):
        return None
    return f'"{run}" is no callable', 'write it as "module:callable", for example "flights.jobs:hourly"'


def _check_command(command: Sequence[str]) -> Found | None:
    if command and not command[0]:
        return "names no program", "put the program first"
    for argument in command:
        if "\0" in argument:
            return f"argument {argument!r} holds a NUL character", "remove it"
    return None


def _check_env(env: Mapping[str, str]) -> Found | None:
    for name, value in env.items():
        if not name or "=" in name or "\0" in name + value:
            return f"variable {name!r} cannot be set", "a name is not empty and has no =, and neither has a NUL"
    return None


def _check_arguments(arguments: Mapping[str, object]) -> Found | None:
    for name, value in arguments.items():
        if isinstance(value, float) and not math.isfinite(value):
            return f'"{name}" is {value}', "use a finite number"
        if isinstance(value, int) and abs(value) > _LARGEST_INTEGER:
            return f'"{name}" is {shown(value)}', "integers go up to 2^63 - 1; pass a larger one as text"
    return None


def _check_boxes(patterns: Sequence[str]) -> Found | None:
    for pattern in patterns:
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError) as error:
            return f'"{pattern}" is no regular expression: {error}', 'write for example "box-.*"'
    return None if patterns else ("is empty", 'name a box, or leave it out to mean ".*"')


def _check_codes(codes: Sequence[int]) -> Found | None:
    wrong = [code for code in codes if not 1 <= code <= 255]
    return (f"{shown(wrong[0])} is not in 1–255", "0 always means processed") if wrong else None


def _check_misfire(misfire: str) -> Found | None:
    if misfire in {"once", "skip"}:
        return None
    return f'"{misfire}" is unknown', "use one of: once, skip"


def _check_text(text: str) -> Found | None:
    return None if text.strip() and "\0" not in text else (f"{text!r} is empty", "leave it out")


def _at_least(least: float) -> Callable[[float], Found | None]:
    def check(number: float) -> Found | None:
        if number > MOST:
            return f"{shown(number)} is too large", f"use at most {MOST:,}"
        if number >= least:
            return None
        return f"{shown(number)} is too small", f"use at least {least:g}"

    return check


def _above_zero(number: float) -> Found | None:
    if number > MOST:
        return f"{shown(number)} is too large", f"use at most {MOST:,}"
    return None if number > 0 else (f"{shown(number)} is not above 0", "use a positive number")


def _work_rule(kind: Kind, values: Mapping[str, Any]) -> list[Found]:
    """Exactly one of run and command; codes that mean one thing; placeholders that exist."""
    found: list[Found] = []
    run, command = values.get("run"), values.get("command", ())
    if "command" in values and (kind is Kind.DAEMON or "run" in values):
        if run is None and not command:
            choice = "a command" if kind is Kind.DAEMON else 'run="module:callable" or command=[…]'
            found.append(("nothing to run", f"give it {choice}"))
        if run is not None and command:
            found.append(("run and command are both set", "keep one of them"))
    both = set(values.get("noop_exit_codes", ())) & set(values.get("fatal_exit_codes", ()))
    if both:
        found.append((f"exit code {min(both)} is both noop and fatal", "keep it in one of the two lists"))
    found.extend((f"command: {what}", remedy) for what, remedy in placeholder_rule(kind, command))
    return found


def placeholder_rule(kind: Kind, command: Sequence[str]) -> list[Found]:
    """Placeholders of a command that do not exist."""
    known = () if kind is Kind.DAEMON else PLACEHOLDERS
    unknown = [name for argument in command for name in _PLACEHOLDER.findall(argument) if name not in known]
    return [(f"placeholder {{{name}}} is unknown", did_you_mean(name, known)) for name in unknown]


def _grouping_rule(_kind: Kind, values: Mapping[str, Any]) -> list[Found]:
    """A grouping that fits into the enclosing unit."""
    qualifier, grouping = values.get("time_qualifier"), values.get("time_grouping", 1)
    if qualifier is None or 1 <= grouping <= LARGEST[qualifier]:
        return []
    most = LARGEST[qualifier]
    return [(f"time_grouping {shown(grouping)} is not in 1–{most}", f"that is the range of {qualifier} periods")]


def _work(values: Mapping[str, Any]) -> Work:
    return Work(**{field: value for field, value in values.items() if field in Work.__struct_fields__})


def _without_work(values: Mapping[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in values.items() if field not in Work.__struct_fields__}


_TYPES: Final[dict[str, Any]] = {
    "enclosed_processes": tuple[str, ...],
    **{
        field.name: field.type
        for spec in (Work, ManagedSpec, FreerunSpec, DaemonSpec, TreeSpec)
        for field in msgspec.structs.fields(spec)
        if field.name != "work"
    },
}
_CHECKS: Final[dict[str, Callable[[Any], Found | None]]] = {
    "process_name": _check_name,
    "entry_name": _check_name,
    "tree_name": _check_name,
    "trigger_frequency": _check_trigger,
    "run": _check_run,
    "command": _check_command,
    "env": _check_env,
    "arguments": _check_arguments,
    "present_on_boxes": _check_boxes,
    "noop_exit_codes": _check_codes,
    "fatal_exit_codes": _check_codes,
    "misfire": _check_misfire,
    "cwd": _check_text,
    "pool": _check_name,
    "source": _check_text,
    "sink": _check_text,
    "concurrency": _at_least(1),
    "max_attempts": _at_least(1),
    "priority": _at_least(-MOST),
    "grace_seconds": _at_least(0),
    "retry_delay_seconds": _at_least(0),
    "time_limit": _above_zero,
    "memory_limit_mb": _at_least(1),
    "deadline": _above_zero,
}
_RULES: Final = (_work_rule, _grouping_rule)
