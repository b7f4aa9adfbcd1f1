from __future__ import annotations

from msgspec.structs import replace

from synergy.core.control import replies as r
from synergy.tui.model.listings import Style
from synergy.tui.model.orders import directives_table, job_badges, of_kind, state_of
from tests.tui.fake_plans import REAL_TIME

HOLD = r.Directive("h1", "hold", "FlightsHourly", "olga", REAL_TIME, reason="bad feed")
DRAIN = replace(HOLD, directive_id="d1", reach="everything")
SEAL = replace(HOLD, directive_id="s1", kind="seal", reach="Flights@2013010100..2013010123")
BATCH = replace(
    HOLD, directive_id="b1", kind="batch", reach="1,200 jobs", max_parallel=2, total=1200, left=1100, running=2
)
JOB = r.Job("A", "1", "state_embryo", None, 0, "T", "hourly")


def test_each_order_tells_how_it_stands() -> None:
    assert state_of(HOLD, Style()) == "in force"
    assert state_of(replace(HOLD, until="2026-11-23T10:00:00Z"), Style()) == "until 11-23 10:00:00"
    assert state_of(BATCH, Style()) == "100 of 1,200, 2 running"
    assert state_of(replace(BATCH, is_paused=True), Style()) == "paused, 100 of 1,200"
    assert state_of(replace(HOLD, lifted=REAL_TIME), Style()) == "lifted 11-23 08:33:27"
    assert state_of(replace(BATCH, lifted=REAL_TIME, outcome="canceled"), Style()) == "canceled 11-23 08:33:27"


def test_a_drain_and_a_paused_batch_are_problems_and_a_hold_is_none() -> None:
    rows = directives_table([HOLD, DRAIN, BATCH, replace(BATCH, is_paused=True)], Style()).rows
    assert [row.is_problem for row in rows] == [False, True, False, True]
    assert "everything (drain)" in rows[1].text
    assert "1,200 jobs, 2 at once" in rows[2].text


def test_a_place_is_narrowed_to_one_kind() -> None:
    known = (HOLD, SEAL, BATCH)
    assert of_kind(known, "") == known
    assert of_kind(known, "holds") == (HOLD,)
    assert of_kind(known, "seals") == (SEAL,)
    assert of_kind(known, "batches") == (BATCH,)


def test_a_job_says_what_it_is_under() -> None:
    def told(job: r.Job) -> str:
        return "".join(text for text, _ in job_badges(job))

    assert told(JOB) == ""
    assert told(replace(JOB, held="h1", sealed="s1", batch="b1")).split() == ["held", "sealed", "batch", "b1"]
