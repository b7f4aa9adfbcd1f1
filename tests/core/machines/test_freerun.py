from __future__ import annotations

from itertools import product

import pytest

from synergy.core.machines.freerun import FreerunEffect, FreerunEvent, advance
from synergy.core.machines.table import IllegalEvent
from synergy.core.states import UowState

ISSUE, REOFFER, CANCEL = FreerunEffect
ALL = (None, *UowState)
RESTING = (None, UowState.PROCESSED, UowState.NOOP, UowState.CANCELED)
BUSY = (UowState.REQUESTED, UowState.IN_PROGRESS)


@pytest.mark.parametrize("uow", RESTING)
@pytest.mark.parametrize("event", [FreerunEvent.TRIGGER, FreerunEvent.RUN])
def test_a_resting_entry_runs(uow: UowState | None, event: FreerunEvent) -> None:
    assert advance(uow, event).effects == (ISSUE,)


@pytest.mark.parametrize("uow", BUSY)
def test_a_trigger_offers_a_busy_entrys_unit_of_work_again(uow: UowState) -> None:
    assert advance(uow, FreerunEvent.TRIGGER).effects == (REOFFER,)


@pytest.mark.parametrize("event", [FreerunEvent.TRIGGER, FreerunEvent.RUN])
def test_a_failed_unit_of_work_is_canceled_before_a_new_one_is_made(event: FreerunEvent) -> None:
    assert advance(UowState.INVALID, event).effects == (CANCEL, ISSUE)


@pytest.mark.parametrize("uow", BUSY)
def test_a_busy_entry_is_not_run_by_hand(uow: UowState) -> None:
    with pytest.raises(IllegalEvent, match=f"unit of work is {uow.word}; wait for it, or cancel it first"):
        advance(uow, FreerunEvent.RUN)


@pytest.mark.parametrize("uow", RESTING)
def test_there_is_nothing_to_cancel_in_a_resting_entry(uow: UowState | None) -> None:
    with pytest.raises(IllegalEvent, match="there is nothing to cancel"):
        advance(uow, FreerunEvent.CANCEL)


@pytest.mark.parametrize("uow", [*BUSY, UowState.INVALID])
def test_an_active_unit_of_work_is_canceled(uow: UowState) -> None:
    assert advance(uow, FreerunEvent.CANCEL).effects == (CANCEL,)


@pytest.mark.parametrize("uow", ALL)
def test_a_report_changes_nothing_until_the_next_trigger(uow: UowState | None) -> None:
    assert advance(uow, FreerunEvent.REPORT).effects == ()


def test_every_pair_is_a_step_or_a_refusal_and_never_a_second_unit_of_work() -> None:
    for uow, event in product(ALL, FreerunEvent):
        try:
            step = advance(uow, event)
        except IllegalEvent:
            continue
        assert ISSUE not in step.effects or uow not in BUSY
