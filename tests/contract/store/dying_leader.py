"""A leader that dies in the commit of a plan: ``python -m tests.contract.store.dying_leader IMPLEMENTATION PLACE AT``.

``AT`` is ``MODULE:FUNCTION`` of the store: the process kills itself where that is called for the plan's batch; or
``acknowledged``: once the commit has returned.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from synergy.core.audit_chain import START
from synergy.core.context import ProcessContext
from synergy.core.engine.plans import draft
from synergy.core.engine.schedule import Now, Schedule
from synergy.core.engine.verbs import Acceptance, apply_plan, records_needed
from synergy.core.ports import Batch, LeaderStore
from synergy.core.records import Job, ProcessOverride
from synergy.core.states import JobState
from synergy.core.wishes import Wish
from synergy.daemon.loading import Deployment, load_schedule
from tests.contract.store.implementations import IMPLEMENTATIONS
from tests.core.engine.contexts import context_of, settings_of, spec

HOURS = [f"20130130{hour}" for hour in range(20, 24)]
DAY = "2013013000"
TARGET = f"MainHourly@{HOURS[1]}"
PLAN_ID = "p1"
ACKNOWLEDGED = "acknowledged"
CONTEXT: ProcessContext = context_of(spec("MainDaily", "Main", is_on=False), spec("MainHourly", "Main", is_on=False))
SETTINGS = settings_of(synergy_end_timeperiod="2013013100")
NOW = Now(1_359_700_000.0, 1_795_474_801.0)


async def stock(store: LeaderStore, term: int) -> None:
    """Everything is processed."""
    overrides = tuple(
        ProcessOverride(one.process_name, time_qualifier=one.time_qualifier.value) for one in CONTEXT.managed
    )
    jobs = [Job("MainHourly", hour, JobState.PROCESSED, run=1) for hour in HOURS]
    await store.commit(Batch(term, overrides=overrides, jobs=(*jobs, Job("MainDaily", DAY, JobState.PROCESSED, run=1))))


async def load(store: LeaderStore) -> Schedule:
    """The schedule as a daemon that starts reads it."""
    return await load_schedule(store, Deployment(CONTEXT, SETTINGS), NOW, accept_plan=False)


async def main(store: LeaderStore) -> None:
    """Reprocess an hour, and what is built on it."""
    await store.open()
    term = await store.take_term("daemon-1")
    await stock(store, term)
    schedule = await load(store)
    plan = draft(schedule, Wish("reprocess", (TARGET,)))
    records = {job.key: job for job in await store.jobs(records_needed(schedule, plan))}
    apply_plan(schedule, plan, records, Acceptance(PLAN_ID, "anna", "late data"))
    await store.commit(schedule.outbox.batch(term, START))
    os.kill(os.getpid(), signal.SIGKILL)


def dies_at(place: str) -> None:
    """Have the process end at once where the plan's batch comes to this function."""
    module_name, _, name = place.partition(":")
    module = importlib.import_module(module_name)
    original: Callable[..., Any] = getattr(module, name)

    def dying(*arguments: Any) -> Any:
        if not any(isinstance(one, Batch) and one.plans for one in arguments):
            return original(*arguments)
        if module_name.endswith("sqlite.commits"):
            original(*arguments)  # all of it is written, and the transaction is not committed
        return os.kill(os.getpid(), signal.SIGKILL)

    setattr(module, name, dying)


if __name__ == "__main__":
    chosen, where, at = sys.argv[1:]
    if at != ACKNOWLEDGED:
        dies_at(at)
    asyncio.run(main(IMPLEMENTATIONS[chosen].leader(where)))
