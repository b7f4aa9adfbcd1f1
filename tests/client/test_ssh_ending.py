"""What ssh and the far synergyd complain of, as sentences. The complaints are those of OpenSSH 9.2."""

from __future__ import annotations

import pytest

from synergy.client.ssh import Address
from synergy.client.ssh_ending import explain, explain_reply
from synergy.core.errors import DaemonUnreachable, InvalidDefinition, NotPermitted, PeerError, SynergyError

BOX = Address("box-1", "ops", 2222, "/srv/flights")
CHANGED = """@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
Host key for [box-1]:2222 has changed and you have requested strict checking.
Host key verification failed.
"""
ENDINGS = [
    (255, CHANGED, NotPermitted, "another host key than before", "ssh-keygen -R '[box-1]:2222'"),
    (255, "Host key verification failed.", NotPermitted, "host key of box-1 port 2222 is not known", "fingerprint"),
    (
        255,
        "ssh: Could not resolve hostname box-1: Name or service not known",
        DaemonUnreachable,
        'host "box-1" is unknown',
        "~/.ssh/config",
    ),
    (
        255,
        "ssh: connect to host box-1 port 2222: Connection refused",
        DaemonUnreachable,
        "no ssh server answers on box-1 port 2222",
        "sshd",
    ),
    (
        255,
        "ssh: connect to host box-1 port 2222: Connection timed out",
        DaemonUnreachable,
        "box-1 port 2222 cannot be reached: connection timed out",
        "VPN",
    ),
    (
        255,
        "ssh: connect to host box-1 port 2222: No route to host",
        DaemonUnreachable,
        "cannot be reached: no route to host",
        "VPN",
    ),
    (255, "Timeout, server box-1 not responding.", DaemonUnreachable, "does not answer any more", "network"),
    (
        255,
        "ops@box-1: Permission denied (publickey).",
        NotPermitted,
        "does not let ops in (it takes publickey)",
        "try: ssh -p 2222 ops@box-1",
    ),
    (
        255,
        "Received disconnect from box-1: Too many authentication failures",
        NotPermitted,
        "does not let ops in",
        "try: ssh",
    ),
    (
        255,
        "kex_exchange_identification: Connection closed by remote host",
        DaemonUnreachable,
        "the line to box-1 port 2222 ended: kex_exchange",
        "try: ssh",
    ),
    (255, "", DaemonUnreachable, "the line to box-1 port 2222 ended", "try: ssh"),
    (
        127,
        "bash: synergyd: command not found",
        DaemonUnreachable,
        "synergyd is not found on",
        "--synergyd /opt",
    ),
    (126, "sh: 1: synergyd: Permission denied", DaemonUnreachable, "synergyd cannot be run on", "--synergyd /opt"),
    (
        2,
        "error: /srv/flights/synergy.toml does not exist; name the project's folder with -C",
        InvalidDefinition,
        "box-1 port 2222: /srv/flights/synergy.toml does not exist",
        "ssh://ops@box-1:2222/FOLDER",
    ),
    (
        2,
        "error: /srv/flights/synergy.toml:1: is wrong; correct it",
        InvalidDefinition,
        "synergy.toml:1: is wrong; correct it",
        "",
    ),
    (2, "no such option", InvalidDefinition, "no such option", "synergyd check -C /srv/flights"),
    (
        9,
        "error: no daemon answers on /srv/flights/.synergy/control.sock: no such file; start it: synergyd start",
        DaemonUnreachable,
        "box-1 port 2222: no daemon answers on /srv/flights/.synergy/control.sock: no such file",
        "start it there: ssh -p 2222 ops@box-1 'synergyd start -C /srv/flights'",
    ),
    (
        1,
        "Traceback\nKeyError: 3",
        DaemonUnreachable,
        "the far synergyd on box-1 port 2222 ended: KeyError: 3",
        "status",
    ),
    (None, "", DaemonUnreachable, "the far synergyd on box-1 port 2222 ended", "status"),
]


@pytest.mark.parametrize(("code", "complaint", "kind", "told", "remedy"), ENDINGS)
def test_an_end_is_told_with_its_reason_and_remedy(
    code: int | None, complaint: str, kind: type[SynergyError], told: str, remedy: str
) -> None:
    problem = explain(BOX, code, complaint, could_ask=True)
    assert type(problem) is kind
    assert told in problem.message
    assert remedy in problem.remedy
    assert "\n" not in str(problem)


def test_a_password_that_cannot_be_asked_for_is_told_with_what_to_do_instead() -> None:
    problem = explain(BOX, 255, "ops@box-1: Permission denied (publickey,password).", could_ask=False)
    assert isinstance(problem, NotPermitted)
    assert "leave with :q and start again" in problem.remedy
    wrong = explain(BOX, 255, "ops@box-1: Permission denied (publickey,password).", could_ask=True)
    assert "try: ssh" in wrong.remedy


def test_a_shell_that_prints_something_is_told_from_another_version() -> None:
    chatty = explain_reply(BOX, PeerError("the daemon sent an unreadable line: x", remedy="use the same version"))
    assert "something else than the daemon" in chatty.message
    assert "its shell must print nothing" in chatty.remedy
    other = explain_reply(BOX, PeerError("daemon 9 speaks protocol 2, we speak 1", remedy="use the same version"))
    assert str(other) == "box-1 port 2222: daemon 9 speaks protocol 2, we speak 1; use the same version"
