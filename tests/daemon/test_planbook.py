"""The book of plans that wait to be accepted: which of them make room."""

from __future__ import annotations

import pytest

from synergy.core.engine.drafts import Draft
from synergy.core.errors import PlanStale
from synergy.core.timetable.timetable import Node
from synergy.core.wishes import Wish
from synergy.daemon.planbook import MOST_JOBS, MOST_PLANS, PlanBook
from tests.manual_clock import ManualClock


@pytest.fixture
def book() -> PlanBook:
    return PlanBook(ManualClock(), 600.0)


def draft_of(jobs: int = 1) -> Draft:
    return Draft(Wish("reprocess"), nodes=(Node(0, 0),) * jobs)


def is_kept(book: PlanBook, plan_id: str) -> bool:
    try:
        book.find(plan_id)
    except PlanStale:
        return False
    return True


def test_the_oldest_plan_makes_room(book: PlanBook) -> None:
    first, second, *_ = [book.keep(draft_of()) for _ in range(MOST_PLANS + 1)]
    assert (is_kept(book, first), is_kept(book, second)) == (False, True)


def test_plans_of_viewers_make_room_before_those_of_operators(book: PlanBook) -> None:
    mine = book.keep(draft_of())
    viewed = [book.keep(draft_of(), by_viewer=True) for _ in range(3 * MOST_PLANS)]

    assert is_kept(book, mine)
    assert [is_kept(book, plan_id) for plan_id in viewed[-2:]] == [True, True]
    assert sum(is_kept(book, plan_id) for plan_id in viewed) == MOST_PLANS - 1


def test_large_plans_make_room_for_one_another(book: PlanBook) -> None:
    first, second, third = (book.keep(draft_of(MOST_JOBS // 2)) for _ in range(3))
    assert [is_kept(book, plan_id) for plan_id in (first, second, third)] == [False, True, True]

    huge = book.keep(draft_of(MOST_JOBS + 1))
    assert [is_kept(book, plan_id) for plan_id in (second, third, huge)] == [False, False, True]


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
