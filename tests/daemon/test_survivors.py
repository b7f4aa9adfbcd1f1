"""What outlives KILL: told once, a problem while it lives, forgotten when nobody says it any more."""

from __future__ import annotations

from synergy.core.control.events import Alert
from synergy.core.messages import KillUnproved
from synergy.daemon.survivors import BELIEVED_SECONDS, Survivors
from tests.contract.store.samples import uow, uow_id
from tests.manual_clock import ManualClock

FIRST = KillUnproved(uow_id(1), 1, (7,), "box-1")
TEXT = "Hourly@2000000100.1: process 7 outlives KILL on box-1"


def test_an_alert_is_raised_once_and_again_when_it_changes() -> None:
    survivors = Survivors(ManualClock())

    assert survivors.told(FIRST) == Alert("kill_unproved", TEXT, FIRST.uow_id)
    assert survivors.told(FIRST) is None
    more = survivors.told(KillUnproved(uow_id(1), 1, (7, 9), "box-1"))

    assert more is not None
    assert more.message == "Hourly@2000000100.1: processes 7, 9 outlive KILL on box-1"
    assert survivors.pids(uow_id(1)) == (7, 9)


def test_it_is_a_problem_until_its_attempt_has_ended() -> None:
    survivors = Survivors(ManualClock())
    survivors.told(KillUnproved(uow_id(2), 2, (8,), "box-2"))
    survivors.told(FIRST)

    survivors.ended(uow(2, attempt=1))
    assert survivors.problems() == (TEXT, "Hourly@2000000200.1: process 8 outlives KILL on box-2")

    survivors.ended(uow(2, attempt=2))
    survivors.ended(uow(3))
    assert survivors.problems() == (TEXT,)
    assert survivors.pids(uow_id(2)) == ()


def test_a_supervisor_that_is_silent_is_not_believed_for_ever() -> None:
    clock = ManualClock()
    survivors = Survivors(clock)
    survivors.told(FIRST)

    clock.advance(BELIEVED_SECONDS)
    assert survivors.problems() == (TEXT,)
    clock.advance(0.1)
    assert (survivors.problems(), survivors.pids(uow_id(1))) == ((), ())
    assert survivors.told(FIRST) is not None
