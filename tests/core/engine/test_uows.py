from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from synergy.core.engine.uows import Uows
from synergy.core.records import UnitOfWork, UowId
from synergy.core.states import UowState

NAMES = ("A", "B")


def uow(name: str, number: int, state: UowState = UowState.REQUESTED) -> UnitOfWork:
    period = f"{2013010100 + number}"
    return UnitOfWork(UowId(f"{name}@{period}.1"), name, period, 1, period, period, state=state)


def test_it_is_a_mapping() -> None:
    uows, first = Uows(), uow("A", 1)
    uows[first.uow_id] = first
    assert uows[first.uow_id] is uows.get(first.uow_id) is first
    assert uows.get(UowId("gone")) is None
    assert first.uow_id in uows
    assert UowId("gone") not in uows
    assert list(uows) == [first.uow_id]
    assert list(uows.values()) == [first]
    assert uows == {first.uow_id: first}
    uows.discard(UowId("gone"))
    uows.discard(first.uow_id)
    assert not uows


def test_what_stays_in_its_state_is_counted_once() -> None:
    uows, first = Uows(), uow("A", 1)
    for record in (first, replace(first, submitted=3.0)):
        uows[first.uow_id] = record
    assert uows.requested("A") == uows.requested() == 1
    assert uows.requested("B") == 0


def test_ends_are_counted_on_the_box_that_had_it() -> None:
    uows = Uows()
    for number, end in enumerate((5.0, 7.0, None)):
        held = replace(uow("A", number, UowState.IN_PROGRESS), box_id="box-1")
        uows[held.uow_id] = held
        uows[held.uow_id] = replace(held, state=UowState.PROCESSED, finished=end)
    assert [uows.ended_on("box-1", since) for since in (5.0, 6.0, 8.0)] == [2, 1, 0]
    assert uows.ended_on("box-2", 0.0) == 0


CHANGES = st.lists(
    st.tuples(st.sampled_from(NAMES), st.integers(0, 3), st.none() | st.sampled_from(UowState)), max_size=30
)


@given(CHANGES)
def test_what_is_counted_is_what_is_there(changes: list[tuple[str, int, UowState | None]]) -> None:
    uows = Uows()
    for name, number, state in changes:
        record = uow(name, number, state or UowState.REQUESTED)
        if state is None:
            uows.discard(record.uow_id)
        else:
            uows[record.uow_id] = record
    there = list(uows.values())
    requested = Counter(record.process_name for record in there if record.state is UowState.REQUESTED)
    assert {name: uows.requested(name) for name in NAMES} == {name: requested[name] for name in NAMES}
    assert uows.requested() == requested.total()
    for told, state in ((uows.running(), UowState.IN_PROGRESS), (uows.failed(), UowState.INVALID)):
        assert sorted(record.uow_id for record in told) == sorted(r.uow_id for r in there if r.state is state)
