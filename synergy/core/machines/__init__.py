"""The four state machines, as tables.

Three drive jobs (discrete, continuous, recomputing; ``advance``); freerun entries have their own (``freerun.advance``).
No I/O, no clock, no logging: what is known comes in as facts, what is to be done goes out as effects.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from synergy.core.context import MachineKind
from synergy.core.machines import continuous, discrete, recomputing
from synergy.core.machines.model import Event, Facts, Step
from synergy.core.machines.table import IllegalEvent, Table
from synergy.core.states import JobState

__all__ = ["TABLES", "IllegalEvent", "advance"]

TABLES: Final[Mapping[MachineKind, Table]] = MappingProxyType(
    {
        MachineKind.DISCRETE: discrete.TABLE,
        MachineKind.CONTINUOUS: continuous.TABLE,
        MachineKind.RECOMPUTING: recomputing.TABLE,
    },
)


def advance(kind: MachineKind, state: JobState, event: Event, facts: Facts) -> Step:
    """What an event makes of a job.

    Raises:
        IllegalEvent: the machine refuses the event in this state; nothing was changed.
    """
    return TABLES[kind].advance(state, event, facts)
