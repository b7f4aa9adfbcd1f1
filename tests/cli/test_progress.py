from __future__ import annotations

import time
from pathlib import Path

import pytest

from synergy.cli.progress import Follower, Pace, Progress, TreeProgress, read_trees
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import DaemonUnreachable, WorldError
from tests.cli import samples
from tests.cli.scripted_daemon import ScriptedDaemon

QUICK = Pace(look_seconds=0.01, tell_seconds=0.0, stall_seconds=0.1, gone_seconds=0.1)


def trees(**counts: int) -> r.Trees:
    stored = {f"state_{state}": count for state, count in counts.items()}
    row = r.TreeRow("Flights", ("Hourly",), (), stored, None, 0.0, 0, None, None)
    return r.Trees(trees=(row,))


def follower(daemon: ScriptedDaemon, told: list[Progress], *, fresh: bool = True, pace: Pace = QUICK) -> Follower:
    return Follower(daemon.path, told.append, began=time.monotonic(), fresh=fresh, pace=pace)


async def test_it_ends_when_every_job_is_finished_and_has_told_the_way_there(daemon: ScriptedDaemon) -> None:
    script = iter([trees(embryo=3), trees(embryo=1, in_progress=1, processed=1), trees(processed=1, noop=1, skipped=1)])
    daemon.on(q.Trees, lambda _: next(script))
    told: list[Progress] = []
    progress = await follower(daemon, told).until_complete()
    assert [one.finished for one in told] == [0, 1, 3]
    assert progress.trees == (TreeProgress("Flights", 3, 1, 1, 1),)
    assert progress.jobs_per_second > 0


async def test_jobs_of_an_earlier_run_do_not_count_as_done_by_this_one(daemon: ScriptedDaemon) -> None:
    daemon.on(q.Trees, lambda _: trees(processed=7))
    progress = await follower(daemon, [], fresh=False).until_complete()
    assert (progress.finished, progress.done_before, progress.jobs_per_second) == (7, 7, 0.0)


async def test_nothing_finished_for_long_is_an_error_that_names_what_failed(daemon: ScriptedDaemon) -> None:
    daemon.on(q.Trees, lambda _: trees(processed=1, in_progress=1))
    daemon.on(q.Status, lambda _: samples.status(problems=("the store is down",)))
    daemon.on(q.ListUows, lambda _: r.Uows(uows=(), more=False))
    with pytest.raises(WorldError, match=r"no job was finished .* 1 of 2 are: the store is down; see .*Hourly@2013"):
        await follower(daemon, []).until_complete()


async def test_a_daemon_that_comes_back_is_followed_on(daemon: ScriptedDaemon) -> None:
    asked: list[int] = []

    def answer(_: q.Trees) -> r.Trees:
        asked.append(1)
        if len(asked) == 1:
            daemon.hang_up()
        return trees(processed=1) if len(asked) > 2 else trees(embryo=1)

    daemon.on(q.Trees, answer)
    patient = QUICK._replace(gone_seconds=10.0)
    assert (await follower(daemon, [], pace=patient).until_complete()).is_complete


async def test_a_daemon_that_stays_away_is_an_error(tmp_path: Path) -> None:
    told: list[Progress] = []
    lost = Follower(tmp_path / "control.sock", told.append, began=time.monotonic(), fresh=True, pace=QUICK)
    with pytest.raises(DaemonUnreachable):
        await lost.until_complete()


def test_no_jobs_at_all_are_not_a_finished_year() -> None:
    assert not Progress((), 1.0).is_complete
    assert Progress((), 0.0).jobs_per_second == 0.0


def test_the_line_tells_all_trees() -> None:
    progress = Progress(read_trees(trees(processed=1500, embryo=500)), 10.0)
    assert progress.line() == "   10 s  1,500 of 2,000 jobs (75 %)  150 jobs/s  Flights 1,500/2,000"
