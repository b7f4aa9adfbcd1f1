from __future__ import annotations

import pytest
from msgspec.structs import replace

from synergy.core.states import UowState
from synergy.tui.model.listings import Style, uow_row
from tests.tui.fake_daemon import FakeDeployment

UOW = FakeDeployment().uow("FlightsHourly", 0)


@pytest.mark.parametrize("state", UowState)
def test_only_an_invalid_unit_of_work_is_a_problem(state: UowState) -> None:
    assert uow_row(replace(UOW, state=state), Style()).is_problem == (state is UowState.INVALID)


def test_a_unit_of_work_that_was_given_up_stays_a_problem() -> None:
    assert uow_row(replace(UOW, state=UowState.CANCELED, gave_up=True), Style()).is_problem
