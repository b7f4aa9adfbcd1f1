from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from synergy.core.leases import LeaseWatch

LEASE = 20.0


def observe_every_five_seconds(watch: LeaseWatch, start: float, end: float, counter: int) -> None:
    at = start
    while at <= end:
        watch.observe("box-1/1", counter, at)
        at += 5.0


def test_a_counter_that_stands_still_for_a_lease_is_a_lost_supervisor() -> None:
    watch = LeaseWatch(LEASE)
    observe_every_five_seconds(watch, 0.0, 15.0, counter=7)
    assert watch.lost(15.0) == ()
    watch.observe("box-1/1", 7, 20.0)
    assert watch.lost(20.0) == ("box-1/1",)


def test_a_counter_that_moves_keeps_the_lease() -> None:
    watch = LeaseWatch(LEASE)
    for beat in range(20):
        watch.observe("box-1/1", beat, beat * 5.0)
        assert watch.lost(beat * 5.0) == ()


def test_a_restarted_counter_is_a_living_one() -> None:
    watch = LeaseWatch(LEASE)
    observe_every_five_seconds(watch, 0.0, 15.0, counter=70)
    watch.observe("box-1/1", 1, 20.0)
    assert watch.lost(20.0) == ()


def test_after_a_stall_of_the_observer_counting_starts_anew() -> None:
    watch = LeaseWatch(LEASE)
    observe_every_five_seconds(watch, 0.0, 5.0, counter=7)
    watch.observe("box-1/1", 7, 60.0)
    assert watch.lost(60.0) == ()
    observe_every_five_seconds(watch, 65.0, 80.0, counter=7)
    assert watch.lost(80.0) == ("box-1/1",)


def test_a_gap_of_half_a_lease_is_no_stall() -> None:
    watch = LeaseWatch(LEASE)
    for at in (0.0, 10.0, 20.0):
        watch.observe("box-1/1", 7, at)
    assert watch.lost(20.0) == ("box-1/1",)


def test_nobody_is_lost_while_the_store_cannot_be_read() -> None:
    watch = LeaseWatch(LEASE)
    observe_every_five_seconds(watch, 0.0, 15.0, counter=7)
    assert watch.lost(100.0) == ()


def test_a_lost_supervisor_stays_lost_until_it_beats_or_is_forgotten() -> None:
    watch = LeaseWatch(LEASE)
    observe_every_five_seconds(watch, 0.0, 20.0, counter=7)
    assert watch.lost(20.0) == watch.lost(21.0) == ("box-1/1",)
    watch.observe("box-1/1", 8, 25.0)
    assert watch.lost(25.0) == ()
    observe_every_five_seconds(watch, 30.0, 45.0, counter=8)
    assert watch.lost(45.0) == ("box-1/1",)
    watch.forget_all_but({"box-1/1"})
    assert watch.lost(45.0) == ("box-1/1",)
    watch.forget_all_but({"box-1/2"})
    assert watch.lost(45.0) == ()


def test_each_supervisor_has_its_own_lease() -> None:
    watch = LeaseWatch(LEASE)
    for beat in range(5):
        watch.observe("b", 7, beat * 5.0)
        watch.observe("a", beat, beat * 5.0)
        watch.observe("c", 7, beat * 5.0)
    assert watch.lost(20.0) == ("b", "c")


@given(st.lists(st.tuples(st.floats(0.1, 40.0), st.booleans()), max_size=40))
def test_no_living_supervisor_is_ever_lost(gaps: list[tuple[float, bool]]) -> None:
    """Whoever beats at least once per lease that was really observed is never called lost."""
    watch, at, counter, still = LeaseWatch(LEASE), 0.0, 0, 0.0
    for gap, beats in gaps:
        at += gap
        still = 0.0 if gap > LEASE / 2.0 else still + gap
        if beats or still >= LEASE:
            counter, still = counter + 1, 0.0
        watch.observe("box-1/1", counter, at)
        assert watch.lost(at) == ()


def test_how_long_a_counter_has_stood_still_is_told_while_it_is_looked_at() -> None:
    watch = LeaseWatch(LEASE)
    watch.observe("box-1/1", 7, 0.0)
    watch.observe("box-1/1", 7, 5.0)
    assert watch.stood_still("box-1/1", 6.0) == 6.0
    watch.observe("box-1/1", 8, 7.0)
    assert watch.stood_still("box-1/1", 8.0) == 1.0
    assert watch.stood_still("box-1/1", 60.0) == 0.0
    assert watch.stood_still("box-2/1", 8.0) == 0.0
