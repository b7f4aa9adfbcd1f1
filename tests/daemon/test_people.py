"""Boxes as operators see them."""

from __future__ import annotations

from msgspec.structs import replace

from synergy.core.context import DaemonSpec, Work
from synergy.core.records import SupervisorRecord, WorkerInfo
from synergy.daemon.views import people
from tests.core.engine.contexts import context_of, settings_of
from tests.core.engine.world import World


def test_a_daemon_process_runs_waits_for_its_next_start_or_is_stopped() -> None:
    daemons = tuple(DaemonSpec(name, Work(command=("true",))) for name in ("Dead", "Feed", "Off"))
    world = World(replace(context_of(), daemons=daemons), settings_of())
    dead = WorkerInfo(0, "daemon", "Dead", since=5.0, restarts=3, detail="exit 1; next start in 4 s")
    feed = WorkerInfo(7, "daemon", "Feed", since=6.0)
    record = SupervisorRecord("s1", "box-1", "here", 5, 1.0, "1", 1, 1.0, 4, workers=(dead, feed))

    [box] = people.boxes(world.schedule, [record], frozenset({"s1"}), ()).boxes

    assert [(row.state, row.pid, row.restarts) for row in box.processes] == [
        ("waiting", None, 3), ("running", 7, 0), ("stopped", None, 0)
    ]  # fmt: skip
    assert [row.since is not None for row in box.processes] == [False, True, False]
