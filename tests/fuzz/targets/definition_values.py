"""Definitions with values of wrong types and sizes: a context that can be sent and worked with, or every mistake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

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
NUMBERS: Final = (
    st.sampled_from((0, -1, 1, 2**31, 2**63 - 1, 2**63, 2**64, 10**30, 10**400, -(10**400))) | st.integers()
)
FLOATS: Final = st.floats() | st.sampled_from((1e308, 5e-324, -0.0))
TEXTS: Final = st.text(max_size=12) | st.sampled_from((
    "", " ", "\0", "\ud800", "A", "every 1e400", "every 1", "cron * * * * *", "box-.*", "a{99999999999}", "(" * 2000,
    "(a+)+$", "hourly", "{uow_id}", "{nothing}", "x" * 10_000, "a:b", "recomputing", "..", "@", "::",
))  # fmt: skip
SCALARS: Final = st.none() | st.booleans() | NUMBERS | FLOATS | TEXTS | st.binary(max_size=4)
VALUES: Final = st.recursive(
    SCALARS | st.builds(object) | st.builds(set),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner)
        | st.dictionaries(TEXTS | NUMBERS, inner, max_size=3)
        | st.lists(TEXTS, max_size=3)
    ),
    max_leaves=6,
)
KINDS: Final = st.sampled_from(list(Kind))
CHANGED: Final = st.lists(st.tuples(KINDS, st.sampled_from(FIELDS), VALUES), max_size=4)


@settings(database=None)
@given(CHANGED)
def check(changed: list[tuple[Kind, str, Any]]) -> None:
    """The sound definitions, with these fields of theirs set."""
    fields = {kind: dict(values) for kind, values in SOUND.items()}
    for kind, name, value in changed:
        fields[kind][name] = value
    definitions = [_definition(kind, values) for kind, values in fields.items()]
    try:
        context = build_context(definitions, box_id="box-1", pools={"A": 1}, problems=[])
    except InvalidDefinition as error:
        problems = error.problems
    else:
        _use(context)
        problems = ()
    assert all(line.startswith("jobs.py:1: ") for line in problems)
    assert encode_answer(LoadedContext(problems=problems))


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
    """Bytes from which values are drawn."""
    return [bytes(range(start, 256, step)) * 4 for start, step in ((0, 1), (7, 3), (128, 1), (1, 17))]


TARGET = Target("definition_values", seeds, always(check.hypothesis.fuzz_one_input))  # type: ignore[attr-defined]
