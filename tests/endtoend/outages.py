"""A run that a store's outage interrupts: how it is begun, what is told meanwhile, and how it ends."""

from __future__ import annotations

from collections.abc import Mapping

from tests.endtoend import evidence
from tests.endtoend.deployment import Deployment
from tests.endtoend.projects import write_project
from tests.waiting import poll

JOBS = 12
FREE = 3
CONCURRENCY = 2
DEFINITIONS = """
process_context = [
    ManagedProcess(process_name="Hourly", time_qualifier="hourly", concurrency=2,
                   command=["sh", "hourly.sh", "{timeperiod}"]),
]
timetable_context = [Tree(tree_name="Main", enclosed_processes=["Hourly"])]
"""
WORK = """
test "$1" -lt 2013010103 && exit
while test -e hold; do touch "held-$1"; sleep 0.05; done
"""
SECONDS = 30.0


def begin(deployment: Deployment, settings: Mapping[str, str | float] | None = None) -> None:
    """Start; the first jobs are done, and the next two are held: nothing but heartbeats is written any more."""
    write_project(deployment.folder, DEFINITIONS, settings, end_timeperiod="2013010112")
    (deployment.folder / "hourly.sh").write_text(WORK)
    (deployment.folder / "hold").touch()
    deployment.start()
    poll(lambda: deployment.stored.count_finished() == FREE, SECONDS, "the first jobs are done")
    poll(lambda: len(list(deployment.folder.glob("held-*"))) == CONCURRENCY, SECONDS, "two are held")


def assert_it_is_told(deployment: Deployment, words: str) -> None:
    """Status says what is wrong, a check of health is negative, and a change is refused."""
    status = deployment.await_status(lambda told: words in told["store"]["detail"], SECONDS, f"status says {words}")
    assert (status["state"], status["store"]["up"]) == ("store_down", False)
    assert any(words in problem for problem in status["problems"])
    deployment.ctl("status", "--check", expect=1)
    assert words in deployment.ctl("deactivate", "Hourly", expect=9).stderr
    assert words in deployment.ctl("show", "Hourly@2013010100", expect=9).stderr
    assert "Hourly" in deployment.ctl("processes").stdout


def assert_work_goes_on(deployment: Deployment) -> None:
    """All of it, each once, by itself."""
    (deployment.folder / "hold").unlink()
    deployment.await_status(lambda told: told["state"] == "running", SECONDS, "the store is back")
    poll(lambda: deployment.stored.count_finished() == JOBS, SECONDS, "all jobs are done")
    evidence.assert_each_ran_once(deployment, JOBS)
    evidence.assert_histories_are_whole(deployment)
    # Its next sign of life may be a few seconds away: what it could not write was not heard.
    deployment.await_status(lambda told: told["supervisors"] == 1 and not told["problems"], SECONDS, "all is well")
    deployment.ctl("status", "--check")
