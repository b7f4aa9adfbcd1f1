"""The past of boxes: each heartbeat once, the newest sixty, and those that stopped until they are back."""

from __future__ import annotations

from msgspec.structs import replace

from synergy.core.records import SupervisorRecord
from synergy.daemon.box_past import SAMPLES, BoxPast

ONE = SupervisorRecord("s1", "box-1", "here", 5, 1.0, "1", counter=1, started=1.0, slots=4, rss_bytes=7)
TWO = replace(ONE, supervisor_id="s2", box_id="box-2")


def test_a_heartbeat_that_is_looked_at_twice_is_one() -> None:
    past = BoxPast()
    past.look([ONE])
    past.look([ONE])
    past.look([replace(ONE, counter=2, rss_bytes=9)])
    assert [each.rss_bytes for each in past.footprints("box-1")] == [7, 9]
    assert past.footprints("box-2") == ()


def test_only_the_newest_are_kept() -> None:
    past = BoxPast()
    for counter in range(SAMPLES + 5):
        past.look([replace(ONE, counter=counter, rss_bytes=counter)])
    assert [each.rss_bytes for each in past.footprints("box-1")] == list(range(5, SAMPLES + 5))


def test_a_box_that_stopped_is_told_until_it_is_back() -> None:
    past = BoxPast()
    past.look([ONE, TWO])
    past.look([TWO])
    assert past.stopped == (ONE,)
    assert past.footprints("box-1") == ()
    past.look([replace(ONE, supervisor_id="s3"), TWO])
    assert len(past.stopped) == 0


def test_boxes_that_come_and_go_are_not_remembered_for_ever() -> None:
    past = BoxPast()
    for number in range(50):
        past.look([replace(ONE, box_id=f"box-{number}")])
    assert [record.box_id for record in past.stopped] == sorted(f"box-{number}" for number in range(29, 49))
