"""Definitions with values of wrong types and sizes: a context that can be sent and worked with, or every mistake."""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Mapping
from random import Random
from typing import Any, Final

import msgspec

from synergy.core.context import ProcessContext, digest_of
from synergy.core.definition_fields import Definition, Kind
from synergy.core.errors import InvalidDefinition
from synergy.core.triggers import parse_trigger
from synergy.core.validation import build_context
from synergy.definitions import DaemonProcess, FreerunEntry, ManagedProcess, Tree, fields_of
from synergy.loading import LoadedContext
from synergy.loading_child import encode_answer
from tests.fuzz.target import Target, always

SOUND: Final[Mapping[Kind, Mapping[str, Any]]] = {
    Kind.MANAGED: {"process_name": "A", "time_qualifier": "hourly", "run": "jobs:run"},
    Kind.FREERUN: {"process_name": "R", "entry_name": "mail", "trigger_frequency": "every 60", "command": ["true"]},
    Kind.DAEMON: {"process_name": "F", "command": ["true", "x"]},
    Kind.TREE: {"tree_name": "T", "enclosed_processes": ["A"]},
}
CLASSES: Final[Mapping[Kind, Any]] = {
    Kind.MANAGED: ManagedProcess,
    Kind.FREERUN: FreerunEntry,
    Kind.DAEMON: DaemonProcess,
    Kind.TREE: Tree,
}
FIELDS: Final = (
    "process_name", "entry_name", "tree_name", "time_qualifier", "run", "command", "state_machine", "blocking_type",
    "trigger_frequency", "time_grouping", "concurrency", "is_on", "source", "sink", "arguments", "present_on_boxes",
    "time_limit", "memory_limit_mb", "env", "cwd", "grace_seconds", "noop_exit_codes", "fatal_exit_codes",
    "max_attempts", "misfire", "retry_delay_seconds", "priority", "pool", "deadline", "description",
    "enclosed_processes", "dependent_on",
)  # fmt: skip
LIKELY: Final[Mapping[str, tuple[Any, ...]]] = {
    "time_qualifier": ("hourly", "daily", "monthly", "yearly", "Hourly", "weekly"),
    "state_machine": ("discrete", "continuous", "recomputing"),
    "blocking_type": ("normal", "children", "dependencies", "blocking_normal"),
    "trigger_frequency": ("every 60", "at 06:30", "cron */5 * * * *", "every 0", "cron 0 0 30 2 *", "at 25:00"),
    "misfire": ("once", "skip", "twice"),
    "run": ("jobs:run", "jobs", "a.b:c.d", "jobs:run()"),
    "command": (["true", "{timeperiod}"], ["{nothing}"], [], [""], "true", ("true",)),
    "present_on_boxes": (["box-.*"], ["("], [], ["box-1", "a{99999999999}"]),
    "arguments": ({"a": 1}, {"a": "\ud800"}, {1: 2}, {"a": [1]}, {"a": 2**63}),
    "env": ({"A": "b"}, {"": ""}, {"A=B": "c"}, {"A": "\0"}, {"A": 1}),
    "enclosed_processes": (["A"], [], ["A", "A"], ["B"], ["R"]),
    "dependent_on": (["T"], ["U"], [], ["T", "T"]),
    "pool": ("A", "B"),
}
"""Besides what is tried everywhere: values that pass the first checks, and some that nearly do."""

ANYWHERE: Final[tuple[Any, ...]] = (
    None, True, False, 0, 1, -1, 2, 23, 24, 28, 99, 100, 255, 256, 2**31, 2**63 - 1, 2**63, 10**9, 10**9 + 1, 10**30,
    10**400, -(10**400), 0.0, 0.5, -0.5, 1e308, 5e-324, -0.0, "\0nan", "\0inf", "\0object", "", " ", "\0", "\ud800",
    "A", "..", "a:b", "@", "::", "x" * 10_000, "(" * 2000, "(a+)+$", b"", b"\xff", [], (), {}, set(), [None], [0],
    ["A"], {"A": "A"}, {1}, [[]], [0, 99, 255, 256], [-1], [10**400],
)  # fmt: skip
MOST_CHANGES: Final = 4
LONGEST_PROBLEM: Final = 1_500
"""A screen or two of characters, however long what it is about."""


def check(data: bytes) -> None:
    """The sound definitions, with the fields set that the text names: ``[("Tree", "enclosed_processes", ["A"])]``."""
    fields = {kind: dict(values) for kind, values in SOUND.items()}
    for kind, name, value in _changes(data):
        fields[kind][name] = _meant(value)
    definitions = [_definition(kind, values) for kind, values in fields.items()]
    try:
        context = build_context(definitions, box_id="box-1", pools={"A": 1}, problems=[])
    except InvalidDefinition as error:
        problems = error.problems
    else:
        _use(context)
        problems = ()
    assert all(line.startswith("jobs.py:1: ") and len(line) < LONGEST_PROBLEM for line in problems)
    assert encode_answer(LoadedContext(problems=problems))


class NoChanges(Exception):
    """The text names no fields."""


def _changes(data: bytes) -> list[tuple[Kind, str, Any]]:
    try:
        with warnings.catch_warnings(action="error"):
            return [(Kind(kind), str(name), value) for kind, name, value in ast.literal_eval(data.decode())]
    except (ValueError, TypeError, SyntaxError, SyntaxWarning, MemoryError, RecursionError) as error:
        raise NoChanges from error


def _meant(value: Any) -> Any:
    """What has no literal of its own."""
    if isinstance(value, str) and value.startswith("\0"):
        return {"\0nan": math.nan, "\0inf": math.inf, "\0object": object()}.get(value, value)
    return value


def change(random: Random, seed: bytes) -> bytes:
    """The changes of a seed, with some more of any field, one of them perhaps nested."""
    changes = [*_changes(seed), *(_changed_field(random) for _ in range(random.randint(1, MOST_CHANGES)))]
    return repr([(str(kind), name, value) for kind, name, value in changes]).encode("ascii", "backslashreplace")


def _changed_field(random: Random) -> tuple[Kind, str, Any]:
    kind, name = random.choice(list(Kind)), random.choice(FIELDS)
    value = random.choice(LIKELY.get(name, ANYWHERE) if random.random() < 0.6 else ANYWHERE)
    match random.randrange(12):
        case 0:
            value = [value] * random.choice((1, 2, 20))
        case 1:
            value = {"A": value}
        case _:
            pass
    return kind, name, value


def _use(context: ProcessContext) -> None:
    """What becomes of a context that is right."""
    assert msgspec.json.decode(msgspec.json.encode(context), type=ProcessContext) == context
    assert digest_of(context)
    for trigger in (*(spec.trigger_frequency for spec in context.managed), context.freerun[0].trigger_frequency):
        assert parse_trigger(trigger).next_after(0.0) > 0


def _definition(kind: Kind, values: Mapping[str, Any]) -> Definition:
    known, strange = fields_of(CLASSES[kind](**values))
    return Definition(kind, known, "jobs.py:1", strange)


def seeds() -> list[bytes]:
    """What is sound, and what is sound with a field set."""
    changes: list[list[tuple[str, str, Any]]] = [
        [],
        [("ManagedProcess", "time_grouping", 6), ("ManagedProcess", "concurrency", 4)],
        [("FreerunEntry", "misfire", "skip"), ("DaemonProcess", "env", {"A": "b"})],
        [("ManagedProcess", "state_machine", "recomputing"), ("ManagedProcess", "source", "events")],
    ]
    return [repr(one).encode() for one in changes]


TARGET = Target("definition_values", seeds, always(check), (NoChanges,), (), change)
