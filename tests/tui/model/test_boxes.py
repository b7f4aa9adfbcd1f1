from __future__ import annotations

from msgspec.structs import replace

from synergy.tui.model.boxes import box_lines, box_summary, box_table, boxes_table
from synergy.tui.model.glyphs import GlyphSet
from synergy.tui.model.listings import Style
from synergy.tui.model.sparks import spark
from tests.tui.fake_plans import REAL_TIME
from tests.tui.fake_rows import BOXES, FEED, WORKERS

UP, STOPPED = BOXES
ASCII = Style(GlyphSet(unicode=False))


def text(lines: list[list[tuple[str, str]]]) -> list[str]:
    return ["".join(part for part, _ in line) for line in lines]


def test_a_spark_shows_the_newest_values_on_the_right() -> None:
    assert spark((0, 25, 50, 100), 6, GlyphSet()) == "  ▁▃▅█"
    assert spark((0, 25, 50, 100), 2, GlyphSet(unicode=False)) == "=#"
    assert spark((), 3, GlyphSet()) == "   "
    assert spark((0, 0), 2, GlyphSet()) == "▁▁"
    assert spark((5,), 0, GlyphSet()) == ""


def test_a_spark_of_little_is_low_where_it_is_known_what_is_full() -> None:
    assert spark((5, 10), 2, GlyphSet(), full=100.0) == "▁▂"
    assert spark((100, 200), 2, GlyphSet(), full=100.0) == "▅█"


def test_boxes_that_are_silent_or_down_come_first_and_one_that_stopped_is_no_problem() -> None:
    silent = replace(UP, box_id="box-9", state="silent", heartbeat_seconds=12.0)
    down = replace(UP, box_id="box-8", state="down", up=False)
    rows = boxes_table((UP, STOPPED, silent, down), Style()).rows
    assert [row.key for row in rows] == ["box-9", "box-8", "box-1", "box-2"]
    assert [row.cells[1].text for row in rows] == ["silent", "DOWN", "up", "stopped"]
    assert [cell.text for cell in rows[0].cells[2:5]] == ["12s", "1/4", "58 %"]
    assert [cell.text for cell in rows[3].cells[2:5]] == ["—", "0/2", "—"]


def test_a_daemon_process_that_shall_run_and_does_not_is_a_problem() -> None:
    waiting = replace(UP, processes=(replace(FEED, pid=None, state="waiting"),))
    assert boxes_table((waiting,), Style()).rows[0].is_problem
    off = replace(UP, processes=(replace(FEED, pid=None, is_on=False, state="stopped"),))
    assert not boxes_table((off,), Style()).rows[0].is_problem


def test_the_head_of_a_box_tells_where_it_is_and_what_it_uses() -> None:
    told = text(box_lines(UP, None, ASCII))
    assert told[0].startswith("box-1 up  on h | pid 900 | 0.1.0")
    assert told[1:] == [
        "cpu    __-#+:  58 % (100 % is one CPU)",
        "memory ___  66.8 MB, 0.9 % (100 % is all of the machine's)",
    ]
    assert "nothing new starts, by olga" in text(box_lines(UP, "by olga", Style()))[1]
    assert "stopped by order" in text(box_lines(STOPPED, None, Style()))[1]


def test_the_bars_of_memory_are_full_only_when_the_memory_of_the_machine_is() -> None:
    half = replace(UP, rss_bytes=70_000_000, memory_percent=50.0)
    full = replace(UP, rss_bytes=70_000_000, memory_percent=100.0)
    none = replace(UP, memory_percent=0.0)
    assert [text(box_lines(box, None, Style()))[2].split()[1] for box in (half, full, none)] == ["▃▃▅", "▅▆█", "▁▁▁"]
    assert [boxes_table((box,), Style()).rows[0].cells[7].text.strip() for box in (UP, full)] == ["▁▁▁", "▅▆█"]


def test_what_a_box_runs_is_told_with_the_oldest_work_first() -> None:
    rows = box_table(UP, WORKERS, REAL_TIME).rows
    assert [row.key for row in rows] == ["daemon/Feed", "child/901", "child/902"]
    assert [cell.text for cell in rows[0].cells] == [
        "daemon",
        "Feed",
        "running",
        "950",
        "33m 27s",
        "1 %",
        "8.6 MB",
        "2",
        "",
    ]
    assert [cell.text for cell in rows[1].cells[:5]] == ["child", "FlightsHourly@2013030509.1", "works", "901", "15s"]
    assert rows[2].cells[2].text == "idle"


def test_a_summary_names_a_few_children_and_says_how_many_more() -> None:
    busy = [replace(WORKERS[2], pid=pid, uow_id=f"A@{pid}.1") for pid in range(6)]
    told = text(box_summary(UP, [*busy, WORKERS[3]], REAL_TIME))
    assert told[0] == "box-1 on h: 3 of 4 slots free, 1 warm child idle"
    assert told[1] == "  daemon process Feed: on, running as 950, 2 restarts"
    assert told[-1] == "  and 2 more: enter shows all"
    assert text(box_summary(STOPPED, [], REAL_TIME)) == ["box-2 stopped by order; nothing runs there."]
