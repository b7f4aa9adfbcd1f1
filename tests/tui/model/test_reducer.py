from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from synergy.core.control.events import (
    Alert,
    DirectiveChanged,
    Event,
    Events,
    HealthChanged,
    JobChanged,
    Lagged,
    LogGrew,
    PlanApplied,
    ProcessChanged,
    Stopping,
    TimetableGrew,
    UowChanged,
)
from synergy.core.states import JobState, UowState
from synergy.tui.model.reducer import MAX_ALERTS, Topic, View, fold, has_problem, read_again
from tests.tui.fake_daemon import TREES, FakeDeployment

NAMES = [name for names in TREES.values() for name in names]
JOBS = st.tuples(st.sampled_from(NAMES), st.sampled_from(JobState), st.sampled_from(JobState))


def known() -> View:
    deployment = FakeDeployment()
    processes = tuple(deployment.process(name) for name in NAMES)
    return View(
        status=deployment.status(), trees=tuple(deployment.tree(name) for name in TREES), processes=processes
    )  # fmt: skip


def batch(seq: int, *events: Event) -> Events:
    return Events(seq, "2026-11-23T08:00:00Z", "2013-03-05T14:00:00Z", events)


def moved(name: str, old: JobState, new: JobState) -> JobChanged:
    return JobChanged(name, "2013010100", old, new, "3")


@given(st.lists(JOBS, max_size=40), st.integers(1, 5))
def test_counts_are_the_same_however_events_are_batched(
    changes: list[tuple[str, JobState, JobState]], size: int
) -> None:
    events = [moved(*change) for change in changes]
    chunks = [events[at : at + size] for at in range(0, len(events), size)]
    batches = [batch(seq, *chunk) for seq, chunk in enumerate(chunks, 1)]
    at_once = fold(known(), batches).view
    one_by_one, possible = known(), True
    for each in batches:
        one_by_one = fold(one_by_one, [each]).view
        possible = possible and all(number > 0 for row in one_by_one.processes for number in row.counts.values())
    if possible:
        assert [row.counts for row in at_once.processes] == [row.counts for row in one_by_one.processes]


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 80), st.sampled_from("012345")), max_size=30))
def test_counts_follow_the_events_as_a_recount_would(changes: list[tuple[str, int, str]]) -> None:
    deployment = FakeDeployment()
    view = known()
    for seq, (name, index, cell) in enumerate(changes, 1):
        change = deployment.put(name, index, cell)
        view = fold(view, [batch(seq, change)]).view
    for row in view.processes:
        assert {state: number for state, number in row.counts.items() if number} == deployment.counts(
            [row.process_name]
        )
    for tree in view.trees:
        assert +Counter(tree.counts) == Counter(deployment.counts(TREES[tree.tree_name]))
    assert view.status is not None
    assert +Counter(view.status.jobs) == Counter(deployment.counts(NAMES))


def test_a_batch_that_the_snapshot_contains_is_passed_over() -> None:
    view = fold(known(), [batch(7, moved("FlightsDaily", JobState.EMBRYO, JobState.PROCESSED))]).view
    again = fold(view, [batch(7, moved("FlightsDaily", JobState.EMBRYO, JobState.PROCESSED))])
    assert again.view is view
    assert again.jobs == ()


def test_the_generation_rises_with_every_change() -> None:
    view = known()
    assert fold(view, [batch(1, LogGrew("u", 1, 5))]).view.generation == view.generation + 1
    assert read_again(view, FakeDeployment().status()).generation == view.generation + 1


def test_each_kind_of_event_says_what_it_makes_stale() -> None:
    invalid = UowChanged("u", "FlightsDaily", "2013010100", UowState.INVALID, 1)
    assert fold(known(), [batch(1, invalid)]).stale >= {Topic.UOWS, Topic.STATUS, Topic.COLLECTOR}
    assert Topic.ENTRIES in fold(known(), [batch(1, ProcessChanged("Report", "mail"))]).stale
    assert Topic.WORKERS in fold(known(), [batch(1, HealthChanged("store", up=False, detail="x"))]).stale
    held = DirectiveChanged("p1", "hold", "FlightsDaily", "ann")
    assert fold(known(), [batch(1, held)]).stale == {Topic.STATUS, Topic.PROCESSES, Topic.DIRECTIVES}
    assert fold(known(), [batch(1, PlanApplied("p1", "hold", "ann", ("FlightsDaily",)))]).stale == set()
    grew = fold(known(), [batch(1, TimetableGrew("FlightsDaily", "2013030600"))])
    assert Topic.PROCESSES in grew.stale
    assert grew.grew[0].process_name == "FlightsDaily"
    row = grew.view.process("FlightsDaily")
    assert row is not None
    assert row.last_timeperiod == "2013030600"


def test_lagged_asks_for_a_new_snapshot_and_stopping_tells_why() -> None:
    step = fold(known(), [batch(1, Lagged(12), Stopping("restart"))])
    assert step.resync
    assert step.stopping == "restart"


def test_alerts_are_kept_up_to_a_limit_newest_last() -> None:
    alerts = [Alert("gave_up", str(number)) for number in range(MAX_ALERTS + 5)]
    view = fold(known(), [batch(1, *alerts)]).view
    assert len(view.alerts) == MAX_ALERTS
    assert view.alerts[-1].message == str(MAX_ALERTS + 4)


def test_a_process_that_is_not_known_yet_changes_no_count() -> None:
    view = known()
    after = fold(view, [batch(1, moved("New", JobState.EMBRYO, JobState.PROCESSED))]).view
    assert after.processes == view.processes
    assert after.trees == view.trees


def test_rows_are_found_by_their_name() -> None:
    view = known()
    assert view.process("FlightsDaily") is not None
    assert view.tree("Delays") is not None
    assert view.process("x") is None
    assert view.tree("x") is None


def test_a_problem_is_something_invalid_or_skipped() -> None:
    assert has_problem({}, 1)
    assert has_problem({JobState.SKIPPED: 1}, 0)
    assert not has_problem({JobState.PROCESSED: 1}, 0)


def test_a_store_that_is_back_has_everything_read_again() -> None:
    view = known()
    assert fold(view, [batch(1, HealthChanged("store", up=True, detail="back"))]).resync
    assert not fold(view, [batch(1, HealthChanged("store", up=False, detail="gone"))]).resync
    assert not fold(view, [batch(1, HealthChanged("broker", up=True, detail="back"))]).resync
