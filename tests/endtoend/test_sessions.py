"""The sessions example from its first event to the month's statistics, on both pairs of servers."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest
from sessions.jobs import count
from sessions.store import Row, Session, Store, open_store
from sessions.stream import IDS_PER_HOUR, LAST_ID, Event, hour_events, late_event, start_of

from tests.endtoend.deployment import Deployment, new_folder
from tests.endtoend.projects import ROOT
from tests.servers.mongodb import new_database
from tests.servers.mongodb import running as running_mongodb
from tests.servers.rabbitmq import RabbitNode
from tests.waiting import poll

pytestmark = [pytest.mark.real, pytest.mark.embedded(reason="it is made for both backends at once")]

BUSY_HOURS: Final = ("2013013121", "2013013123")
QUIET_HOUR: Final = "2013013122"
DAY: Final = "2013013100"
MONTH: Final = "2013010000"
SPEED: Final = 900
LAG_SECONDS: Final = 120 * 60
"""Eight real seconds, for machines on which an event is long on its way."""
DONE_SECONDS: Final = 120.0


class Site:
    """The example, once the month that it began in is over."""

    def __init__(self, deployment: Deployment, data: str, stack: ExitStack) -> None:
        self.deployment = deployment
        self._data = data
        self._stack = stack

    @property
    def store(self) -> Store:
        """A store of its own for each look."""
        opened = open_store(self._data)
        self._stack.callback(opened.close)
        return opened

    def uows(self, hour: str) -> list[dict[str, Any]]:
        """The units of work of an hour, oldest first."""
        listed = self.deployment.ctl_json("uows", "--process", "SiteHourly")
        return sorted((uow for uow in listed if uow["timeperiod"] == hour), key=lambda uow: str(uow["created"]))

    def history(self, job: str) -> list[dict[str, Any]]:
        """The transitions of a job, oldest first."""
        return list(reversed(self.deployment.ctl_json("history", job)))

    def run(self, module: str, *arguments: str) -> None:
        """Run a program of the example in the project's folder, as an operator would."""
        subprocess.run([sys.executable, "-m", module, *arguments], cwd=self.deployment.folder, check=True, timeout=30)

    def schedule_time(self, at: str) -> float:
        """What the replay clock said at a real time."""
        clock = self.deployment.ctl_json("status")["clock"]
        ago = instant(clock["real_time"]) - instant(at)
        return instant(clock["schedule_time"]) - ago * SPEED


def instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def write_example(folder: Path, urls: dict[str, str]) -> None:
    """The example up to the month's end, an hour each four seconds, and none of it busy at ten in the evening."""
    example = ROOT / "examples" / "sessions"
    shutil.copytree(example, folder, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    context = folder / "sessions" / "context.py"
    context.write_text(context.read_text().replace('"--visits", "60"', '"--visits", "60", "--quiet", "22"'))
    toml = folder / "synergy.toml"
    text = toml.read_text().replace("speed = 360", f"speed = {SPEED}").replace("lag_minutes = 15", "lag_minutes = 120")
    told = "".join(f'{name} = "{url}"\n' for name, url in urls.items())
    if "data_source" in urls:
        text = text.replace('data_source = "sqlite:sessions.db"\n', "")
    toml.write_text(text.replace("[synergy]\n", f'[synergy]\nsynergy_end_timeperiod = "2013020100"\n{told}', 1))


@pytest.fixture(scope="module", params=["sqlite+embedded", "mongodb+rabbitmq"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with ExitStack() as stack:
        deployment = Deployment(new_folder())
        urls: dict[str, str] = {}
        if request.param != "sqlite+embedded":
            server = stack.enter_context(running_mongodb(tmp_path_factory.mktemp("site"), standalone=True))
            node: RabbitNode = request.getfixturevalue("rabbit_node")
            vhost = node.new_vhost()
            stack.callback(node.drop_vhost, vhost)
            urls = {
                "store": server.url(new_database()),
                "data_source": server.url(new_database()),
                "broker": node.url(vhost),
            }
        write_example(deployment.folder, urls)
        data = urls.get("data_source", f"sqlite:{deployment.folder / 'sessions.db'}")
        try:
            deployment.start()
            deployment.ctl("wait", f"SiteMonthly@{MONTH}", "--for", "processed", "--timeout", str(DONE_SECONDS))
            yield Site(deployment, data, stack)
        finally:
            left = deployment.close()
        assert left == []


def expected(*events: Event) -> list[Row]:
    """The statistics of these events, folded here in another way."""
    sessions = []
    for name in {event.session for event in events}:
        views = [event for event in events if event.session == name]
        times = [event.at for event in views]
        sessions.append(Session(views[0].site, views[0].visitor, max(times) - min(times), len(views)))
    return count(sessions)


def emitted(*hours: str) -> list[Event]:
    return [event for hour in hours for event in hour_events(hour, visits=60, seed=2013)]


def assert_rows_are(found: list[Row], wanted: list[Row]) -> None:
    """All that is counted is equal, and means but for the order in which they were summed."""
    assert [row._replace(mean_seconds=0) for row in found] == [row._replace(mean_seconds=0) for row in wanted]
    assert [row.mean_seconds for row in found] == pytest.approx([row.mean_seconds for row in wanted], abs=0.01)


def test_the_sums_are_those_of_what_was_emitted(site: Site) -> None:
    hourly = site.store.rows("site_hourly")
    assert sorted(hourly) == list(BUSY_HOURS)
    for hour in BUSY_HOURS:
        assert_rows_are(hourly[hour], expected(*emitted(hour)))


def test_days_and_months_are_counted_from_the_sessions(site: Site) -> None:
    store = site.store
    wanted = expected(*emitted(*BUSY_HOURS))
    assert_rows_are(store.rows("site_daily")[DAY], wanted)
    assert_rows_are(store.rows("site_monthly")[MONTH], wanted)


def test_the_end_of_the_data_moves_forward_while_the_hour_is_live(site: Site) -> None:
    uows = site.uows(BUSY_HOURS[1])
    ends = [int(uow["end_id"]) for uow in uows]
    assert all(before <= after for before, after in pairwise(ends))
    assert len(set(ends)) >= 2
    assert {int(uow["start_id"]) for uow in uows} == {int(BUSY_HOURS[1]) * IDS_PER_HOUR + 1}
    assert site.schedule_time(uows[0]["created"]) < start_of(BUSY_HOURS[1]) + 3600


def test_an_hour_is_finished_once_it_is_closed_and_all_of_it_was_read(site: Site) -> None:
    for hour in BUSY_HOURS:
        last = site.history(f"SiteHourly@{hour}")[-1]
        assert last["new_state"] == "state_processed"
        assert site.schedule_time(last["at"]) >= start_of(hour) + 3600 + LAG_SECONDS
        shown = site.deployment.ctl_json("show", f"SiteHourly@{hour}")
        uow = site.deployment.ctl_json("uow", shown["related_unit_of_work"])
        assert int(uow["end_id"]) == emitted(hour)[-1].event_id


def test_an_hour_without_data_has_no_run_and_keeps_nothing_waiting(site: Site) -> None:
    assert site.uows(QUIET_HOUR) == []
    shown = site.deployment.ctl_json("show", f"SiteHourly@{QUIET_HOUR}")
    assert (shown["state"], shown["number_of_failures"]) == ("state_skipped", 4)


def test_the_boundaries_are_shown(site: Site) -> None:
    uow = site.uows(BUSY_HOURS[0])[-1]
    shown = site.deployment.ctl("uow", uow["uow_id"]).stdout
    assert f"{uow['start_id']} to {uow['end_id']}" in shown


def test_an_event_for_a_closed_hour_is_counted_when_the_hour_is_reprocessed(site: Site) -> None:
    hour = BUSY_HOURS[0]
    job = f"SiteHourly@{hour}"
    late, store, before = late_event(hour), site.store, len(site.history(job))
    site.run("sessions.emit", "--late", hour)
    poll(
        lambda: any(each.visitor == late.visitor for each in store.sessions(hour, QUIET_HOUR, None)), 20, "it is there"
    )
    assert_rows_are(store.rows("site_hourly")[hour], expected(*emitted(hour)))

    site.deployment.ctl("reprocess", job, "--yes", "--reason", "an event came late")
    site.deployment.ctl("wait", f"SiteMonthly@{MONTH}", "--for", "processed", "--timeout", "60")

    states = [entry["new_state"] for entry in site.history(job)[before:]]
    assert states[-2:] == ["state_final_run", "state_processed"]
    assert int(site.uows(hour)[-1]["end_id"]) == int(hour) * IDS_PER_HOUR + LAST_ID
    assert_rows_are(store.rows("site_hourly")[hour], expected(*emitted(hour), late))
    assert_rows_are(store.rows("site_monthly")[MONTH], expected(*emitted(*BUSY_HOURS), late))
