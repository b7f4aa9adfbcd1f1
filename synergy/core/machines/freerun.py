"""The freerun machine: cron-like work with no timetable, driven by its entry's trigger alone.

There is never a second unit of work beside one that is requested or running: a trigger offers the same one again. A
failed one is not resubmitted; the next trigger cancels it and makes a new one. By hand an entry runs only when nothing
of it is requested or running.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from msgspec import Struct

from synergy.core.machines.table import IllegalEvent
from synergy.core.states import UowState


class FreerunEvent(Enum):
    """What happens to a freerun entry."""

    TRIGGER = "trigger"
    """Its trigger fired, or a firing that was missed while the daemon was down is made good."""
    RUN = "run by hand"
    """The operator's `freerun run`."""
    CANCEL = "cancel"
    """The operator's cancel."""
    REPORT = "report"
    """Its unit of work was claimed, ended or failed, or an older one reports late."""


class FreerunEffect(Enum):
    """What is to be done, in this order."""

    ISSUE_UOW = "issue a new unit of work"
    REOFFER_UOW = "offer the same unit of work again"
    CANCEL_UOW = "cancel the unit of work"


class FreerunStep(Struct, frozen=True):
    """What is to be done for the entry. ``rule`` names the row of the table."""

    effects: tuple[FreerunEffect, ...]
    rule: str


class FreerunRule(Struct, frozen=True):
    """One row: for these states of the entry's last unit of work (None: there is none) and this event."""

    name: str
    states: tuple[UowState | None, ...]
    event: FreerunEvent
    effects: tuple[FreerunEffect, ...] = ()
    refused: str | None = None


_RESTING: Final = (None, UowState.PROCESSED, UowState.NOOP, UowState.CANCELED)
_BUSY: Final = (UowState.REQUESTED, UowState.IN_PROGRESS)
_FAILED: Final = (UowState.INVALID,)
_RENEW: Final = (FreerunEffect.CANCEL_UOW, FreerunEffect.ISSUE_UOW)

RULES: Final = (
    FreerunRule("runs", _RESTING, FreerunEvent.TRIGGER, (FreerunEffect.ISSUE_UOW,)),
    FreerunRule("offered again", _BUSY, FreerunEvent.TRIGGER, (FreerunEffect.REOFFER_UOW,)),
    FreerunRule("replaces the failed run", _FAILED, FreerunEvent.TRIGGER, _RENEW),
    FreerunRule("runs by hand", _RESTING, FreerunEvent.RUN, (FreerunEffect.ISSUE_UOW,)),
    FreerunRule("runs already", _BUSY, FreerunEvent.RUN, refused="wait for it, or cancel it first"),
    FreerunRule("replaces the failed run by hand", _FAILED, FreerunEvent.RUN, _RENEW),
    FreerunRule("nothing to cancel", _RESTING, FreerunEvent.CANCEL, refused="there is nothing to cancel"),
    FreerunRule("canceled", (*_BUSY, *_FAILED), FreerunEvent.CANCEL, (FreerunEffect.CANCEL_UOW,)),
    FreerunRule("waits for its next trigger", (*_RESTING, *_BUSY, *_FAILED), FreerunEvent.REPORT),
)

_ROWS: Final = {(state, rule.event): rule for rule in RULES for state in rule.states}


def advance(uow: UowState | None, event: FreerunEvent) -> FreerunStep:
    """What an event asks for, given the state of the entry's last unit of work.

    Raises:
        IllegalEvent: a run by hand while one is requested or running, or a cancel of nothing; nothing was changed.
    """
    rule = _ROWS[uow, event]
    if rule.refused is not None:
        state = "at rest" if uow is None else uow.word
        raise IllegalEvent(f'"{event.value}" is refused: the entry\'s unit of work is {state}', remedy=rule.refused)
    return FreerunStep(rule.effects, rule.name)
