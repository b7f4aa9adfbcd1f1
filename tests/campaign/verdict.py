"""The end of a campaign: the deployment is brought to rest and stopped, and its store and its jobs are heard."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from synergy.core.timeperiods import Qualifier
from tests.campaign import evidence
from tests.campaign.plant import Plant
from tests.campaign.workload import DAILY, HOURLY, START

UNBEGUN_HOURS: Final = (12, 60)
"""So far before the end of its schedule time a deployment at work has no hour, and no day, that is missing."""


def verdict(plant: Plant) -> tuple[str, list[str]]:
    """Stop the deployment and look at all that it did: a line of totals, and what is wrong."""
    until = plant.come_to_rest()
    plant.stop()
    records = plant.backstage.do(evidence.read_records(plant.archive()))
    wrong = evidence.faults_of(records, _periods_until(until))
    wrong += [f"two runs of {job} at the same time" for job in plant.witness.overlaps()]
    ends = [each.job for each in plant.witness.sightings() if each.what == "ends"]
    again = sum(1 for archived in records.uows if archived.uow.attempt > 1)
    totals = (
        f"{len(records.jobs)} jobs, {len(records.uows)} units of work, {len(records.attempts)} attempts; "
        f"{again} units were offered again, {len(ends) - len(set(ends))} runs came to their end unheard"
    )
    return totals, wrong


def _periods_until(stamp: str) -> dict[str, tuple[Qualifier, str, str]]:
    """The periods that must be there, see ``evidence.faults_of``; of the last ones some may not have begun in time."""
    at = datetime.fromisoformat(stamp)
    hour, day = (f"{at - timedelta(hours=hours):%Y%m%d%H}" for hours in UNBEGUN_HOURS)
    return {
        **dict.fromkeys(HOURLY, (Qualifier.HOURLY, START, hour)),
        DAILY: (Qualifier.DAILY, START, f"{day[:8]}00"),
    }
