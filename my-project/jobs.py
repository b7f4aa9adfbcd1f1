"""The definitions of this project, and its jobs.

Two processes make one tree: each hour writes a small file, and each day is made from its hours once all of them are
done. A job may run again, after a failure or because an operator wants it reprocessed, so it replaces its result.
"""

from __future__ import annotations

from pathlib import Path

from synergy.definitions import ManagedProcess, Result, Tree, UnitOfWork

RESULTS = Path(__file__).parent / "results"


def hourly(uow: UnitOfWork) -> Result:
    """Do the work of one hour. Whatever is printed is kept as the log; raising means that the job failed."""
    RESULTS.mkdir(exist_ok=True)
    print(f"working on hour {uow.timeperiod}")
    (RESULTS / f"hour-{uow.timeperiod}").write_text(f"{int(uow.timeperiod) % 97}\n")
    return Result(processed=1)


def daily(uow: UnitOfWork) -> Result:
    """Add up the hours of one day; Result("noop") tells that there was nothing to do."""
    hours = sorted(RESULTS.glob(f"hour-{uow.timeperiod[:8]}*"))
    if not hours:
        return Result("noop")
    total = sum(int(path.read_text()) for path in hours)
    print(f"{len(hours)} hours make {total}")
    (RESULTS / f"day-{uow.timeperiod[:8]}").write_text(f"{total}\n")
    return Result(processed=len(hours), aggregated=1)


process_context = [
    # One job for each hour; up to four of them at once. A job may also be a command:
    #   command=["python", "hourly.py", "--period", "{timeperiod}"]
    ManagedProcess(
        process_name="Hourly",
        time_qualifier="hourly",
        run="jobs:hourly",
        concurrency=4,
    ),
    # One job for each day; blocking_type "children" lets it start only when its hours are finished.
    ManagedProcess(
        process_name="Daily",
        time_qualifier="daily",
        run="jobs:daily",
        blocking_type="children",
    ),
]

timetable_context = [
    # The processes of one subject; a tree may depend on others: dependent_on=["Weather"].
    Tree(tree_name="Example", enclosed_processes=["Daily", "Hourly"]),
]
