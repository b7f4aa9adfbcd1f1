from __future__ import annotations

import pytest

from synergy.cli.happenings import describe
from synergy.core.control import events as e
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from tests.cli import samples
from tests.cli.conftest import Ctl
from tests.cli.scripted_daemon import ScriptedDaemon


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (
            e.JobChanged("Hourly", "2013010101", "state_embryo", "state_in_progress", "1"),
            ("job", "Hourly@2013010101 embryo -> in progress"),
        ),
        (
            e.UowChanged("u.1", "Hourly", "2013010101", "state_invalid", 2, "exit 3"),
            ("uow", "u.1 invalid, attempt 2, exit 3"),
        ),
        (e.LogGrew("u.1", 1, 1200), ("log", "u.1 attempt 1 has 1,200 lines")),
        (e.TimetableGrew("Hourly", "2013010102"), ("periods", "Hourly goes on to 2013010102")),
        (e.ProcessChanged("Report", "mail"), ("process", "Report::mail was changed")),
        (e.HealthChanged("store", up=False, detail="no answer"), ("health", "store is down: no answer")),
        (e.Alert("gave_up", "Hourly gave up"), ("alert", "gave_up: Hourly gave up")),
        (e.Lagged(1000), ("lagged", "1,000 events were dropped")),
        (e.Stopping("restart"), ("stopping", "restart")),
    ],
)
def test_each_event_reads_as_one_line(event: e.Event, told: tuple[str, str]) -> None:
    assert describe(event) == told


def test_followed_events_go_on_after_a_restart(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    def subscribe(_: q.Subscribe) -> r.Subscribed:
        if len(daemon.of(q.Subscribe)) == 1:
            daemon.hang_up()
        else:
            daemon.tell(e.Alert("back", "here again"))
        return r.Subscribed(seq=0, status=samples.status())

    daemon.on(q.Subscribe, subscribe)

    result = ctl("events", "-f", "--timeout", "2")

    assert result.exit_code == 0
    assert result.stdout.endswith("back: here again\n")
    assert result.stderr == "the daemon went away; what happens until it is back is not told\n"
