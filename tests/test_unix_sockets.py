"""Unix sockets: long paths, leftovers of the dead, and no connection forgotten."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from synergy import unix_sockets
from synergy.core.errors import AlreadyRunning, InvalidArgument, NotPermitted, SynergyError, WorldError
from synergy.unix_listener import Listener, bind
from tests.waiting import wait_until


class Echo(asyncio.Protocol):
    """Sends back what it gets."""

    made = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        type(self).made += 1
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)
        self.transport.close()


def is_there(path: Path) -> bool:
    return path.exists()


def long_path(folder: Path) -> Path:
    deep = folder / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    return deep / "control.sock"


async def echoed(path: Path) -> bytes:
    reader, writer = await asyncio.open_unix_connection(sock=await unix_sockets.connect(path, 5.0))
    writer.write(b"hello")
    found = await reader.read()
    writer.close()
    await writer.wait_closed()
    return found


def leave_behind(path: Path) -> None:
    """The socket of a program that died without removing it."""
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(path))
    dead.close()


async def test_a_path_of_any_length_can_be_served_and_reached(tmp_path: Path) -> None:
    path = long_path(tmp_path)
    listener = Listener(path, Echo, mode=0o600)
    assert await echoed(path) == b"hello"
    await listener.close()
    assert not is_there(path)


async def test_a_file_name_of_more_than_a_hundred_bytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 120)
    with pytest.raises(InvalidArgument, match="too long"):
        bind(path, 0o600)
    with pytest.raises(InvalidArgument, match="too long"):
        await unix_sockets.connect(path, 1.0)


async def test_the_socket_of_a_dead_program_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "s"
    leave_behind(path)
    listener = Listener(path, Echo, mode=0o600)
    assert await echoed(path) == b"hello"
    await listener.close()


async def test_nobody_can_connect_before_the_rights_are_set(tmp_path: Path) -> None:
    """Between the socket's bind and its listen its rights are set; a connect is refused until then."""
    path = tmp_path / "s"
    before = os.umask(0)
    try:
        bound = bind(path, 0o600)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_unix_connection(str(path))
    bound.listen()
    _, writer = await asyncio.open_unix_connection(str(path))
    writer.close()
    bound.close()


async def test_the_socket_of_a_living_program_is_not(tmp_path: Path) -> None:
    path = tmp_path / "s"
    listener = Listener(path, Echo, mode=0o600)
    with pytest.raises(AlreadyRunning, match="served by a living program"):
        bind(path, 0o600)
    assert await echoed(path) == b"hello"
    await listener.close()


def in_the_way(path: Path) -> None:
    path.write_text("mine")


def below_a_file(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_text("a file")


def nowhere(path: Path) -> None:
    path.parent.rmdir()


@pytest.mark.parametrize("spoil", [in_the_way, below_a_file, nowhere])
def test_what_cannot_be_bound_is_told_and_left_alone(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    spoil(folder / "s")
    with pytest.raises(WorldError, match=str(folder / "s")):
        bind(folder / "s", 0o600)
    if spoil is in_the_way:
        assert (folder / "s").read_text() == "mine"


def test_a_folder_that_is_not_ours_is_told() -> None:
    with pytest.raises(SynergyError) as caught:
        bind(Path("/proc/self/s"), 0o600)
    assert isinstance(caught.value, NotPermitted | WorldError)


async def test_a_file_that_took_the_sockets_place_is_not_removed(tmp_path: Path) -> None:
    path = tmp_path / "s"
    listener = Listener(path, Echo, mode=0o600)
    replace_by_file(path)
    await listener.close()
    await listener.close()
    assert is_there(path)


def replace_by_file(path: Path) -> None:
    path.unlink()
    path.write_text("another")


async def test_no_connection_is_forgotten_when_the_listener_closes(tmp_path: Path) -> None:
    path = tmp_path / "s"
    listener = Listener(path, Echo, mode=0o600)
    connections = [await unix_sockets.connect(path, 5.0) for _ in range(20)]
    before = Echo.made
    await asyncio.sleep(0)
    await listener.close()
    for connection in connections:
        reader, writer = await asyncio.open_unix_connection(sock=connection)
        writer.write(b"x")
        async with asyncio.timeout(5):
            try:
                assert await reader.read() in {b"", b"x"}
            except ConnectionError:
                assert Echo.made - before < len(connections)
        writer.close()


async def test_a_full_listener_is_waited_for_with_a_limit(tmp_path: Path) -> None:
    path = tmp_path / "s"
    full = bind(path, 0o600)
    full.listen(0)
    held = [await unix_sockets.connect(path, 5.0)]
    with pytest.raises(TimeoutError):
        await unix_sockets.connect(path, 0.05)
    late = asyncio.ensure_future(unix_sockets.connect(path, 5.0))
    await asyncio.sleep(0)
    accepted = [full.accept()[0]]
    held.append(await late)
    await wait_until(lambda: held[1].getpeername() == str(path))
    for connection in (full, *held, *accepted):
        connection.close()


def test_the_kernel_knows_who_is_at_the_other_end() -> None:
    near, far = socket.socketpair(socket.AF_UNIX)
    assert unix_sockets.peer_of(near) == unix_sockets.Peer(os.getpid(), os.getuid(), os.getgid())
    near.close()
    far.close()
