"""The sessions example piece by piece: its stream, its two databases and its files."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sessions import context, day_files, jobs
from sessions.channel import read_event
from sessions.project import places
from sessions.store import RESULTS, Row, Session, Store, open_store, project_store
from sessions.stream import HOUR_SECONDS, Event, hour_events, late_event, start_of, timeperiod_of

from synergy.core.records import UowId
from synergy.definitions import ManagedProcess, Result, UnitOfWork
from tests.servers.mongodb import MongoServer, new_database, running

HOUR, NEXT_HOUR = "2013013121", "2013013122"
EVENTS = hour_events(HOUR, visits=20, seed=1)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Jobs and daemon processes run in the project's folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    with running(tmp_path_factory.mktemp("server"), standalone=True) as started:
        yield started


@pytest.fixture(params=["sqlite", pytest.param("mongodb", marks=pytest.mark.real)])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    is_mongodb = request.param == "mongodb"
    url = request.getfixturevalue("server").url(new_database()) if is_mongodb else "sqlite:sessions.db"
    opened = open_store(url)
    yield opened
    opened.close()


def test_an_hour_has_the_same_events_whenever_it_is_asked_for() -> None:
    assert hour_events(HOUR, visits=20, seed=1) == EVENTS
    assert hour_events(HOUR, visits=20, seed=2) != EVENTS
    assert hour_events(NEXT_HOUR, visits=20, seed=1)[0].event_id > late_event(HOUR).event_id > EVENTS[-1].event_id


def test_events_are_numbered_in_the_order_of_time_and_lie_in_their_hour() -> None:
    assert [event.event_id for event in EVENTS] == [
        int(HOUR) * 100_000 + number for number in range(1, len(EVENTS) + 1)
    ]
    assert sorted(EVENTS, key=lambda event: event.at) == EVENTS
    assert {event.timeperiod for event in EVENTS} == {HOUR}
    assert timeperiod_of(start_of(HOUR) + HOUR_SECONDS) == NEXT_HOUR


def test_an_event_survives_its_way() -> None:
    assert Event.from_json(EVENTS[0].to_json()) == EVENTS[0]


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b'{"event_id": 1}', EVENTS[0].to_json()[:-9]])
def test_what_is_no_event_is_left_out_and_told(body: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    assert read_event(body) is None
    assert "left out, no event" in capsys.readouterr().out


def test_an_event_is_folded_once_however_often_and_in_whatever_order_it_comes(store: Store) -> None:
    assert store.fold(EVENTS) == len(EVENTS)
    whole = sorted(store.sessions(HOUR, NEXT_HOUR, None))
    assert sum(session.pages for session in whole) == len(EVENTS)

    other = hour_events(NEXT_HOUR, visits=20, seed=1)
    mixed = [*other, *EVENTS, *other[:5]]
    random.Random(7).shuffle(mixed)  # noqa: S311 - no secret
    assert store.fold(mixed) == len(other)
    assert store.fold([]) == 0

    assert sorted(store.sessions(HOUR, NEXT_HOUR, None)) == whole
    assert sum(session.pages for session in store.sessions(NEXT_HOUR, "2013013123", None)) == len(other)


def test_sessions_that_began_after_the_boundary_are_left_for_the_next_run(store: Store) -> None:
    store.fold(EVENTS)
    begun = {event.session for event in EVENTS[:10]}
    assert len(list(store.sessions(HOUR, NEXT_HOUR, EVENTS[9].event_id))) == len(begun)


def test_a_period_that_is_counted_again_has_its_rows_replaced(store: Store) -> None:
    rows = [Row("docs", 3, 2, 1.5, 9), Row("shop", 1, 1, 0.0, 1)]
    store.replace("site_hourly", HOUR, rows)
    store.replace("site_hourly", NEXT_HOUR, rows)
    store.replace("site_hourly", HOUR, rows[1:])
    assert store.rows("site_hourly") == {HOUR: rows[1:], NEXT_HOUR: rows}
    store.replace("site_hourly", HOUR, [])
    assert store.rows("site_hourly") == {NEXT_HOUR: rows}


def test_visitors_are_counted_once_for_each_site() -> None:
    visits = [Session("shop", "anna", 10.0, 2), Session("shop", "anna", 20.0, 4), Session("docs", "anna", 0.0, 1)]
    assert jobs.count(visits) == [Row("docs", 1, 1, 0.0, 1), Row("shop", 2, 1, 15.0, 6)]


def test_a_job_counts_up_to_its_boundary_and_is_noop_without_sessions(folder: Path) -> None:
    (folder / "synergy.toml").write_text('[synergy]\ndata_source = "sqlite:sessions.db"\n')
    project_store.cache_clear()
    store = project_store()
    unit = UnitOfWork(UowId("x"), "SiteHourly", HOUR, 1, HOUR, NEXT_HOUR, sink="site_hourly")
    assert jobs.statistics(unit) == Result("noop")
    store.fold(EVENTS)
    bounded = UnitOfWork(UowId("x"), "SiteHourly", HOUR, 1, HOUR, NEXT_HOUR, end_id=str(EVENTS[0].event_id))
    assert jobs.statistics(bounded) == Result(processed=1, aggregated=1)
    assert jobs.statistics(unit).processed == len({event.session for event in EVENTS})
    store.close()
    project_store.cache_clear()


def test_files_hand_over_what_is_new_and_all_of_it_after_a_restart() -> None:
    sender, stopped = day_files.FileSender(threading.Event()), threading.Event()
    receiver, taken = day_files.FileReceiver(stopped), list[int]()

    def fold(events: object) -> int:
        assert isinstance(events, list)
        taken.extend(event.event_id for event in events)
        return len(events)

    for event in EVENTS[:2]:
        sender.send(event)
    receiver.receive_waiting(fold)
    sender.send(EVENTS[2])
    receiver.receive_waiting(fold)
    assert taken == [event.event_id for event in EVENTS[:3]]

    taken.clear()
    day_files.FileReceiver(stopped).receive_waiting(fold)
    assert taken == [event.event_id for event in EVENTS[:3]]


def test_a_line_that_was_cut_short_spoils_no_other(folder: Path) -> None:
    sender = day_files.FileSender(threading.Event())
    sender.send(EVENTS[0])
    path = folder / "stream" / "20130131.jsonl"
    with path.open("ab") as file:
        file.write(EVENTS[1].to_json()[:20])
    sender.send(EVENTS[1])
    read = [read_event(line) for line in path.read_bytes().splitlines()]
    assert read == [EVENTS[0], None, EVENTS[1]]


def test_files_that_were_read_go_and_a_late_event_goes_into_the_newest(folder: Path) -> None:
    sender, receiver = day_files.FileSender(threading.Event()), day_files.FileReceiver(threading.Event())
    for day in ("20130131", "20130201", "20130202"):
        sender.send(hour_events(f"{day}10", visits=20, seed=1)[0])
    for _ in range(2):
        receiver.receive_waiting(len)
    sender.send(late_event("2013013110"))
    assert sorted(path.name for path in (folder / "stream").iterdir()) == ["20130201.jsonl", "20130202.jsonl"]
    assert len((folder / "stream" / "20130202.jsonl").read_text().splitlines()) == 2


def test_the_places_are_those_of_the_settings(folder: Path) -> None:
    (folder / "word").write_text("secret\n")
    settings = {"data_source": "mongodb://db/site", "broker": "amqp://anna@mq/"}
    lines = ["[synergy]", *(f"{name} = {json.dumps(url)}" for name, url in settings.items())]
    (folder / "synergy.toml").write_text("\n".join([*lines, "[mq]", 'password_file = "word"']))
    assert places() == ("mongodb://db/site", "amqp://anna@mq/", "secret")


def test_every_sink_is_a_table_of_results() -> None:
    managed = [process for process in context.process_context if isinstance(process, ManagedProcess)]
    assert sorted(str(process.sink) for process in managed) == sorted(RESULTS)
