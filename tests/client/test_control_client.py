"""The control client against a real server, and against everything that is none."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from synergy.client import Command, ControlClient
from synergy.core.control import requests
from synergy.core.control.events import Alert
from synergy.core.errors import DaemonUnreachable, NotFound, PeerError, RequestTimedOut, WorldError
from tests.serving import STATUS, Gate, serving

NOW = "2013-01-01T00:00:00Z"
HELLO = (
    b'{"jsonrpc":"2.0","id":1,"result":{"version":"9","protocol":%d,"daemon_id":"d","user":"u","may_change":true}}\n'
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "control.sock"


def hide(path: Path) -> Path:
    """Keep a server from removing its socket's file."""
    return path.rename(path.with_suffix(".kept"))


@asynccontextmanager
async def scripted(path: Path, *lines: bytes, close: bool = False) -> AsyncIterator[None]:
    """A server that sends its lines one after each line it gets."""
    writers: list[asyncio.StreamWriter] = []

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        for line in lines:
            await reader.readline()
            writer.write(line)
        if close:
            writer.close()

    server = await asyncio.start_unix_server(play, str(path))
    try:
        yield
    finally:
        server.close()
        for writer in writers:
            writer.close()


async def test_a_reply_is_of_the_type_that_the_request_promises(path: Path) -> None:
    async with serving(path):
        client = await ControlClient.connect(path, "test")
        assert client.hello.daemon_id == "d"
        assert await client.call(requests.Status()) == STATUS
        assert (await client.call(requests.Trigger("A"))).message.startswith("triggered by")
        await client.close()


async def test_many_calls_at_once_get_their_own_answers(path: Path) -> None:
    async with serving(path):
        client = await ControlClient.connect(path, "test")
        asked: list[requests.Request[object]] = [
            requests.Trigger("A") if n % 2 else requests.Show("A@1") for n in range(40)
        ]
        calls = [client.call(request) for request in asked]
        answers = await asyncio.gather(*calls, return_exceptions=True)
        assert [isinstance(answer, NotFound) for answer in answers] == [n % 2 == 0 for n in range(40)]
        await client.close()


@pytest.mark.parametrize("folder", [".synergy", "elsewhere"])
async def test_a_missing_daemon_is_told_with_path_and_remedy(tmp_path: Path, folder: str) -> None:
    path = tmp_path / folder / "control.sock"
    with pytest.raises(DaemonUnreachable) as caught:
        await ControlClient.connect(path, "test")
    assert caught.value.message == f"no daemon answers on {path}: no such file or directory"
    project = tmp_path if folder == ".synergy" else "FOLDER"
    assert caught.value.remedy == f"start it with: synergyd start -C {project}"


async def test_a_dead_daemons_socket_is_told_too(path: Path) -> None:
    async with serving(path) as server:
        kept = hide(path)
        assert server.seq == 0
    kept.rename(path)
    with pytest.raises(DaemonUnreachable, match="connection refused"):
        await ControlClient.connect(path, "test")


async def test_a_daemon_that_does_not_say_hello_is_given_up(path: Path) -> None:
    async with scripted(path):
        with pytest.raises(DaemonUnreachable, match=r"does not say hello within 0\.05 s") as caught:
            await ControlClient.connect(path, "test", timeout=0.05)
        assert caught.value.remedy == "look at the daemon's log"

        log = path.parent / "logs" / "daemon.log"
        log.parent.mkdir()
        log.touch()
        with pytest.raises(DaemonUnreachable) as caught:
            await ControlClient.connect(path, "test", timeout=0.05)
        assert caught.value.remedy == f"look at the daemon's log, {log}"


async def test_a_call_has_a_limit_and_the_connection_outlives_it(path: Path) -> None:
    gate = Gate()
    async with serving(path, gate):
        client = await ControlClient.connect(path, "test")
        with pytest.raises(RequestTimedOut, match=r"status was not answered within 0\.05 s"):
            await client.call(requests.Status(), timeout=0.05)
        gate.opened.set()
        assert await client.call(requests.Status()) == STATUS
        await client.close()


async def test_a_daemon_of_another_protocol_is_refused(path: Path) -> None:
    async with scripted(path, HELLO % 2):
        with pytest.raises(PeerError, match="daemon 9 speaks protocol 2, we speak 1"):
            await ControlClient.connect(path, "test")


async def test_what_is_no_daemon_is_a_protocol_error(path: Path) -> None:
    async with scripted(path, b"220 mail.example.com ESMTP\n"):
        with pytest.raises(PeerError, match="unreadable line"):
            await ControlClient.connect(path, "test")


async def test_a_reply_of_the_wrong_shape_is_a_protocol_error_of_that_call(path: Path) -> None:
    async with scripted(path, HELLO % 1, b'{"jsonrpc":"2.0","id":2,"result":{}}\n'):
        client = await ControlClient.connect(path, "test")
        with pytest.raises(PeerError, match="reply to status is unreadable"):
            await client.call(requests.Status())
        await client.close()


async def test_an_answer_nobody_asked_for_is_ignored(path: Path) -> None:
    late = b'{"jsonrpc":"2.0","id":99,"result":{}}\n'
    async with scripted(path, HELLO % 1, late + b'{"jsonrpc":"2.0","id":2,"result":{"message":"done"}}\n'):
        client = await ControlClient.connect(path, "test")
        assert (await client.call(requests.Trigger("A"))).message == "done"
        await client.close()


async def test_a_lost_connection_ends_calls_and_events_with_the_reason(path: Path) -> None:
    async with scripted(path, HELLO % 1, b"", close=True):
        client = await ControlClient.connect(path, "test")
        with pytest.raises(DaemonUnreachable, match="closed the connection"):
            await client.call(requests.Status())
        assert isinstance(await client.lost(), DaemonUnreachable)
        with pytest.raises(DaemonUnreachable):
            await anext(client.events())
        with pytest.raises(DaemonUnreachable):
            await client.call(requests.Status())
        await client.close()


async def test_closing_ends_calls_that_wait_and_events_quietly(path: Path) -> None:
    gate = Gate()
    async with serving(path, gate):
        client = await ControlClient.connect(path, "test")
        asking = asyncio.ensure_future(client.call(requests.Status()))
        reading = asyncio.ensure_future(anext(client.events()))
        await gate.entered.wait()
        await client.close()
        await client.close()
        with pytest.raises(DaemonUnreachable, match="is closed"):
            await asking
        with pytest.raises(StopAsyncIteration):
            await reading
        gate.opened.set()


async def test_events_wait_until_they_are_read(path: Path) -> None:
    async with serving(path) as server:
        client = await ControlClient.connect(path, "test")
        await client.call(requests.Subscribe())
        server.broadcast([Alert("a", "x")], NOW)
        await client.call(requests.Status())
        waiting = asyncio.ensure_future(anext(client.events()))
        assert (await waiting).events == (Alert("a", "x"),)
        await client.close()


async def test_a_pair_of_streams_serves_as_well_as_a_socket(path: Path) -> None:
    async with serving(path):
        client = await ControlClient.connect(await asyncio.open_unix_connection(str(path)), "test")
        assert await client.call(requests.Status()) == STATUS
        await client.close()


PROXY = """
import os, socket, sys, threading
link = socket.socket(socket.AF_UNIX)
link.connect(sys.argv[1])
def back():
    while data := link.recv(65536):
        os.write(1, data)
threading.Thread(target=back, daemon=True).start()
while data := os.read(0, 65536):
    link.sendall(data)
"""


async def test_a_command_leads_to_a_daemon_elsewhere_and_ends_with_the_connection(path: Path) -> None:
    async with serving(path):
        client = await ControlClient.connect_command(Command((sys.executable, "-c", PROXY, str(path))), "test")
        assert await client.call(requests.Status()) == STATUS
        process = client._channel._process
        assert process is not None
        await client.close()
        assert process.returncode is not None


async def test_what_a_command_complains_of_is_told() -> None:
    script = "import sys; sys.stderr.write('warning\\nPermission denied (publickey).\\n'); sys.exit(255)"
    with pytest.raises(DaemonUnreachable, match=r"closed the connection: Permission denied \(publickey\)"):
        await ControlClient.connect_command(Command((sys.executable, "-c", script)), "test")


async def test_a_commands_end_is_explained_by_its_code_and_complaint() -> None:
    script = "import sys; sys.stderr.write('first\\nlast\\n'); sys.exit(7)"
    command = Command((sys.executable, "-c", script), "box-1", lambda code, text: NotFound(f"{code} {text!r}"))
    with pytest.raises(NotFound, match=r"7 'first\\nlast'"):
        await ControlClient.connect_command(command, "test")


@pytest.mark.parametrize("argv", [("/no/such/program",), (), ("a\0b",)])
async def test_a_command_that_cannot_run_is_told(argv: tuple[str, ...]) -> None:
    with pytest.raises(DaemonUnreachable, match="cannot run"):
        await ControlClient.connect_command(Command(argv), "test")


async def test_a_command_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synergy.client.channel.END_SECONDS", 0.05)
    sleeper = Command((sys.executable, "-c", "import time; time.sleep(600)"))
    with pytest.raises(DaemonUnreachable, match="does not say hello"):
        await ControlClient.connect_command(sleeper, "test", timeout=0.2)


async def test_a_cancelled_wait_for_events_loses_none(path: Path) -> None:
    async with serving(path) as server:
        client = await ControlClient.connect(path, "test")
        await client.call(requests.Subscribe())
        waiting = asyncio.ensure_future(anext(client.events()))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})
        server.broadcast([Alert("a", "x")], NOW)
        assert (await anext(client.events())).seq == 1
        await client.close()


async def test_an_error_about_the_connection_is_the_reason_of_its_end(path: Path) -> None:
    full = (
        b'{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"x","data":{"code":"world","message":"full"}}}\n'
    )
    async with scripted(path, HELLO % 1, full):
        client = await ControlClient.connect(path, "test")
        with pytest.raises(WorldError, match="full"):
            await client.call(requests.Status())
        assert (await client.lost()).message == "full"
        await client.close()
