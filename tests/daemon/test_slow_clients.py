"""Clients that read nothing, say nothing, say it a byte at a time, or are many: nobody else notices."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from synergy.client import ControlClient
from synergy.core.control import replies, requests
from synergy.core.control.events import Alert
from synergy.core.control.framing import encode_request
from synergy.core.control.lines import MAX_LINE_BYTES
from synergy.core.control.requests import Request
from synergy.core.errors import WorldError
from synergy.daemon import control_server, sessions
from synergy.daemon.control_server import Caller, ControlServer
from tests.serving import answer, line_of, next_of, raw, serving
from tests.waiting import wait_until

NOW: Final = "2013-01-01T00:00:00Z"
MANY: Final = 200
PAGE_BYTES: Final = 1024 * 1024


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "control.sock"


async def pages(request: Request[Any], caller: Caller) -> replies.Reply:
    """Answers everything that changes something with a megabyte."""
    return replies.Done("x" * PAGE_BYTES) if isinstance(request, requests.Trigger) else await answer(request, caller)


@asynccontextmanager
async def somebody_else(path: Path) -> AsyncIterator[ControlClient]:
    """A client that must be served at the end as it was at the beginning."""
    client = await ControlClient.connect(path, "somebody else")
    await client.call(requests.Status())
    yield client
    await client.call(requests.Status())
    await client.close()


def connected(path: Path) -> socket.socket:
    """A socket that its program never touches again."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(5)
    connection.connect(str(path))
    return connection


def session_of(server: ControlServer, client: str) -> sessions.Session:
    (found,) = [one for one in server._sessions if one.caller is not None and one.caller.client == client]
    return found


def hello(client: str) -> bytes:
    return encode_request(1, requests.Hello(client))


async def test_who_asks_for_ever_and_reads_nothing_is_not_served_on(path: Path) -> None:
    async with serving(path, pages) as server, somebody_else(path) as other:
        connection = connected(path)
        connection.sendall(hello("deaf"))
        await wait_until(lambda: any(one.caller and one.caller.client == "deaf" for one in server._sessions))
        deaf = session_of(server, "deaf")
        connection.settimeout(0)
        question = b"".join(encode_request(number, requests.Trigger("A")) for number in range(2, 500))

        def asks_on() -> bool:
            try:
                connection.send(question)
            except BlockingIOError:
                return False
            return True

        while asks_on():
            await other.call(requests.Status())
        await wait_until(lambda: deaf.held_bytes > PAGE_BYTES)
        for _ in range(50):
            await other.call(requests.Status())
        assert deaf.held_bytes <= (sessions.MOST_CALLS + 1) * (PAGE_BYTES + 1000) + 256 * 1024 + len(question)
        connection.close()
        await wait_until(lambda: deaf not in server._sessions)


async def test_of_those_who_read_nothing_the_greediest_is_cut_off(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(control_server, "MOST_HELD_BYTES", 6 * PAGE_BYTES)
    async with serving(path, pages) as server, somebody_else(path):
        modest, greedy = connected(path), connected(path)
        for name, connection, calls in (("modest", modest, 3), ("greedy", greedy, 5)):
            asked = [encode_request(number, requests.Trigger("A")) for number in range(2, 2 + calls)]
            connection.sendall(hello(name) + b"".join(asked))
        with caplog.at_level(logging.WARNING):
            await wait_until(lambda: len(server._sessions) == 2)
        assert {one.caller.client for one in server._sessions if one.caller} == {"somebody else", "modest"}
        for connection in (modest, greedy):
            connection.close()
    warned = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.action for record in warned] == ["client_cut_off"]  # type: ignore[attr-defined]


async def test_a_line_of_which_a_byte_comes_now_and_then_holds_nobody_up(path: Path) -> None:
    async with serving(path) as server, somebody_else(path) as other:
        reader, writer = await raw(path)
        for byte in hello("slow"):
            writer.write(bytes([byte]))
            await writer.drain()
            await other.call(requests.Status())
        assert (await line_of(reader))["id"] == 1
        assert session_of(server, "slow").held_bytes == 0
        writer.close()


async def test_a_byte_a_second_does_not_put_off_the_limit_of_the_hello(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(path) as server, somebody_else(path):
        monkeypatch.setattr(sessions, "HELLO_SECONDS", 0.3)
        reader, writer = await raw(path)

        async def drip() -> None:
            while not writer.is_closing():
                writer.write(b" ")
                await asyncio.sleep(0.05)

        async with asyncio.TaskGroup() as tasks:
            dripping = tasks.create_task(drip())
            assert "no hello came" in (await line_of(reader))["error"]["message"]
            await wait_until(lambda: len(server._sessions) == 1)
            writer.close()
            await asyncio.wait({dripping})


async def test_who_does_not_read_why_it_is_refused_is_hung_up_on(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "HANG_UP_SECONDS", 0.1)
    async with serving(path, pages) as server, somebody_else(path):
        connection = connected(path)
        asked = [encode_request(number, requests.Trigger("A")) for number in range(2, 6)]
        connection.sendall(hello("deaf") + b"".join(asked))
        await wait_until(lambda: any(one.held_bytes > PAGE_BYTES for one in server._sessions))
        connection.settimeout(0)
        sent = 0
        while sent < MAX_LINE_BYTES + 1 and len(server._sessions) == 2:  # a line without end: that is refused
            try:
                sent += connection.send(b"x" * 65_536)
            except (BlockingIOError, BrokenPipeError):
                await asyncio.sleep(0.01)
        await wait_until(lambda: len(server._sessions) == 1)
        connection.close()


async def test_when_all_places_are_taken_by_silent_ones_they_are_free_again_soon(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_server, "MOST_CLIENTS", 20)
    async with serving(path) as server, somebody_else(path) as other:
        monkeypatch.setattr(sessions, "HELLO_SECONDS", 2.0)
        silent = [connected(path) for _ in range(19)]
        await wait_until(lambda: len(server._sessions) == 20)
        monkeypatch.setattr(sessions, "HELLO_SECONDS", 10.0)
        with pytest.raises(WorldError, match="clients already; close some"):
            await ControlClient.connect(path, "one too many")
        await other.call(requests.Status())
        await wait_until(lambda: len(server._sessions) == 1)
        newcomer = await ControlClient.connect(path, "newcomer")
        await newcomer.close()
        for connection in silent:
            connection.close()


async def test_many_clients_hear_of_everything_while_verbs_are_answered(path: Path) -> None:
    async with serving(path) as server, somebody_else(path) as other:
        crowd = [await ControlClient.connect(path, f"console {number}") for number in range(MANY)]
        for client in crowd:
            await client.call(requests.Subscribe())
        for number in range(20):
            server.broadcast([Alert(str(number), "x" * 1_000) for _ in range(50)], NOW)
            await other.call(requests.Trigger("A"))
        for client in crowd:
            heard = [await next_of(client) for _ in range(20)]
            assert [batch.seq for batch in heard] == list(range(1, 21))
            await client.close()


async def test_a_client_that_is_gone_without_a_word_leaves_nothing(path: Path) -> None:
    async with serving(path) as server, somebody_else(path):
        crowd = [connected(path) for _ in range(20)]
        for number, connection in enumerate(crowd):
            connection.sendall(hello(f"dead {number}") + encode_request(2, requests.Subscribe()))
        await wait_until(lambda: len(server._subscriptions._listeners) == 20)
        for connection in crowd:
            connection.close()
        server.broadcast([Alert("1", "x")], NOW)
        await wait_until(lambda: len(server._sessions) == 1)
        assert not server._subscriptions._listeners
