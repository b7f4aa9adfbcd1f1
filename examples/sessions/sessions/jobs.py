"""The jobs: visits, visitors, mean duration and pages of each site, into the table ``sink``.

An hour's job is told how far the data went when it was issued. It leaves out sessions that began later, for the next
run; a visitor who comes in two hours is one visitor of the day, so days and months are counted from the sessions.
"""

from collections import defaultdict
from collections.abc import Iterable

from sessions.store import Row, Session, project_store
from synergy.definitions import Result, UnitOfWork


def statistics(uow: UnitOfWork) -> Result:
    """Count the period's sessions and replace its rows; noop when there is none."""
    store = project_store()
    end_id = int(uow.end_id) if uow.end_id else None
    rows = count(store.sessions(uow.start_timeperiod, uow.end_timeperiod, end_id))
    store.replace(uow.sink or "site_hourly", uow.timeperiod, rows)
    visits = sum(row.visits for row in rows)
    print(f"{uow.timeperiod}: {visits} visits to {len(rows)} sites, events {uow.start_id} to {uow.end_id}")
    return Result(processed=visits, aggregated=len(rows)) if visits else Result("noop")


def count(sessions: Iterable[Session]) -> list[Row]:
    """A row for each site that was visited, in the order of sites."""
    by_site: defaultdict[str, list[Session]] = defaultdict(list)
    for session in sessions:
        by_site[session.site].append(session)
    return [
        Row(
            site,
            visits=len(found),
            visitors=len({session.visitor for session in found}),
            mean_seconds=round(sum(session.seconds for session in found) / len(found), 3),
            pages=sum(session.pages for session in found),
        )
        for site, found in sorted(by_site.items())
    ]
