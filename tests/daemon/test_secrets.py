"""A deployment full of secrets, of which nothing is told by any answer, in the audit, or in the daemon's own log."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from synergy.core.context import FreerunSpec, Work
from synergy.core.control import requests as q
from synergy.core.control.framing import encode_reply
from synergy.core.errors import SynergyError
from synergy.core.ports import AuditQuery
from synergy.core.records import Arguments, UowId
from synergy.daemon.loading import Deployment
from synergy.logging_json import JsonFormatter
from tests.core.engine.contexts import context_of, settings_of, spec
from tests.fuzz.daemon import Daemon, daemon_of
from tests.fuzz.targets.control_requests import ENTRY, EVERYTHING, REQUESTS

HUSH = "hush"
WORK = Work(
    command=("load", "--password", HUSH, f"--token={HUSH}", f"mongodb://me:{HUSH}@db1/x"),
    env={"PGPASSWORD": HUSH, "SOURCE": f"https://me:{HUSH}@web/x"},
)
SECRETS: Arguments = {"api_key": HUSH, "target": f"amqp://me:{HUSH}@mq/x", "rows": 5}


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    hourly = replace(spec("MainHourly", "Main"), work=WORK, arguments=SECRETS, source=f"mongodb://me:{HUSH}@db1/y")
    entry = FreerunSpec("Report", "mail", "every 60", WORK, arguments=SECRETS)
    context = context_of(spec("MainDaily", "Main"), hourly, entries=(entry,))
    settings = replace(
        settings_of(),
        store=f"mongodb://me:{HUSH}@db1/synergy?tlsCertificateKeyFilePassword={HUSH}",
        broker=f"amqp://me:{HUSH}@mq:5672/x",
        data_source=f"mongodb://me:{HUSH}@db1/y",
    )
    with daemon_of(Deployment(context, settings)) as one:
        yield one


def told(daemon: Daemon, request: q.Request[object]) -> bytes:
    """What is answered, or refused."""
    try:
        return encode_reply(1, daemon.run(daemon.service.handle(request, EVERYTHING)))
    except SynergyError as error:
        return str(error).encode()


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.method)
def test_no_answer_tells_a_secret(daemon: Daemon, request_: q.Request[object]) -> None:
    daemon.run(daemon.service.handle(q.RunEntry(ENTRY), EVERYTHING))
    assert HUSH.encode() not in told(daemon, request_)


def test_what_is_shown_instead_are_stars(daemon: Daemon) -> None:
    shown = told(daemon, q.ListEntries())
    assert b'"api_key":"***"' in shown
    assert b'"rows":5' in shown
    assert b"mongodb://me:***@db1/x" in shown


def test_the_audit_and_the_log_tell_of_changes_without_their_secrets(
    daemon: Daemon, caplog: pytest.LogCaptureFixture
) -> None:
    changes: tuple[q.Request[object], ...] = (
        q.RunEntry(ENTRY, {"token": HUSH, "rows": 6}),
        q.SaveEntry(ENTRY, arguments={"password": HUSH, "rows": 7}),
        q.SaveEntry(
            "Hand::made",
            create=True,
            trigger_frequency="every 60",
            command=("load", f"--token={HUSH}", "--password", HUSH),
        ),
        q.RemoveEntry("Hand::made"),
    )
    with caplog.at_level(logging.INFO):
        for change in changes:
            daemon.run(daemon.service.handle(change, EVERYTHING))
    entries = daemon.run(daemon.store.audit(AuditQuery()))
    assert [entry.verb for entry in entries] == ["freerun rm", "freerun add", "freerun set", "freerun run"]
    kept = repr(entries) + caplog.text
    assert HUSH not in kept
    assert '"rows":7' in kept


def test_stars_that_are_saved_again_change_nothing(daemon: Daemon) -> None:
    """As a form does that shows an entry and sends back what it shows."""
    (row,) = daemon.run(daemon.service.handle(q.ListEntries(), EVERYTHING)).entries  # type: ignore[attr-defined]
    request = q.SaveEntry(ENTRY, arguments={**row.arguments, "rows": 6}, description="new")
    daemon.run(daemon.service.handle(request, EVERYTHING))
    assert daemon.scheduler.schedule.entry("Report", "mail").record.arguments == {**SECRETS, "rows": 6}


def test_work_gets_the_secrets_that_clients_do_not_see(daemon: Daemon) -> None:
    done = daemon.run(daemon.service.handle(q.RunEntry(ENTRY, {"api_key": "***", "rows": 8}), EVERYTHING))
    (uow,) = daemon.run(daemon.store.uows([UowId(done.uow_id)]))  # type: ignore[attr-defined]
    assert uow.arguments == {**SECRETS, "rows": 8}


def test_no_line_of_a_program_s_log_holds_the_password_of_a_url() -> None:
    record = logging.makeLogRecord(
        {"msg": "store %s is away", "args": (f"mongodb://me:{HUSH}@db1/x",), "url": f"amqp://me:{HUSH}@mq"}
    )
    line = JsonFormatter().format(record)
    assert HUSH not in line
    assert "mongodb://me:***@db1/x is away" in line
