"""Kill -9 at any moment: whatever dies, the run goes on, with the results of an undisturbed one."""

from __future__ import annotations

import logging
import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.endtoend import evidence
from tests.endtoend.backends import BACKEND
from tests.endtoend.deployment import Deployment
from tests.endtoend.projects import write_flights
from tests.waiting import poll

log = logging.getLogger(__name__)

pytestmark = pytest.mark.real

END = os.environ.get("SYNERGY_CRASH_END", "2013010800" if BACKEND == "embedded" else "2013010300")
"""A week, or two days over the servers that stand in for real ones; the whole year with 2014010100."""

JOBS = evidence.jobs_until(END)
KILLS = 3
SECONDS = 60.0 + JOBS / 50
QUICK_SECONDS = 12.0
"""Well under the lease: nobody waits for that when a supervisor can see for itself that the last one is gone."""

LOOK_SECONDS = 0.05

SETTINGS = "[gc]\nrelease_lag_minutes = 0.01\n"
"""A killed child is a failure of its job; this is how long it takes until that is tried again."""


@pytest.mark.parametrize("victim", ["daemon", "supervisor", "child", "both"])
def test_after_kill_9_nothing_is_missing_and_nothing_counts_twice(
    deployment: Deployment, victim: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    seed = int(os.environ.get("SYNERGY_CRASH_SEED", "0")) or random.SystemRandom().randrange(1, 1_000_000)
    chance = random.Random(f"{seed} {victim}")  # noqa: S311 - moments, not secrets
    moments = sorted(chance.sample(range(1, JOBS - 20), KILLS))
    log.info("SYNERGY_CRASH_SEED=%d: kill -9 of %s after %s of %d units of work", seed, victim, moments, JOBS)
    write_flights(deployment.folder, END, SETTINGS)
    deployment.start()

    for moment in moments:
        _await_finished(deployment, moment, SECONDS)
        killed, began = _kill(deployment, victim, chance), time.monotonic()
        before = deployment.stored.count_finished()
        if victim in {"daemon", "both"}:
            poll(lambda: deployment.daemon_pid is None, 5, "the daemon is gone")
            deployment.synergyd("start")
        _await_finished(deployment, min(before + 1, JOBS), QUICK_SECONDS)
        log.info("%s killed after %d units of work; it went on in %.1f s", killed, before, time.monotonic() - began)
    _await_finished(deployment, JOBS, SECONDS)

    evidence.assert_nothing_is_left(deployment)
    evidence.assert_each_ran_once(deployment, JOBS)
    evidence.assert_no_attempts_overlap(deployment)
    evidence.assert_histories_are_whole(deployment)
    evidence.assert_sums_are_right(deployment, END)
    assert deployment.ctl("ls", "--state", "embryo,in_progress,final_run,skipped", "-o", "jsonl").stdout == ""


def _await_finished(deployment: Deployment, least: int, seconds: float) -> None:
    what = f"{least} units of work are finished"
    poll(lambda: deployment.stored.count_finished() >= least, seconds, what, LOOK_SECONDS)


def _kill(deployment: Deployment, victim: str, chance: random.Random) -> list[int]:
    deployment.remember()
    if victim == "child":
        killed = [chance.choice(_children(deployment))]
    else:
        both = {"daemon": deployment.daemon_pid, "supervisor": deployment.supervisor_pid}
        killed = [pid for name, pid in both.items() if pid and victim in {name, "both"}]
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    return killed


def _children(deployment: Deployment) -> list[int]:
    """The warm children that run callables."""
    return [pid for pid in deployment.marked() if b"synergy.worker.child" in Path(f"/proc/{pid}/cmdline").read_bytes()]
