"""Whoever changes the audit behind the daemon's back is found out, in either store, and also while it is away."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from typing import Any, Final, Protocol

import pytest
from pymongo import MongoClient

from tests.endtoend.deployment import Deployment
from tests.endtoend.projects import ROOT, write_project
from tests.servers.mongodb import new_database, running
from tests.waiting import poll

pytestmark = [pytest.mark.real, pytest.mark.embedded(reason="it is made for both backends at once")]

DEFINITIONS: Final = """
process_context = [
    ManagedProcess(process_name="Hourly", time_qualifier="hourly", command=["true"], is_on=False),
    FreerunEntry(process_name="Mail", entry_name="ops", trigger_frequency="every 9999", command=["true"], is_on=False),
]
timetable_context = [Tree(tree_name="Main", enclosed_processes=["Hourly"])]
"""


class Forger(Protocol):
    """Somebody who may write to the store."""

    def change(self, seq: int, field: str, value: object) -> None: ...

    def remove(self, *seqs: int) -> None: ...


class SqliteForger:
    """By the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def change(self, seq: int, field: str, value: object) -> None:
        self._do(f"UPDATE audit SET {field} = ? WHERE seq = ?", (value, seq))  # noqa: S608 - the test's own

    def remove(self, *seqs: int) -> None:
        for seq in seqs:
            self._do("DELETE FROM audit WHERE seq = ?", (seq,))

    def _do(self, sql: str, values: tuple[object, ...]) -> None:
        with closing(connect(self._path, timeout=10, isolation_level=None)) as database:
            assert database.execute(sql, values).rowcount == 1


class MongoForger:
    """By the server."""

    def __init__(self, url: str) -> None:
        self._url = url

    def change(self, seq: int, field: str, value: object) -> None:
        with MongoClient[dict[str, Any]](self._url) as client:
            found = client.get_default_database()["audit"].update_one({"_id": seq}, {"$set": {field: value}})
            assert found.modified_count == 1

    def remove(self, *seqs: int) -> None:
        with MongoClient[dict[str, Any]](self._url) as client:
            found = client.get_default_database()["audit"].delete_many({"_id": {"$in": list(seqs)}})
            assert found.deleted_count == len(seqs)


@pytest.fixture(params=["sqlite", "mongodb"])
def forger(
    request: pytest.FixtureRequest, deployment: Deployment, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Forger]:
    """A deployment that runs, with six entries."""
    if request.param == "sqlite":
        begin(deployment, {})
        yield SqliteForger(deployment.paths.sqlite_path)
        return
    with running(tmp_path_factory.mktemp("mongodb"), standalone=True) as server:
        url = server.url(new_database())
        begin(deployment, {"store": url})
        yield MongoForger(url)
        deployment.synergyd("stop", "--now")  # before its store goes


def begin(deployment: Deployment, settings: Mapping[str, str | float]) -> None:
    write_project(deployment.folder, DEFINITIONS, settings, end_timeperiod="2013010103")
    deployment.start()
    deployment.ctl("frequency", "Hourly", "every 30", "--reason", "less load")
    deployment.ctl("skip", "Hourly@2013010100..2013010101", "--yes", "--reason", "no data")
    deployment.ctl("reprocess", "Hourly@2013010101", "--yes")
    deployment.ctl("freerun", "set", "Mail::ops", "--trigger", "every 8888")
    deployment.ctl("gc", "flush")
    deployment.ctl("activate", "Mail::ops")


def verified(deployment: Deployment, *arguments: str, expect: int = 1) -> list[tuple[int, str, str | None]]:
    told = deployment.ctl_json("audit", "verify", *arguments, expect=expect)
    assert told["whole"] is not bool(told["number_of_faults"])
    return [(one["seq"], one["what"], (one["entry"] or {}).get("target")) for one in told["faults"]]


def test_who_did_what_is_told_and_whole(deployment: Deployment, forger: Forger) -> None:
    del forger
    rows = deployment.ctl_json("audit")
    assert [row["seq"] for row in rows] == [6, 5, 4, 3, 2, 1]
    assert [row["verb"] for row in reversed(rows)] == [
        "frequency", "skip", "reprocess", "freerun set", "gc flush", "freerun set"
    ]  # fmt: skip
    assert (rows[5]["before"], rows[5]["after"], rows[5]["reason"]) == ("every 60", "every 30", "less load")
    assert (rows[4]["before"], rows[4]["after"]) == ("2 embryo", "2 skipped")
    assert rows[4]["plan_id"]
    assert (json.loads(rows[2]["before"]), json.loads(rows[2]["after"])) == (
        {"trigger_frequency": "every 9999"}, {"trigger_frequency": "every 8888"}
    )  # fmt: skip
    assert deployment.ctl_json("audit", "--verb", "skip", "--since", "1h", "--limit", "5")[0]["seq"] == 2
    assert deployment.ctl_json("audit", "--until", "1h") == []
    assert verified(deployment, expect=0) == []
    told = deployment.ctl("audit", "verify").stdout.splitlines()
    assert told == ["audit: 6 entries, whole", f"head: 6:{rows[0]['digest']}"]


def test_the_script_of_the_page_comes_to_the_same_head(deployment: Deployment, forger: Forger) -> None:
    page = (ROOT / "docs" / "audit.md").read_text()
    script = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0]

    def check() -> subprocess.CompletedProcess[str]:
        given = deployment.ctl("audit", "-o", "jsonl").stdout
        return subprocess.run(
            [sys.executable, "-c", script], input=given, capture_output=True, text=True, check=False, timeout=30
        )

    head = deployment.ctl("audit", "verify").stdout.splitlines()[-1]
    assert check().stdout.strip() == head.removeprefix("head: ")
    forger.change(3, "actor", "olga")
    assert check().stderr.strip() == "entry 3 was changed"


def test_an_entry_that_was_edited_is_named(deployment: Deployment, forger: Forger) -> None:
    forger.change(2, "target", "Hourly@2013010102")
    assert verified(deployment) == [
        (2, "what it says is not what was written: it does not match its digest", "Hourly@2013010102")
    ]
    told = deployment.ctl("audit", "verify", expect=1).stdout.splitlines()
    assert told[0] == "audit: 6 entries, 1 fault"
    assert re.search(r"^2: .*; it says that \S+ did skip Hourly@2013010102 at \d{4}-", told[1])


def test_an_entry_that_was_removed_is_named(deployment: Deployment, forger: Forger) -> None:
    forger.remove(3)
    assert verified(deployment) == [(3, "entry 3 is missing", None)]


def test_the_newest_entries_that_were_removed_are_named(deployment: Deployment, forger: Forger) -> None:
    forger.remove(4, 5, 6)
    assert verified(deployment) == [(4, "entries 4 to 6 are missing (3 entries); the daemon knows them", None)]
    deployment.ctl("deactivate", "Mail::ops")
    assert verified(deployment) == [(4, "entries 4 to 6 are missing (3 entries)", None)]


def test_the_newest_entries_that_were_removed_while_no_daemon_ran_are_named(
    deployment: Deployment, forger: Forger
) -> None:
    deployment.signal("daemon", signal.SIGKILL)
    poll(lambda: deployment.daemon_pid is None, 10, "it is gone")
    forger.remove(4, 5)
    if isinstance(forger, SqliteForger):  # MongoDB's last batch is done once more at a start, and brings it back
        forger.remove(6)
    deployment.synergyd("start")
    ((seq, what, _),) = verified(deployment)
    assert (seq, what.partition(" are ")[0]) in {(4, "entries 4 to 6"), (4, "entries 4 to 5")}
    assert ("audit_broken" in deployment.logged()) is isinstance(forger, SqliteForger)


def test_an_entry_that_cannot_be_read_any_more_hides_no_other(deployment: Deployment, forger: Forger) -> None:
    forger.change(2, "actor", b"\x00\xff")
    assert [seq for seq, _, _ in verified(deployment)] == [2]
    assert len(deployment.ctl_json("audit")) == 6


def test_a_head_that_was_noted_proves_what_came_before(deployment: Deployment, forger: Forger) -> None:
    del forger
    head = deployment.ctl("audit", "verify").stdout.splitlines()[-1].removeprefix("head: ")
    deployment.ctl("deactivate", "Mail::ops")
    assert verified(deployment, "--head", head, expect=0) == []
    assert verified(deployment, "--head", f"6:{'0' * 64}") == [
        (6, "it is not the entry whose digest you gave", "Mail::ops")
    ]
    deployment.ctl("audit", "verify", "--head", "6", expect=2)


def test_a_stop_and_a_restart_are_recorded_and_the_chain_goes_on(deployment: Deployment, forger: Forger) -> None:
    del forger
    deployment.synergyd("restart")
    deployment.synergyd("stop")
    deployment.start()
    newest = deployment.ctl_json("audit", "--limit", "2")
    assert [(row["seq"], row["verb"], row["target"]) for row in newest] == [
        (8, "stop", "daemon"),
        (7, "restart", "daemon"),
    ]
    assert verified(deployment, expect=0) == []


def test_where_an_operator_came_from_is_told_as_claimed(
    deployment: Deployment, forger: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    del forger
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.7 50000 10.0.0.1 22")
    deployment.ctl("deactivate", "Mail::ops")
    assert deployment.ctl_json("audit", "--limit", "1")[0]["origin"] == "ssh 10.0.0.7 (claimed)"
    assert verified(deployment, expect=0) == []


def test_the_read_only_socket_lets_nobody_change_anything(deployment: Deployment) -> None:
    write_project(deployment.folder, DEFINITIONS, {"read_only_socket": "look.sock"})
    deployment.start()
    socket = ("--socket", str(deployment.folder / "look.sock"))
    assert "running" in deployment.ctl(*socket, "status").stdout
    refused = deployment.ctl(*socket, "trigger", "Hourly", expect=5)
    assert "trigger is refused: this connection is read-only" in refused.stderr
    assert deployment.ctl_json("audit") == []
