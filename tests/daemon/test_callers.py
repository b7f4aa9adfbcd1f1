"""Who may do what, by the kernel's word on who asks."""

from __future__ import annotations

import grp
import os

import pytest

from synergy.core.control import requests
from synergy.core.control.roles import Role
from synergy.core.errors import InvalidDefinition, NotPermitted
from synergy.core.settings import Settings
from synergy.daemon.callers import Access, RoleGroup, check_rights, find_groups, identify, identify_viewer
from synergy.unix_sockets import Peer

ADMINS = RoleGroup("admins", 4_000_001, Role.ADMIN)
OPERATORS = RoleGroup("operators", 4_000_002, Role.OPERATOR)
VIEWERS = RoleGroup("viewers", 4_000_003, Role.VIEWER)
GROUPS = (ADMINS, OPERATORS, VIEWERS)
STOP, TRIGGER, LOOK = requests.Shutdown(), requests.Trigger("A"), requests.Status()


def of_group(gid: int) -> Peer:
    return Peer(1, 4_000_000, gid)


def settings(**groups: str) -> Settings:
    return Settings(context="jobs", synergy_start_timeperiod="2013010100", **groups)  # type: ignore[arg-type]


def is_let(peer: Peer, request: requests.Request[object]) -> bool:
    try:
        check_rights(identify(peer, GROUPS), request, GROUPS)
    except NotPermitted:
        return False
    return True


@pytest.mark.parametrize(("group", "allowed"), [(ADMINS, 3), (OPERATORS, 2), (VIEWERS, 1)])
def test_each_role_may_do_what_those_below_it_may(group: RoleGroup, allowed: int) -> None:
    assert [is_let(of_group(group.gid), one) for one in (LOOK, TRIGGER, STOP)] == [n < allowed for n in range(3)]


@pytest.mark.parametrize("peer", [Peer(1, 0, 0), Peer(1, os.geteuid(), 4_000_000)])
def test_root_and_the_daemons_own_user_are_admins(peer: Peer) -> None:
    assert identify(peer, ()).role is Role.ADMIN
    assert identify(peer, GROUPS).role is Role.ADMIN


def test_without_any_group_whoever_gets_in_may_look() -> None:
    stranger = identify(of_group(4_000_000), ())
    check_rights(stranger, LOOK, ())
    with pytest.raises(NotPermitted, match="user uid 4000000 has the role viewer, it needs operator") as refused:
        check_rights(stranger, TRIGGER, ())
    assert refused.value.exit_code == 5


def test_with_groups_who_is_in_none_of_them_is_turned_away() -> None:
    with pytest.raises(NotPermitted, match="no role here; become a member of group admins or operators or viewers"):
        identify(of_group(4_000_000), GROUPS)


def test_a_refusal_names_the_groups_that_may() -> None:
    with pytest.raises(NotPermitted, match=r"member of group admins$"):
        check_rights(identify(of_group(OPERATORS.gid), GROUPS), STOP, GROUPS)


def test_of_several_groups_the_highest_role_counts() -> None:
    both = (RoleGroup("one", 4_000_001, Role.OPERATOR), RoleGroup("two", 4_000_001, Role.VIEWER))
    assert identify(of_group(4_000_001), both).role is Role.OPERATOR


def test_the_groups_of_the_settings_are_found_highest_role_first() -> None:
    name = grp.getgrgid(os.getgid()).gr_name
    found = find_groups(settings(control_group=name, viewer_group=name, admin_group=name, operator_group=name))
    assert [group.role for group in found] == [Role.ADMIN, Role.OPERATOR, Role.OPERATOR, Role.VIEWER]
    assert {group.gid for group in found} == {os.getgid()}
    assert find_groups(settings()) == ()


@pytest.mark.parametrize("setting", ["control_group", "viewer_group", "operator_group", "admin_group"])
def test_an_unknown_group_is_named_with_its_setting(setting: str) -> None:
    with pytest.raises(InvalidDefinition, match=f'{setting} "no-such-group" does not exist'):
        find_groups(settings(**{setting: "no-such-group"}))


def test_one_group_guards_the_socket_by_its_file_several_by_the_daemon() -> None:
    assert (Access().mode, Access().group_id, Access().view_group_id) == (0o660, None, None)
    one = Access((OPERATORS,))
    assert (one.mode, one.group_id, one.view_group_id) == (0o660, OPERATORS.gid, OPERATORS.gid)
    several = Access(GROUPS)
    assert (several.mode, several.group_id, several.view_group_id) == (0o666, None, VIEWERS.gid)


def test_on_the_read_only_socket_even_root_only_looks() -> None:
    root = identify_viewer(Peer(1, 0, 0))
    with pytest.raises(
        NotPermitted, match="this connection is read-only, and it needs at least the role admin"
    ) as caught:
        check_rights(root, STOP, ())
    assert "control.sock instead of view.sock" in caught.value.remedy
