"""Draws the machines from their tables: ``docs/machines.md`` is written by this module and by nobody else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from inspect import cleandoc
from typing import Final

from synergy.core.context import MachineKind
from synergy.core.machines import TABLES, freerun
from synergy.core.machines.model import Effect, Event
from synergy.core.machines.table import Count, Guard, Rule, Table
from synergy.core.states import FINISHED_JOB_STATES, JobState, UowState

_HEAD: Final = """\
# The state machines

Generated from the tables in `synergy/core/machines` by `scripts/diagrams`; do not edit.

A job is driven by the machine that its process names. For each state and event the rules are tried from top to bottom,
and the first whose guards all hold decides; the last one has none. A refused event changes nothing.
"""


def draw() -> str:
    """The whole document, as Markdown with Mermaid diagrams."""
    parts = [_HEAD, *(_draw_table(TABLES[kind]) for kind in MachineKind), _draw_freerun(), _glossary()]
    return "\n".join(parts)


def _draw_table(table: Table) -> str:
    lines = [f"## {table.title}", "", cleandoc(table.theory), "", "```mermaid", "stateDiagram-v2"]
    lines += [f"    [*] --> {_id(JobState.EMBRYO)}"]
    lines += [f"    {edge}" for edge in _edges(table)]
    lines += [
        "```",
        "",
        "| state | event | guards | becomes | effects | rule |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [_row(rule) for rule in table.rules]
    return "\n".join([*lines, ""])


def _edges(table: Table) -> Iterator[str]:
    """The arrows: changes of state, and what makes a job run again in the state that it is in."""
    labels: dict[tuple[str, str], dict[str, None]] = {}
    for rule in table.rules:
        for state in rule.states:
            if rule.becomes is not None or Effect.ISSUE_UOW in rule.effects:
                edge = _id(state), _id(rule.becomes or state)
                labels.setdefault(edge, {})[rule.name] = None
    for (source, sink), names in labels.items():
        yield f"{source} --> {sink}: {' / '.join(names)}"
    for state in JobState:
        if state in FINISHED_JOB_STATES:
            yield f"{_id(state)} --> [*]"


def _row(rule: Rule) -> str:
    becomes = "refused" if rule.refused else rule.becomes.word if rule.becomes else "stays"
    effects = [effect.value for effect in rule.effects]
    if rule.count is not Count.KEEP:
        effects.insert(0, rule.count.value)
    return _cells(
        ", ".join(state.word for state in rule.states),
        ", ".join(event.value for event in rule.events),
        ", ".join(_name(guard) for guard in rule.guards),
        becomes,
        "; ".join(effects),
        rule.name,
    )


def _draw_freerun() -> str:
    lines = ["## Freerun", "", cleandoc(freerun.__doc__ or ""), "", "| unit of work | event | effects | rule |"]
    lines += ["| --- | --- | --- | --- |"]
    for rule in freerun.RULES:
        effects = "refused" if rule.refused else "; ".join(effect.value for effect in rule.effects)
        lines += [_cells(", ".join(_uow(state) for state in rule.states), rule.event.value, effects, rule.name)]
    return "\n".join([*lines, ""])


def _glossary() -> str:
    """What the guards, events and effects mean."""
    guards = {guard for table in TABLES.values() for rule in table.rules for guard in rule.guards}
    lines = ["## Guards", "", "| guard | holds when |", "| --- | --- |"]
    lines += [_cells(_name(guard), cleandoc(guard.__doc__ or "")) for guard in sorted(guards, key=_name)]
    lines += ["", "## Events and effects", ""]
    lines += [f"- Events: {_listed(event.value for event in Event)}."]
    lines += [f"- Effects, carried out in the order of the row: {_listed(effect.value for effect in Effect)}."]
    return "\n".join([*lines, ""])


def _listed(words: Iterable[str]) -> str:
    return " · ".join(words)


def _cells(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _name(guard: Guard) -> str:
    return guard.__name__.replace("_", " ")


def _id(state: JobState) -> str:
    return state.value.removeprefix("state_")


def _uow(state: UowState | None) -> str:
    return "none" if state is None else state.word
