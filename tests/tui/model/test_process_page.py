from __future__ import annotations

from msgspec.structs import replace

from synergy.tui.model.formats import is_past, remaining
from synergy.tui.model.listings import Style, processes_table
from synergy.tui.model.operations import entries_table
from synergy.tui.model.process_page import process_lines, settings_table
from tests.tui.fake_daemon import SCHEDULE_TIME, FakeDeployment
from tests.tui.fake_rows import ENTRY

DETAIL = FakeDeployment().detail("FlightsHourly")
ROW = replace(DETAIL.process, next_run="2013-03-05T14:00:33Z", next_run_in=33.0)
LATER = "2013-03-05T14:00:31Z"


def text(lines: list[list[tuple[str, str]]]) -> list[str]:
    return ["".join(part for part, _ in line) for line in lines]


def test_a_process_is_told_in_full() -> None:
    told = text(process_lines(replace(DETAIL, process=ROW), SCHEDULE_TIME, Style()))
    assert told[0].startswith("on   hourly of tree Flights   discrete, normal")
    assert told[1] == "trigger every 60   next run in 33s   next period 2013-03-05 14h"
    assert "3 running, 0 queued, 2 wait for a retry   2 invalid" in told[2]
    assert told[3] == "takes   median 42s   p95 1m 1s   longest 2m 10s   of the last 100 runs"
    assert told[4] == "failed  2026-11-23 08:30:00  FlightsHourly@2013030418.1: exit 3"
    assert told[5].startswith("changed by olga, 2026-11-23 07:00:00")


def test_what_is_not_known_is_said() -> None:
    bare = replace(DETAIL, durations=None, last_failure=None, changed_by=None)
    told = text(process_lines(bare, SCHEDULE_TIME, Style()))
    assert told[3:] == ["takes   unknown: nothing was processed yet", "failed  nothing since the daemon started"]


def test_what_was_set_comes_before_defaults_and_an_operators_value_beside_the_files() -> None:
    rows = settings_table(DETAIL).rows
    assert [row.key for row in rows[:3]] == ["trigger_frequency", "concurrency", "present_on_boxes"]
    assert [cell.text for cell in rows[0].cells] == [
        "trigger_frequency",
        "every 30   (the file says every 60)",
        "by hand",
    ]
    assert {row.key: row.cells[1].text for row in rows[3:]} == {
        "time_grouping": "1",
        "is_on": "yes",
        "max_attempts": "none",
        "env": "none",
    }
    assert rows[2].cells[1].text == '["box-.*"]'


def test_what_is_left_till_the_next_run_counts_down_and_stops_at_nothing() -> None:
    assert processes_table([ROW], Style(), LATER).rows[0].cells[4].text == "2.0s"
    assert processes_table([ROW], Style()).rows[0].cells[4].text == "33s"
    assert entries_table([ENTRY], Style(), "2013-03-06T06:29:00Z").rows[0].cells[3].text == "1m"
    assert remaining(ROW.next_run, "2013-03-05T15:00:00Z") == 0
    assert remaining(None, LATER) is None
    assert [is_past(ROW.next_run, now) for now in (LATER, "2013-03-05T14:00:34Z", "")] == [False, True, False]
    assert not is_past(None, LATER)
