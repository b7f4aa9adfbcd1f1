"""Addresses of far deployments, and the commands that lead there."""

from __future__ import annotations

import shlex

import pytest

from synergy.client.ssh import Address, parse_address
from synergy.core.errors import InvalidArgument


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ssh://box-1", Address("box-1")),
        ("ssh://ops@box-1/", Address("box-1", "ops")),
        ("ssh://ops@box-1:2222/srv/flights", Address("box-1", "ops", 2222, "/srv/flights")),
        ("ssh://box-1/~/flights", Address("box-1", folder="flights")),
        ("ssh://box-1/srv/my%20flights%3F", Address("box-1", folder="/srv/my flights?")),
        ("ssh://ops@[::1]:22", Address("::1", "ops", 22)),
        ("ssh://Night-Box:22", Address("Night-Box", port=22)),  # an alias of ~/.ssh/config
        ("ssh://EXAMPLE\\ops@box-1", Address("box-1", "EXAMPLE\\ops")),
    ],
)
def test_an_address_tells_host_user_port_and_folder(text: str, address: Address) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("http://box-1", "is no address"),
        ("ssh://", "is no address"),
        ("ssh://-oProxyCommand=x", "is no address"),
        ("ssh://-oProxyCommand=x@box-1", "is no address"),
        ("ssh://host:high", "its port is no number"),
        ("ssh://host:70000", "its port is no number"),
        ("ssh://[::1", "is no address"),
        ("ssh://box-1/srv?x", "something follows its folder"),
        ("ssh://box-1/srv%0Aflights", "cannot be printed"),
    ],
)
def test_an_address_that_is_none_is_refused_with_the_form(text: str, complaint: str) -> None:
    with pytest.raises(InvalidArgument, match=complaint) as caught:
        parse_address(text)
    assert caught.value.remedy


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(InvalidArgument, match="holds a password") as caught:
        parse_address("ssh://ops:hunter2@box-1")
    assert "hunter2" not in str(caught.value)


def test_the_command_names_host_and_folder_behind_all_options() -> None:
    argv = parse_address("ssh://ops@box-1:2222/srv/flights").argv(may_ask=True)
    assert argv[:1] == ["ssh"]
    assert argv[-5:] == ["-p", "2222", "--", "ops@box-1", "synergyd proxy -C /srv/flights"]
    assert "-C" in argv


def test_only_the_first_login_may_ask() -> None:
    assert "BatchMode=no" in Address("box-1").argv(may_ask=True)
    assert "BatchMode=yes" in Address("box-1").argv(may_ask=False)


def test_the_far_shell_reads_the_folder_as_it_was_written() -> None:
    far = Address("box-1", folder="/srv/a b; rm -rf $HOME").argv(may_ask=True)[-1]
    assert shlex.split(far) == ["synergyd", "proxy", "-C", "/srv/a b; rm -rf $HOME"]


def test_a_line_to_copy_runs_on_the_far_machine() -> None:
    address = Address("box-1", "ops", 2222, "/srv/flights", "/opt/synergy/bin/synergyd")
    line = address.shell_line("synergyctl reprocess 'A@1' --yes")
    ssh, option, port, login, far = shlex.split(line)
    assert (ssh, option, port, login) == ("ssh", "-p", "2222", "ops@box-1")
    assert far == "/opt/synergy/bin/synergyctl -C /srv/flights reprocess 'A@1' --yes"
    assert Address("box-1").shell_line("synergyctl status") == "ssh box-1 'synergyctl status'"
