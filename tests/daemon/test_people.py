"""Boxes as operators see them."""

from __future__ import annotations

from msgspec.structs import replace

from synergy.core.context import DaemonSpec, Work
from synergy.core.records import SupervisorRecord, WorkerInfo
from synergy.daemon.box_past import Footprint
from synergy.daemon.leases import BoxSeen
from synergy.daemon.views import people
from tests.core.engine.contexts import context_of, settings_of
from tests.core.engine.world import World


def test_a_daemon_process_runs_waits_for_its_next_start_or_is_stopped() -> None:
    daemons = tuple(DaemonSpec(name, Work(command=("true",))) for name in ("Dead", "Feed", "Off"))
    world = World(replace(context_of(), daemons=daemons), settings_of())
    dead = WorkerInfo(0, "daemon", "Dead", since=5.0, restarts=3, detail="exit 1; next start in 4 s")
    feed = WorkerInfo(7, "daemon", "Feed", since=6.0)
    record = SupervisorRecord("s1", "box-1", "here", 5, 1.0, "1", 1, 1.0, 4, workers=(dead, feed))

    [box] = people.boxes(world.schedule, [BoxSeen(record, "up")], ()).boxes

    assert [(row.state, row.pid, row.restarts) for row in box.processes] == [
        ("waiting", None, 3), ("running", 7, 0), ("stopped", None, 0)
    ]  # fmt: skip
    assert [row.since is not None for row in box.processes] == [False, True, False]


def test_a_box_is_told_with_its_last_heartbeats_and_one_that_stopped_runs_nothing() -> None:
    world = World(replace(context_of(), daemons=(DaemonSpec("Feed", Work(command=("true",))),)), settings_of())
    record = SupervisorRecord("s1", "box-1", "here", 5, 1.0, "1", 1, 1.0, 4, running=2, rss_bytes=9, cpu_percent=3.0)
    silent = BoxSeen(record, "silent", 11.5, (Footprint(1.0, 7), Footprint(3.0, 9)))
    stopped = BoxSeen(replace(record, box_id="box-2"), "stopped", None)

    one, two = people.boxes(world.schedule, [silent, stopped], ()).boxes

    assert (one.state, one.up, one.heartbeat_seconds, one.running) == ("silent", True, 11.5, 2)
    assert (one.cpu_past, one.rss_past, len(one.processes)) == ((1.0, 3.0), (7, 9), 1)
    assert (two.state, two.up, two.heartbeat_seconds, two.running, two.processes) == ("stopped", False, None, 0, ())
