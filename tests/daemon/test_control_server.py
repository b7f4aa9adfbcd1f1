"""The control server over a real socket: rights, limits, and that no client disturbs another."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from synergy.client import ControlClient
from synergy.core.control import replies, requests
from synergy.core.control.lines import MAX_LINE_BYTES, LineSplitter
from synergy.core.control.requests import Request
from synergy.core.control.roles import Role
from synergy.core.errors import (
    AlreadyRunning,
    DaemonUnreachable,
    InvalidArgument,
    NotFound,
    NotPermitted,
    RequestTimedOut,
    SynergyError,
    WorldError,
)
from synergy.daemon import callers, control_server, sessions
from synergy.daemon.callers import Access, RoleGroup
from synergy.daemon.control_server import Caller, ControlServer
from tests.manual_clock import ManualClock
from tests.serving import HELLO, STATUS, Gate, answer, line_of, raw, say_hello, serving
from tests.waiting import wait_until


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "control.sock"


def is_there(path: Path) -> bool:
    return path.exists()


def mode_and_group(path: Path) -> tuple[int, int]:
    found = path.stat()
    return stat.S_IMODE(found.st_mode), found.st_gid


async def test_a_caller_is_known_by_the_kernel(path: Path) -> None:
    callers: list[Caller] = []

    async def handler(request: Request[Any], caller: Caller) -> replies.Reply:
        callers.append(caller)
        return await answer(request, caller)

    async with serving(path, handler):
        client = await ControlClient.connect(path, "test")
        await client.call(requests.Status())
        await client.close()
    assert [(c.uid, c.gid, c.pid, c.client, c.may_change) for c in callers] == [
        (os.getuid(), os.getgid(), os.getpid(), "test", True)
    ]


async def test_the_socket_is_for_its_user_and_group_only(path: Path) -> None:
    async with serving(path):
        assert mode_and_group(path)[0] == 0o660
    assert not is_there(path)


async def test_the_socket_gets_the_group_of_the_settings(path: Path) -> None:
    async with serving(path, access=Access((RoleGroup("ops", os.getgid(), Role.OPERATOR),))):
        assert mode_and_group(path) == (0o660, os.getgid())


async def test_with_groups_of_several_roles_the_daemon_itself_decides_who_is_let_in(path: Path) -> None:
    groups = (RoleGroup("admins", 4_000_001, Role.ADMIN), RoleGroup("all", 4_000_002, Role.VIEWER))
    async with serving(path, access=Access(groups)):
        assert mode_and_group(path)[0] == 0o666


async def test_whoever_comes_through_the_read_only_socket_only_looks(path: Path) -> None:
    view = path.with_name("view.sock")
    async with serving(path, hello=say_hello, access=Access(view_socket=view)):
        assert mode_and_group(view)[0] == 0o660
        client = await ControlClient.connect(view, "test")
        assert (client.hello.role, client.hello.may_change) == (Role.VIEWER, False)
        assert await client.call(requests.Status()) == STATUS
        with pytest.raises(NotPermitted, match="trigger is refused: this connection is read-only"):
            await client.call(requests.Trigger("A"))
        await client.close()
    assert not is_there(view)


async def test_a_user_without_a_role_is_told_so_and_takes_no_room_from_others(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = (RoleGroup("admins", 4_000_001, Role.ADMIN), RoleGroup("all", 4_000_002, Role.VIEWER))
    monkeypatch.setattr(callers, "ROOT_UID", -1)
    monkeypatch.setattr(os, "geteuid", lambda: -1)  # as if the daemon were another's
    async with serving(path, access=Access(groups)):
        for _ in range(3):
            with pytest.raises(NotPermitted, match="no role here; become a member of group admins or all"):
                await ControlClient.connect(path, "test")
        links = [await raw(path) for _ in range(control_server.MOST_STRANGERS + 1)]
        assert "no role here" in (await line_of(links[-1][0]))["error"]["message"]
        for _, writer in links:
            writer.close()


async def test_a_start_whose_second_socket_is_taken_leaves_no_first_one(path: Path) -> None:
    view = path.with_name("view.sock")
    async with serving(view):
        with pytest.raises(AlreadyRunning):
            await ControlServer(path, answer, say_hello, ManualClock(), access=Access(view_socket=view)).start()
        assert not is_there(path)


async def test_a_living_socket_is_not_taken_over(path: Path) -> None:
    async with serving(path):
        with pytest.raises(AlreadyRunning):
            await ControlServer(path, answer, say_hello, ManualClock()).start()
        client = await ControlClient.connect(path, "test")
        assert await client.call(requests.Status()) == STATUS
        await client.close()


async def test_start_and_stop_may_be_called_twice(path: Path) -> None:
    server = ControlServer(path, answer, say_hello, ManualClock())
    await server.stop()
    await server.start()
    await server.start()
    await server.stop()
    await server.stop()
    await server.start()
    await server.stop()


async def test_a_read_only_connection_may_look_but_not_change(path: Path) -> None:
    async with serving(path):
        client = await ControlClient.connect(path, "test", read_only=True)
        assert client.hello.may_change is False
        assert await client.call(requests.Status()) == STATUS
        with pytest.raises(NotPermitted, match="trigger is refused: this connection is read-only"):
            await client.call(requests.Trigger("A"))
        await client.close()


async def test_an_error_of_the_handler_arrives_as_itself(path: Path) -> None:
    async with serving(path):
        client = await ControlClient.connect(path, "test")
        with pytest.raises(NotFound) as caught:
            await client.call(requests.Show("A@2013010100"))
        assert (caught.value.message, caught.value.remedy) == ("nothing is here", "look elsewhere")
        await client.close()


async def test_a_bug_in_the_handler_is_an_error_for_its_caller_alone(path: Path) -> None:
    async def broken(request: Request[Any], caller: Caller) -> replies.Reply:
        if isinstance(request, requests.Trees):
            raise ZeroDivisionError
        return await answer(request, caller)

    async with serving(path, broken):
        client = await ControlClient.connect(path, "test")
        with pytest.raises(SynergyError, match="the daemon failed at trees"):
            await client.call(requests.Trees())
        assert await client.call(requests.Status()) == STATUS
        await client.close()


async def test_a_request_has_a_time_limit(path: Path) -> None:
    gate = Gate()
    async with serving(path, gate, timeout=0.05):
        client = await ControlClient.connect(path, "test")
        with pytest.raises(RequestTimedOut, match=r"status took more than 0\.05 s"):
            await client.call(requests.Status())
        await client.close()


async def test_a_slow_request_does_not_hold_up_the_next(path: Path) -> None:
    gate = Gate()

    async def handler(request: Request[Any], caller: Caller) -> replies.Reply:
        return await (gate if isinstance(request, requests.Trigger) else answer)(request, caller)

    async with serving(path, handler):
        client = await ControlClient.connect(path, "test")
        slow = asyncio.ensure_future(client.call(requests.Trigger("A")))
        await gate.entered.wait()
        assert await client.call(requests.Status()) == STATUS
        gate.opened.set()
        assert (await slow).message.startswith("triggered")
        await client.close()


async def test_a_client_that_leaves_does_not_take_its_request_with_it(path: Path) -> None:
    gate = Gate()
    async with serving(path, gate):
        client = await ControlClient.connect(path, "test")
        asking = asyncio.ensure_future(client.call(requests.Trigger("A")))
        await gate.entered.wait()
        await client.close()
        with pytest.raises(DaemonUnreachable):
            await asking
        gate.opened.set()
        async with asyncio.timeout(5):
            await gate.left.wait()


async def test_stop_lets_running_requests_end_and_answers_them(path: Path) -> None:
    gate = Gate()
    async with serving(path, gate) as server:
        client = await ControlClient.connect(path, "test")
        asking = asyncio.ensure_future(client.call(requests.Trigger("A")))
        await gate.entered.wait()
        stopping = asyncio.ensure_future(server.stop())
        gate.opened.set()
        assert (await asking).message.startswith("triggered")
        await stopping
        assert isinstance(await client.lost(), DaemonUnreachable)
        await client.close()


async def test_more_calls_than_are_served_at_once_wait_their_turn(path: Path) -> None:
    served = most = 0
    full = asyncio.Event()

    async def slowly(request: Request[Any], caller: Caller) -> replies.Reply:
        nonlocal served, most
        served += 1
        most = max(most, served)
        if served == sessions.MOST_CALLS:
            full.set()
        await full.wait()
        await asyncio.sleep(0)  # others are begun meanwhile, if they may be
        served -= 1
        return await answer(request, caller)

    async with serving(path, slowly):
        client = await ControlClient.connect(path, "test")
        calls = [client.call(requests.Status()) for _ in range(sessions.MOST_CALLS * 10)]
        assert await asyncio.gather(*calls) == [STATUS] * len(calls)
        await client.close()
    assert most == sessions.MOST_CALLS


async def test_hello_comes_first(path: Path) -> None:
    async with serving(path):
        reader, writer = await raw(path)
        writer.write(b'{"jsonrpc":"2.0","id":1,"method":"status"}\n')
        assert (await line_of(reader))["error"]["data"]["message"] == "status came before hello"
        writer.write(HELLO)
        assert (await line_of(reader))["result"]["daemon_id"] == "d"
        writer.write(HELLO)
        assert (await line_of(reader))["error"]["data"]["code"] == "illegal_state"
        writer.close()


async def test_a_client_of_another_protocol_is_told_so(path: Path) -> None:
    async with serving(path):
        reader, writer = await raw(path)
        writer.write(b'{"jsonrpc":"2.0","id":1,"method":"hello","params":{"client":"old","protocol":99}}\n')
        assert "old speaks protocol 99, the daemon 1" in (await line_of(reader))["error"]["message"]
        writer.close()


async def test_a_client_that_never_says_hello_is_closed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "HELLO_SECONDS", 0.05)
    async with serving(path):
        reader, writer = await raw(path)
        assert "no hello" in (await line_of(reader))["error"]["message"]
        assert await reader.read() == b""
        writer.close()


async def test_a_bad_line_is_refused_and_the_connection_goes_on(path: Path) -> None:
    async with serving(path):
        reader, writer = await raw(path)
        writer.write(HELLO + b'nonsense\n{"jsonrpc":"2.0","id":2,"method":"status"}\n')
        assert (await line_of(reader))["id"] == 1
        assert (await line_of(reader))["error"]["code"] == -32700
        assert (await line_of(reader))["id"] == 2
        writer.close()


async def test_a_client_that_sends_nothing_but_garbage_is_closed(path: Path) -> None:
    async with serving(path):
        reader, writer = await raw(path)
        writer.write(b"garbage\n" * (sessions.MOST_REFUSED + 50))
        lines = (await reader.read()).splitlines()
        assert len(lines) == sessions.MOST_REFUSED + 1
        assert b"were no requests" in lines[-1]
        writer.close()


async def test_a_line_without_end_is_refused_and_its_connection_closed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LineSplitter.__init__, "__defaults__", (1000,))
    async with serving(path):
        reader, writer = await raw(path)
        writer.write(b"x" * 2000)
        assert "longer than 1000 bytes" in (await line_of(reader))["error"]["message"]
        assert await reader.read() == b""
        writer.close()


async def test_one_client_too_many_is_told_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_server, "MOST_CLIENTS", 1)
    async with serving(path):
        first = await ControlClient.connect(path, "first")
        with pytest.raises(WorldError, match="serves 1 clients already"):
            await ControlClient.connect(path, "second")
        await first.close()
        await wait_until(lambda: reconnects(path), what="the place of the first is free again")


async def test_the_last_places_are_for_admins(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_server, "MOST_CLIENTS", 3)
    monkeypatch.setattr(control_server, "FOR_ADMINS", 2)
    view = path.with_name("view.sock")
    async with serving(path, access=Access(view_socket=view)):
        viewer = await ControlClient.connect(view, "viewer")
        with pytest.raises(WorldError, match="serves 1 clients already"):
            await ControlClient.connect(view, "another viewer")
        admins = [await ControlClient.connect(path, f"admin {number}") for number in range(2)]
        with pytest.raises(WorldError, match="serves 3 clients already"):
            await ControlClient.connect(path, "one too many")
        for client in (viewer, *admins):
            await client.close()


async def reconnects(path: Path) -> bool:
    try:
        client = await ControlClient.connect(path, "again")
    except WorldError:
        return False
    await client.close()
    return True


async def test_a_reply_over_the_limit_becomes_an_error(path: Path) -> None:
    async def huge(request: Request[Any], caller: Caller) -> replies.Reply:
        return replies.Done("x" * MAX_LINE_BYTES) if request.needs is not Role.VIEWER else await answer(request, caller)

    async with serving(path, huge):
        client = await ControlClient.connect(path, "test")
        with pytest.raises(InvalidArgument, match="smaller page"):
            await client.call(requests.Trigger("A"))
        await client.close()


async def test_pipelined_calls_of_any_number_are_answered_in_turn(path: Path) -> None:
    async with serving(path):
        reader, writer = await raw(path)
        follow = b'{"jsonrpc":"2.0","id":%d,"method":"follow_log","params":{"uow_id":"A"}}\n'
        writer.write(HELLO + b'{"jsonrpc":"2.0","id":2,"method":"subscribe"}\n')
        await line_of(reader)
        await line_of(reader)
        writer.write(b"".join(follow % number for number in range(3000)))
        assert [(await line_of(reader))["id"] for _ in range(3000)] == list(range(3000))
        writer.close()
