from __future__ import annotations

from synergy.core.engine.drafts import Draft
from synergy.core.wishes import Wish
from synergy.daemon.planbook import PlanBook
from tests.manual_clock import ManualClock


def test_plans_that_wait_are_told_the_newest_first_until_they_expire_or_are_applied() -> None:
    clock = ManualClock()
    book = PlanBook(clock, expires_seconds=600.0)
    old = book.keep(Draft(Wish("skip")))
    clock.advance(400.0)
    applied, new = book.keep(Draft(Wish("hold"))), book.keep(Draft(Wish("drain")))
    book.drop(applied)

    assert list(book.waiting()) == [new, old]
    clock.advance(200.0)
    assert list(book.waiting()) == [new]
