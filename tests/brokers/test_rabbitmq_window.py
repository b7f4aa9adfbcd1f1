from __future__ import annotations

from synergy.brokers.rabbitmq.window import MOST_UNCONFIRMED, Batch, Letter, Window

LETTER = Letter("ex", "q", "q", b"x")


def window_of(*batches: Batch, each: int = 2) -> Window:
    window = Window()
    for batch in batches:
        for _ in range(each):
            window.add(LETTER, batch)
    return window


def test_a_batch_is_settled_with_its_last_message_in_whatever_order() -> None:
    batch = Batch()
    window = window_of(batch)
    window.settle(2, multiple=False, refused=False)
    assert not batch.settled.is_set()
    window.settle(1, multiple=False, refused=False)
    assert batch.settled.is_set()
    assert not batch.problem
    assert len(window) == 0


def test_a_batch_larger_than_the_window_is_not_settled_by_its_first_part() -> None:
    batch = Batch()
    window = window_of(batch, each=MOST_UNCONFIRMED)
    window.settle(MOST_UNCONFIRMED, multiple=True, refused=False)
    window.add(LETTER, batch)
    assert not batch.settled.is_set()
    window.settle(MOST_UNCONFIRMED + 1, multiple=False, refused=True)
    assert batch.settled.is_set()
    assert batch.refused == 1


def test_one_confirmation_may_speak_for_all_before_it() -> None:
    first, second = Batch(), Batch()
    window = window_of(first, second)
    window.settle(3, multiple=True, refused=False)
    assert first.settled.is_set()
    assert not second.settled.is_set()


def test_a_returned_message_is_told_although_it_is_confirmed() -> None:
    batch = Batch()
    window = window_of(batch)
    window.returned(2)
    window.settle(2, multiple=True, refused=False)
    assert batch.settled.is_set()
    assert batch.returned == [LETTER]


def test_a_refused_message_is_counted() -> None:
    batch = Batch()
    window = window_of(batch)
    window.settle(1, multiple=False, refused=True)
    window.settle(2, multiple=False, refused=False)
    assert batch.refused == 1


def test_all_who_wait_are_told_of_the_loss() -> None:
    first, second = Batch(), Batch()
    window = window_of(first, second)
    window.fail("gone")
    assert first.settled.is_set()
    assert second.settled.is_set()
    assert first.problem == second.problem == "gone"
    window.settle(1, multiple=True, refused=False)


def test_there_is_room_until_the_window_is_full() -> None:
    batch = Batch()
    window = window_of(batch, each=MOST_UNCONFIRMED - 1)
    assert window.room.is_set()
    window.add(LETTER, batch)
    assert not window.room.is_set()
    window.settle(1, multiple=False, refused=False)
    assert window.room.is_set()
    window.add(LETTER, batch)
    window.fail("gone")
    assert window.room.is_set()
