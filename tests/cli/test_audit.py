from __future__ import annotations

import json

import msgspec
import pytest

from synergy.core.audit_chain import START, chained, exact_time
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.records import AuditEntry, AuditHead
from tests.cli.conftest import Ctl
from tests.cli.scripted_daemon import ScriptedDaemon


def rows(count: int) -> list[r.AuditRow]:
    entries = chained(
        (AuditEntry(1.8e9 + n, "root", "skip", f"Hourly@{n}", login_user="anna (claimed)") for n in range(count)), START
    )
    return [msgspec.convert({**msgspec.structs.asdict(one), "at": exact_time(one.at)}, r.AuditRow) for one in entries]


def serve(daemon: ScriptedDaemon, given: list[r.AuditRow], head: AuditHead, page: int = 2) -> None:
    def walk(request: q.WalkAudit) -> r.AuditLinks:
        left = [row for row in given if request.after is None or row.seq > request.after]
        if len(left) > page:
            return r.AuditLinks(tuple(left[:page]), more=True)
        return r.AuditLinks(tuple(left), more=False, daemon_head=head, store_head=head)

    daemon.on(q.WalkAudit, walk)


def head_of(given: list[r.AuditRow]) -> AuditHead:
    return AuditHead(given[-1].seq, given[-1].digest)


def test_the_list_goes_on_page_by_page_up_to_its_limit(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    newest = list(reversed(rows(300)))

    def page(request: q.ListAudit) -> r.AuditPage:
        left = [row for row in newest if request.before is None or row.seq < request.before]
        return r.AuditPage(tuple(left[: request.limit]), more=len(left) > request.limit)

    daemon.on(q.ListAudit, page)
    told = ctl("audit", "--since", "2h", "--actor", "root", "--verb", "skip", "--limit", "250", "-o", "jsonl").stdout
    assert [json.loads(line)["seq"] for line in told.splitlines()] == list(range(300, 50, -1))
    assert {(one.since, one.actor, one.verb, one.until) for one in daemon.of(q.ListAudit)} == {
        ("2h", "root", "skip", None)
    }
    assert len(ctl("audit", "-o", "json").stdout.splitlines()) == 302


def test_the_first_columns_of_the_table_fit_in_80_characters(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    long = msgspec.structs.replace(rows(1)[0], target="x" * 90, before="off", after="on")
    daemon.on(q.ListAudit, lambda _: r.AuditPage((long,), more=False))
    title, line = ctl("audit").stdout.splitlines()
    assert title.split()[:5] == ["SEQ", "AT", "ACTOR", "VERB", "TARGET"]
    assert line[:80].split()[:4] == ["1", "2027-01-15", "08:00:00", "root"]
    assert "x…" in line[:80]
    assert "anna (claimed)" in line


def test_a_whole_audit_is_told_in_two_lines(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    given = rows(1_204)
    serve(daemon, given, head_of(given), page=500)
    result = ctl("audit", "verify")
    assert result.stdout.splitlines() == ["audit: 1,204 entries, whole", f"head: 1204:{given[-1].digest}"]
    assert result.exit_code == 0
    assert [request.after for request in daemon.of(q.WalkAudit)] == [None, 500, 1000]


def test_an_audit_that_has_no_entry_is_whole(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    serve(daemon, [], AuditHead())
    assert ctl("audit", "verify").stdout == "audit: 0 entries, whole\n"


def test_what_was_changed_is_named_and_the_exit_code_is_1(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    given = rows(5)
    given[1] = msgspec.structs.replace(given[1], actor="olga")
    serve(daemon, given[:4], head_of(given))
    result = ctl("audit", "verify")
    assert result.exit_code == 1
    first, changed, missing, _ = result.stdout.splitlines()
    assert first == "audit: 4 entries, 2 faults"
    assert changed.startswith("2: ")
    assert changed.endswith("; it says that olga did skip Hourly@1 at 2027-01-15 08:00:01")
    assert missing == "5: entry 5 is missing; the daemon knows them"
    told = json.loads(ctl("audit", "verify", "-o", "json").stdout)
    assert (told["whole"], told["entries"], told["number_of_faults"], told["faults"][0]["entry"]["actor"]) == (
        False, 4, 2, "olga"
    )  # fmt: skip


def test_of_many_faults_only_the_first_are_shown(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    given = [msgspec.structs.replace(row, reason="x") for row in rows(30)]
    serve(daemon, given, head_of(given))
    assert ctl("audit", "verify").stdout.splitlines()[-2] == "and 10 more"


def test_an_entry_that_cannot_be_read_says_why(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    odd = msgspec.structs.replace(rows(1)[0], actor="", digest="", detail="unreadable: odd")
    serve(daemon, [odd], head_of(rows(1)))
    assert "; unreadable: odd" in ctl("audit", "verify").stdout


@pytest.mark.parametrize("kept", ["{}", "head: {}", " head:{} \n", "head: 1:" + "0" * 64 + "\nhead: {}\n\n"])
def test_a_head_is_taken_as_it_was_printed_and_of_several_lines_the_last(
    ctl: Ctl, daemon: ScriptedDaemon, kept: str
) -> None:
    given = rows(3)
    serve(daemon, given, head_of(given))
    assert ctl("audit", "verify", "--head", kept.format(f"3:{given[-1].digest}")).exit_code == 0
    assert ctl("audit", "verify", "--head", kept.format("3:" + "0" * 64)).exit_code == 1


@pytest.mark.parametrize("head", ["", "7", "head: 7", "0:" + "a" * 64, "7:abc", "7:" + "A" * 64])
def test_a_head_that_is_none_is_refused(ctl: Ctl, daemon: ScriptedDaemon, head: str) -> None:
    result = ctl("audit", "verify", "--head", head)
    assert result.exit_code == 2
    assert "is no head" in result.stderr
    assert daemon.asked == []


def test_another_socket_can_be_asked(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    other = daemon.path.with_name("none.sock")
    assert ctl("--socket", str(other), "audit", "verify").exit_code == 9
    serve(daemon, [], AuditHead())
    assert ctl("--socket", str(daemon.path), "-C", "/nowhere", "audit", "verify").exit_code == 0
