from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from synergy.core.collector import Queued, ReprocessingQueues
from synergy.core.records import UowId

A, B, C = UowId("a"), UowId("b"), UowId("c")


def three() -> ReprocessingQueues:
    queues = ReprocessingQueues()
    queues.add("Hourly", B, 20.0)
    queues.add("Daily", C, 30.0)
    queues.add("Hourly", A, 10.0)
    return queues


def test_they_leave_in_order_of_their_release_when_their_time_has_come() -> None:
    queues = three()
    assert queues.due(9.9, 9) == []
    assert queues.due(20.0, 9) == [A, B]
    assert queues.due(20.0, 9) == []
    assert (A in queues, C in queues, len(queues)) == (False, True, 1)


def test_one_that_is_removed_is_never_released() -> None:
    queues = three()
    queues.remove(A)
    queues.remove(A)
    assert queues.due(100.0, 9) == [B, C]


def test_one_that_is_added_again_waits_for_its_new_time() -> None:
    queues = three()
    queues.add("Hourly", A, 25.0)
    assert queues.due(20.0, 9) == [B]
    assert queues.due(25.0, 9) == [A]


def test_when_the_clock_jumps_everything_waits_as_long_as_it_would_have() -> None:
    queues = three()
    queues.remove(B)

    queues.shift(-15.0)

    assert queues.next_release() == -5.0
    assert queues.due(-5.0, 9) == [A]
    assert queues.release_time(C) == 15.0


def test_a_process_is_flushed_and_the_others_stay() -> None:
    queues = three()
    assert queues.flush("Hourly") == [A, B]
    assert queues.items() == [Queued(30.0, C, "Daily")]
    assert queues.due(100.0, 9) == [C]


def test_all_are_flushed_earliest_first() -> None:
    queues = three()
    assert queues.flush() == [A, B, C]
    assert len(queues) == 0


def test_the_waiting_ones_are_listed_and_counted_per_process() -> None:
    queues = three()
    assert [item.uow_id for item in queues.items("Hourly")] == [A, B]
    assert (queues.size("Hourly"), queues.size("Daily"), queues.size("Monthly")) == (2, 1, 0)


def test_the_release_time_of_one_is_told() -> None:
    queues = three()
    assert queues.release_time(B) == 20.0
    queues.remove(B)
    assert queues.release_time(B) is None


def test_the_next_release_is_that_of_the_earliest_that_still_waits() -> None:
    queues = three()
    assert queues.next_release() == 10.0
    queues.remove(A)
    assert queues.next_release() == 20.0
    queues.flush()
    assert queues.next_release() is None


@given(st.lists(st.tuples(st.sampled_from([A, B, C]), st.integers(0, 9), st.booleans())))
def test_every_history_releases_what_was_added_last_and_not_removed(history: list[tuple[UowId, int, bool]]) -> None:
    queues, model = ReprocessingQueues(), dict[UowId, float]()
    for uow_id, at, is_added in history:
        if is_added:
            queues.add("Hourly", uow_id, float(at))
            model[uow_id] = float(at)
        else:
            queues.remove(uow_id)
            model.pop(uow_id, None)
    assert queues.next_release() == min(model.values(), default=None)
    assert queues.due(9.0, 9) == sorted(model, key=lambda uow_id: (model[uow_id], uow_id))


def test_no_more_are_taken_out_than_are_wanted() -> None:
    queues = ReprocessingQueues()
    for number in range(5):
        queues.add("A", UowId(f"A@{number}.1"), float(number))
    assert queues.due(10.0, 2) == ["A@0.1", "A@1.1"]
    assert queues.next_release() == 2.0
    assert queues.due(10.0, 9) == ["A@2.1", "A@3.1", "A@4.1"]
