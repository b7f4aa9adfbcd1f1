"""Exit reasons."""

from __future__ import annotations

from pathlib import Path

import pytest

from synergy.core.states import UowState
from synergy.definitions import Result
from synergy.worker.child import outcome_of
from synergy.worker.exits import OomWatch, command_outcome, death_reason, time_limit_reason
from synergy.worker.frames import Outcome


def test_a_kill_by_the_kernel_for_memory_is_told_from_any_other(tmp_path: Path) -> None:
    events = tmp_path / "memory.events"
    events.write_text("low 0\noom 1\noom_kill 1\n")
    watch = OomWatch((tmp_path / "absent", events))
    assert not watch.killed_since()
    events.write_text("low 0\noom 2\noom_kill 2\n")
    assert watch.killed_since()
    assert not watch.killed_since()


def test_a_machine_without_such_a_counter_never_blames_memory(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("nothing 3\n")
    assert not OomWatch((tmp_path / "absent", tmp_path / "other")).killed_since()


def test_reasons_are_the_words_that_are_shown() -> None:
    assert death_reason(3, oom_killed=False) == "exit 3"
    assert death_reason(-9, oom_killed=False) == "signal 9"
    assert death_reason(-9, oom_killed=True) == "out of memory"
    assert death_reason(-15, oom_killed=True) == "signal 15"
    assert time_limit_reason(300.0) == "time limit 300 s"
    assert command_outcome(99, (99,), oom_killed=False) == Outcome(UowState.NOOP, reason="exit 99")


@pytest.mark.parametrize(
    ("result", "state"),
    [
        (None, UowState.PROCESSED),
        (Result(), UowState.PROCESSED),
        (Result("noop"), UowState.NOOP),
        (Result("failed"), UowState.INVALID),  # type: ignore[arg-type]
        (Result(processed=-1), UowState.INVALID),
        (Result(processed=2**63 - 1), UowState.PROCESSED),
        (Result(processed=2**63), UowState.INVALID),
        (Result(aggregated=1.5), UowState.INVALID),  # type: ignore[arg-type]
        (True, UowState.INVALID),
    ],
)
def test_a_returned_value_means_one_thing_or_is_refused(result: object, state: UowState) -> None:
    assert outcome_of(result).state is state
