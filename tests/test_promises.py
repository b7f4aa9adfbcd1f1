"""What the pages promise is shown by a test that exists, and the limits that they name are those of the code."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from synergy import logging_json
from synergy.brokers.embedded import broker as embedded
from synergy.brokers.embedded import frames, queues, served_client
from synergy.brokers.rabbitmq import broker as rabbitmq
from synergy.brokers.rabbitmq import window
from synergy.client import inbox
from synergy.core import kills, settings_reading, timeperiods
from synergy.core.control import lines
from synergy.core.engine import collecting, dispatch, plans
from synergy.core.engine.why import graph
from synergy.daemon import control_server, keys, outbox, planbook, recent, rotated_lines, sessions, subscriptions
from synergy.daemon.views import audit, grid, jobs
from synergy.stores.mongodb import storable
from synergy.worker import frames as child_frames
from synergy.worker import lines as output_lines
from synergy.worker import logs, rotating_log, slots

ROOT = Path(__file__).parent.parent
PAGES = ("limits.md", "security.md", "reliability.md")
MB = 1024 * 1024

LIMITS: dict[str, tuple[str, ...]] = {
    "a line, either way": (f"{lines.MAX_LINE_BYTES // MB} MB",),
    "connections": (f"{control_server.MOST_CLIENTS}",),
    "of these, for admins only": (f"{control_server.FOR_ADMINS}",),
    "connections of users without a role": (f"{control_server.MOST_STRANGERS}",),
    "seconds until hello": (f"{sessions.HELLO_SECONDS:g}",),
    "lines in a row that are no requests": (f"{sessions.MOST_REFUSED}",),
    "calls of a client at once": (f"{sessions.MOST_CALLS}",),
    "held for all clients (answers not read, calls not finished)": (f"{control_server.MOST_HELD_BYTES // MB} MB",),
    "events that wait for a client": (f"{outbox.MOST_FRAMES:,} lines, {outbox.MOST_BYTES // MB} MB",),
    "events kept for a client that comes back": (f"{recent.MOST_BYTES // MB} MB, {subscriptions.KEEP_SECONDS:g} s",),
    "events that the program of a client holds": (f"{inbox.MOST_EVENTS:,}",),
    "events in a line": (f"{subscriptions.MOST_EVENTS_A_LINE:,}",),
    "logs that a client follows": (f"{subscriptions.MOST_FOLLOWED}",),
    "seconds to hang up on a refused client": (f"{sessions.HANG_UP_SECONDS:g}",),
    "rows of a page": (f"{jobs.LARGEST_PAGE:,}",),
    "columns of a timetable's window": (f"{grid.MOST_COLUMNS:,}",),
    "cells of it": (f"{grid.MOST_CELLS:,}",),
    "text of a page of the audit": (f"{audit.MOST_TEXT:,} characters",),
    "plans that wait for their acceptance": (f"{planbook.MOST_PLANS}",),
    "jobs in all of them": (f"{planbook.MOST_JOBS:,}",),
    "jobs asked for one `why`, of those that are alike one": (f"{graph.MOST_JOBS:,}",),
    "jobs of a batch at once": (f"{plans.MOST_PARALLEL:,}",),
    "a `--key`": (f"{keys.MOST_KEY} characters",),
    "units of work that the collector judges, or offers again, in a batch": (f"{collecting.MOST_A_BATCH:,}",),
    "periods of a process that are looked at in a batch": (f"{dispatch.LOOKS_PER_BATCH}",),
    "embedded: a frame": (f"{frames.MAX_FRAME_BYTES // MB} MB",),
    "a message": (f"{frames.MAX_BODY_BYTES // MB} MB", f"{rabbitmq.MOST_BODY_BYTES // MB} MB"),
    "embedded: consumers of a connection": (f"{served_client.MOST_CONSUMERS:,}",),
    "embedded: messages that a consumer holds": (f"{served_client.MOST_PREFETCH:,}",),
    "embedded: connections": (f"{embedded.MOST_CLIENTS}",),
    "embedded: messages set aside that are kept": (f"{queues.MOST_SET_ASIDE:,}",),
    "RabbitMQ: messages that wait for their confirmation": (f"{window.MOST_UNCONFIRMED:,}",),
    "a line of a log": (f"{output_lines.MAX_LINE_CHARS:,} characters",),
    "the log of an attempt": (f"{logs.MAX_ATTEMPT_BYTES // MB} MB",),
    "output that is not stored yet": (f"{logs.FULL_BYTES // MB} MB",),
    "work claimed ahead of free slots": (f"{slots.MOST_AHEAD} times the slots",),
    "a frame of a child": (f"{child_frames.MAX_FRAME_BYTES // MB} MB",),
    "processes that the report of a kill names": (f"{kills.MOST_PROCESSES}",),
    "an exit reason of a callable": (f"{child_frames.MAX_REASON_CHARS} characters",),
    "own logs of daemon and supervisor": (
        f"{logging_json.MAX_FILE_BYTES // MB} MB and {logging_json.KEPT_FILES} older files each",
    ),
    "output of a daemon process": (
        f"{rotating_log.MAX_FILE_BYTES // MB} MB and {rotating_log.KEPT_FILES} older files each",
    ),
    "a line of these that a client reads": (f"{rotated_lines.LONGEST_LINE_BYTES:,} bytes",),
    "a page of these": (f"{rotated_lines.PAGE_BYTES // MB} MB",),
    "a record in MongoDB": (f"{storable.MOST_BYTES // MB} MB",),
    "a number, seconds too": (f"{settings_reading.MOST:,}",),
    "the speed of a replay clock": (f"{settings_reading._FASTEST:,}",),
    "years": (f"{timeperiods.FIRST_YEAR} to {timeperiods.LAST_YEAR}",),
}


@cache
def names_of_tests() -> frozenset[str]:
    files = (ROOT / "tests").rglob("test_*.py")
    return frozenset(name for path in files for name in re.findall(r"def (test_\w+)\(", path.read_text()))


def rows_of_limits() -> dict[str, str]:
    page = (ROOT / "docs" / "limits.md").read_text()
    rows = (line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ") and "---" not in line)
    return {row[0]: row[1] for row in rows if row[0] != "what"}


@pytest.mark.parametrize("name", PAGES)
def test_each_promise_of_a_page_is_shown_by_a_test_that_exists(name: str) -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / name).read_text()))
    assert named - names_of_tests() == set()
    assert named or name == "reliability.md"


def test_the_limits_on_the_page_are_those_of_the_code() -> None:
    rows = rows_of_limits()
    assert {what: rows.get(what) for what in LIMITS} == {what: values[0] for what, values in LIMITS.items()}
    assert all(len(set(values)) == 1 for values in LIMITS.values())


def test_what_the_page_has_besides_are_settings_and_what_has_none() -> None:
    others = {what: limit for what, limit in rows_of_limits().items() if what not in LIMITS}
    fixed = {what for what, limit in others.items() if not limit.startswith("`")}
    assert fixed == {"an integer among `arguments`", "the path of a socket"}
