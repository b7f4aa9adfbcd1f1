"""LeaderStore: scans and pages of jobs."""

from __future__ import annotations

from collections.abc import Callable

from synergy.core.ports import Batch, JobPage, JobQuery, LeaderStore
from synergy.core.states import JOB_CODES, JobState
from tests.contract.store.samples import job, key, period

STATES = tuple(JobState)


async def scan(leader: LeaderStore, process_name: str) -> list[JobPage]:
    return [page async for page in leader.job_states(process_name)]


async def test_the_scan_of_a_restart_tells_every_state_in_order(leader: LeaderStore, term: int) -> None:
    jobs = [job(number, STATES[number % 6], run=1) for number in range(600)]
    await leader.commit(Batch(term, jobs=(*reversed(jobs), job(1, process_name="Other"))))
    pages = await scan(leader, "Hourly")
    assert [timeperiod for page in pages for timeperiod in page.timeperiods] == [one.timeperiod for one in jobs]
    assert b"".join(page.codes for page in pages) == bytes(JOB_CODES[one.state] for one in jobs)


async def test_a_scan_of_many_jobs_comes_in_pages(leader: LeaderStore, term: int, many: Callable[[int], int]) -> None:
    count, batch = many(60_000), many(20_000)
    for start in range(0, count, batch):
        jobs = tuple(job(number, JobState.PROCESSED) for number in range(start, start + batch))
        await leader.commit(Batch(term, jobs=jobs))
    pages = await scan(leader, "Hourly")
    timeperiods = [timeperiod for page in pages for timeperiod in page.timeperiods]
    assert timeperiods == sorted(set(timeperiods))
    assert len(timeperiods) == count
    assert max(len(page.timeperiods) for page in pages) <= 50_000
    assert all(len(page.timeperiods) == len(page.codes) for page in pages)


async def test_a_process_without_jobs_has_no_pages(leader: LeaderStore) -> None:
    assert await scan(leader, "Hourly") == []


async def test_active_jobs_are_those_that_are_not_finished(leader: LeaderStore, term: int) -> None:
    await leader.commit(Batch(term, jobs=tuple(job(number, state, run=1) for number, state in enumerate(STATES))))
    active = {one.state for one in await leader.active_jobs()}
    assert active == {JobState.EMBRYO, JobState.IN_PROGRESS, JobState.FINAL_RUN}


async def test_asked_jobs_are_the_stored_ones_among_them(leader: LeaderStore, term: int) -> None:
    await leader.commit(Batch(term, jobs=(job(1), job(2), job(2, process_name="Other"))))
    found = await leader.jobs([key(2), key(3), key(2, "Other")])
    assert {one.key for one in found} == {key(2), key(2, "Other")}
    assert await leader.jobs([]) == ()


async def test_a_query_takes_both_ends_and_ascends(leader: LeaderStore, term: int) -> None:
    await leader.commit(Batch(term, jobs=tuple(job(number) for number in (5, 3, 1, 4, 2))))
    assert await leader.find_jobs(JobQuery("Hourly", period(2), period(4))) == (job(2), job(3), job(4))
    assert await leader.find_jobs(JobQuery("Hourly", from_timeperiod=period(4))) == (job(4), job(5))
    assert await leader.find_jobs(JobQuery("Hourly", to_timeperiod=period(2))) == (job(1), job(2))
    assert await leader.find_jobs(JobQuery("Hourly", limit=2)) == (job(1), job(2))
    assert await leader.find_jobs(JobQuery("Other")) == ()


async def test_a_query_filters_by_state(leader: LeaderStore, term: int) -> None:
    await leader.commit(Batch(term, jobs=tuple(job(number, state, run=1) for number, state in enumerate(STATES))))
    states = frozenset({JobState.SKIPPED, JobState.EMBRYO})
    assert [one.state for one in await leader.find_jobs(JobQuery("Hourly", states=states))] == [
        JobState.EMBRYO,
        JobState.SKIPPED,
    ]
    assert await leader.find_jobs(JobQuery("Hourly", states=frozenset())) == ()
