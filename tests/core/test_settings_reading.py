from __future__ import annotations

import tomllib
from collections.abc import Mapping

import pytest

from synergy.core.errors import InvalidArgument, InvalidDefinition
from synergy.core.settings import ClockSettings, Settings
from synergy.core.settings_reading import NAME, parse_instant, parse_settings

NEEDED = 'context = "jobs"\nsynergy_start_timeperiod = "2013010100"\n'


def read(text: str) -> Settings:
    return parse_settings(tomllib.loads(text))


def problems_of(tables: str | Mapping[str, object]) -> tuple[str, ...]:
    with pytest.raises(InvalidDefinition) as caught:
        parse_settings(tomllib.loads(tables) if isinstance(tables, str) else tables)
    return caught.value.problems


def test_two_settings_are_enough() -> None:
    assert read(f"[synergy]\n{NEEDED}") == Settings(context="jobs", synergy_start_timeperiod="2013010100")


def test_sections_leave_out_the_prefix_and_the_full_names_are_taken_too() -> None:
    settings = read(
        f"""
        [synergy]
        {NEEDED}
        synergy_end_timeperiod = "2013020100"
        gc_life_support_hours = 12
        store = "mongodb://one,two/synergy?replicaSet=rs0"
        broker = "amqps://user:secret@host/vhost"
        slots = 8
        [gc]
        run_interval = 30
        gc_on_give_up = "skip"
        [mq]
        prefetch = 16
        announce_jobs = true
        [clock]
        start = "2013-01-01T00:00:00Z"
        speed = 3600
        """
    )
    assert (settings.gc_life_support_hours, settings.gc_run_interval, settings.gc_on_give_up) == (12, 30, "skip")
    assert (settings.mq_prefetch, settings.mq_announce_jobs, settings.slots) == (16, True, 8)
    assert settings.clock == ClockSettings("2013-01-01T00:00:00Z", 3600)


def test_the_clock_may_start_at_a_time_without_quotes() -> None:
    settings = read(f"[synergy]\n{NEEDED}[clock]\nstart = 2013-01-01T00:00:00Z\n")
    assert settings.clock == ClockSettings("2013-01-01T00:00:00+00:00", 1.0)


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ('stroe = "sqlite:x"', '[synergy] stroe: setting is unknown; did you mean "store"?'),
        (
            'store = "postgres://me:secret@h"',
            '[synergy] store: "postgres:…" is no store that is known; use "sqlite:PAT',
        ),
        ('store = "sqlite:"', 'store: "sqlite:…" is no store'),
        ('broker = "redis://h"', 'broker: "redis:…" is no broker that is known; use "embedded:"'),
        ('box_id = "a b"', '[synergy] box_id: "a b" is no name; use letters'),
        ('runtime_folder = " "', "runtime_folder: is empty"),
        ('log_level = "LOUD"', 'log_level: "LOUD" is unknown; use one of: DEBUG'),
        ("lag_minutes = -1", "lag_minutes: -1 is too small; use at least 0"),
        ("lag_minutes = nan", "lag_minutes: nan is too small"),
        ("lease_seconds = 0", "lease_seconds: 0 is not above 0"),
        ("request_timeout_seconds = inf", "request_timeout_seconds: inf is too large; use at most 1000000000"),
        ("lease_seconds = 19", "lease_seconds: heartbeat_seconds 5 is more than a quarter of lease_seconds 19"),
        ("heartbeat_seconds = 6", "heartbeat_seconds: heartbeat_seconds 6 is more than a quarter of lease_seconds 20"),
        ('slots = "two"', "slots: 'two': expected int"),
        ("slots = true", "slots: True: expected int"),
        ("box_id = 7", "box_id: 7: expected str, got int; write it in quotes"),
        ("slots = 'two'", "slots: 'two': expected int | null, got str; write a whole number"),
        ('store = ["mongodb://me:secret@one"]', "[synergy] store: expected str, got array; write it in quotes"),
        ('synergy_end_timeperiod = "2013010100"', "2013010100 is not after the start 2013010100; raise it"),
        ('synergy_end_timeperiod = "2013-02"', 'synergy_end_timeperiod: "2013-02" is no hourly timeperiod'),
        ("[mq]\nprefetch = 65536", "[mq] prefetch: 65536 is too large; use at most 65535"),
        ("[gc]\nrun_intervall = 3", '[gc] run_intervall: setting is unknown; did you mean "run_interval"?'),
        ('[gc]\non_give_up = "cry"', '[gc] on_give_up: "cry" is unknown; use one of: alert, skip'),
        ("gc_run_interval = 3\n[gc]\nrun_interval = 3", "[gc] run_interval: is set twice; also in [synergy]"),
        ("[clock]\nspeed = 3", "[clock] start: is missing"),
        ('[clock]\nstart = "yesterday"', '[clock] start: "yesterday" is no ISO-8601 time'),
        ("[clock]\nstart = 2013", "[clock] start: 2013: expected str"),
        ('[clock]\nstart = "2013-01-01"\nspeed = 0', "[clock] speed: 0 is not above 0; seconds of schedule time"),
        ('[clock]\nstart = "2013-01-01"\nspeed = nan', "[clock] speed: nan is not above 0"),
        ('[clock]\nstart = "2013-01-01"\nspead = 3', '[clock] spead: setting is unknown; did you mean "speed"?'),
        ('[clock]\nstart = "2013-01-01"\nspeed = 1e300', "[clock] speed: 1e+300 is too large; use at most 10000000"),
        (
            '[clock]\nstart = "9999-01-01"',
            '[clock] start: "9999-01-01" has no timeperiod; use a year from 1970 to 9998',
        ),
        ('[clock]\nstart = "1969-12-31"', '[clock] start: "1969-12-31" has no timeperiod'),
        ("lease_seconds = 1e308", "lease_seconds: 1e+308 is too large; use at most 1000000000"),
        (f"slots = {'9' * 400}", "slots: 99999"),
        (f"lag_minutes = {'9' * 400}", "lag_minutes: 99999"),
        ("[pools]\ndb = 1000000001", "[pools] db: 1000000001 is too large; use at most 1000000000"),
        ("[mq]\nheartbeat_seconds = 0", "[mq] heartbeat_seconds: 0 is too small; use at least 1"),
        ('[mq]\nqueue_type = "fast"', '[mq] queue_type: "fast" is unknown; use one of: classic, quorum'),
        ("[mq]\nannounce_jobs = true", "[mq] announce_jobs: the embedded broker is not reached by others"),
        ("[grabage]", "grabage: section is unknown; known are: clock, gc, mq, pools, synergy"),
    ],
)
def test_a_wrong_setting_is_told_with_its_place_value_and_remedy(extra: str, says: str) -> None:
    (problem,) = problems_of(f"[synergy]\n{NEEDED}{extra}\n")
    assert problem.startswith("synergy.toml: ")
    assert says in problem
    assert "secret" not in problem


@pytest.mark.parametrize("wrong", ["", "1jobs", "a..b", "a-b", "jobs.py:x"])
def test_a_context_that_is_no_module_is_refused(wrong: str) -> None:
    (problem,) = problems_of(f'[synergy]\ncontext = "{wrong}"\nsynergy_start_timeperiod = "2013010100"\n')
    assert f'context: "{wrong}" is no module name' in problem


def test_all_mistakes_are_told_at_once() -> None:
    assert problems_of({"synergy": {"slots": 0, "box": "b"}, "gc": 7, "clock": []}) == (
        "synergy.toml: [synergy] slots: 0 is too small; use at least 1",
        'synergy.toml: [synergy] box: setting is unknown; did you mean "box_id"?',
        "synergy.toml: gc: is not a section; write [gc] on a line of its own",
        "synergy.toml: clock: is not a section; write [clock] on a line of its own",
        'synergy.toml: [synergy] context: is missing; set it in [synergy], e.g. context = "jobs"',
        (
            "synergy.toml: [synergy] synergy_start_timeperiod: is missing; "
            'set it in [synergy], e.g. synergy_start_timeperiod = "2026110100"'
        ),
    )


def test_a_setting_outside_its_section_is_told_so() -> None:
    first, second, *_ = problems_of({"stor": "x", "slots": 3, "synergy": {}})
    assert first == 'synergy.toml: stor: setting is unknown; did you mean "store"?'
    assert second == "synergy.toml: slots: stands in no section; put it below a line [synergy]"


def test_the_caller_says_where_a_setting_stands() -> None:
    tables = tomllib.loads(f"[synergy]\n{NEEDED}[gc]\nrun_interval = 0\n")
    with pytest.raises(InvalidDefinition, match="1 wrong setting") as caught:
        parse_settings(tables, lambda section, key: f"{section}/{key}")
    assert caught.value.problems[0].startswith("gc/run_interval: [gc] run_interval")


def test_every_setting_that_is_a_number_has_a_bound() -> None:
    numbers = [
        name
        for name in Settings.__struct_fields__
        if isinstance(getattr(read(f"[synergy]\n{NEEDED}"), name), int | float)
    ]
    for name in numbers:
        assert name in problems_of(f"[synergy]\n{NEEDED}{name} = -1\n")[0]


def test_instants_are_utc_unless_they_say_otherwise() -> None:
    assert parse_instant("1970-01-01") == 0
    assert parse_instant("1970-01-01T00:00:10") == 10
    assert parse_instant("1970-01-01T02:00:00+02:00") == 0
    with pytest.raises(InvalidArgument, match='"soon" is no ISO-8601 time; write it as'):
        parse_instant("soon")


@pytest.mark.parametrize("name", ["Flights", "a.b-c_1", "7", ".a", "_"])
def test_names_that_the_command_line_can_spell_are_taken(name: str) -> None:
    assert NAME.fullmatch(name)


@pytest.mark.parametrize("name", ["", ".", "..", "-", "-x", "a b", "a@b", "a:b", "a,b", "a/b", "ä", "a\n"])
def test_names_that_would_be_read_differently_are_not(name: str) -> None:
    assert not NAME.fullmatch(name)


def test_pools_have_names_of_the_users_and_sizes() -> None:
    settings = read(f"[synergy]\n{NEEDED}[pools]\ndatabase = 4\nmail-server = 1\n")
    assert settings.pools == {"database": 4, "mail-server": 1}


@pytest.mark.parametrize("size", ["0", "-1", "1.5", "true", '"many"'])
def test_a_pool_that_could_run_nothing_is_refused(size: str) -> None:
    (problem,) = problems_of(f"[synergy]\n{NEEDED}[pools]\ndatabase = {size}\n")
    assert problem.startswith("synergy.toml: [pools] database: ")
    assert problem.endswith("is no size; use a whole number of at least 1")


def test_a_pools_name_is_one_that_every_place_can_show() -> None:
    (problem,) = problems_of(f'[synergy]\n{NEEDED}[pools]\n"my pool" = 1\n')
    assert problem == 'synergy.toml: [pools] my pool: "my pool" is no name; use letters, digits and _ . -'


def test_pools_that_are_no_section_are_told_so() -> None:
    (problem,) = problems_of({"synergy": {"context": "jobs", "synergy_start_timeperiod": "2013010100"}, "pools": 3})
    assert "pools: is not a section" in problem
