from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from synergy.core.errors import AlreadyRunning, InvalidDefinition, RequestTimedOut, WorldError
from synergy.readiness import Readiness, await_ready


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    os.close(reader)


def _wait(reader: int, seconds: float = 5.0) -> None:
    await_ready(reader, "the daemon", seconds, "daemon.out")


def test_ready_ends_the_wait(pipe: tuple[int, int]) -> None:
    told = Readiness(pipe[1])
    told.ready()
    told.ready()

    _wait(pipe[0])


def test_a_failure_arrives_as_it_was_raised(pipe: tuple[int, int]) -> None:
    Readiness(pipe[1]).failed(AlreadyRunning("pid file is held by process 7", remedy="stop it"))

    with pytest.raises(AlreadyRunning, match="pid file is held by process 7; stop it"):
        _wait(pipe[0])


def test_problems_of_definitions_arrive_too(pipe: tuple[int, int]) -> None:
    Readiness(pipe[1]).failed(InvalidDefinition("wrong", problems=("a", "b")))

    with pytest.raises(InvalidDefinition) as caught:
        _wait(pipe[0])
    assert caught.value.problems == ("a", "b")


def test_an_end_without_a_word_is_a_failure(pipe: tuple[int, int]) -> None:
    os.close(pipe[1])

    with pytest.raises(WorldError, match=r"the daemon ended while it started; see daemon\.out"):
        _wait(pipe[0])


def test_silence_has_a_limit(pipe: tuple[int, int]) -> None:
    with pytest.raises(RequestTimedOut, match=r"not ready within 0\.05 s"):
        _wait(pipe[0], 0.05)
    os.close(pipe[1])


def test_nonsense_is_a_failure(pipe: tuple[int, int]) -> None:
    os.write(pipe[1], b"hello\n")
    os.close(pipe[1])

    with pytest.raises(WorldError, match="instead of being ready"):
        _wait(pipe[0])


def test_a_starter_that_went_away_does_not_hurt() -> None:
    reader, writer = os.pipe()
    os.close(reader)

    Readiness(writer).ready()


def test_a_service_manager_is_told(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(5)
        told = Readiness(notify_socket=str(tmp_path / "notify"))
        told.ready()
        told.stopping()

        assert manager.recv(100) == b"READY=1"
        assert manager.recv(100) == b"STOPPING=1"


def test_an_abstract_socket_is_told_and_a_missing_one_forgiven() -> None:
    name = f"synergy-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0{name}")
        manager.settimeout(5)
        Readiness(notify_socket=f"@{name}").ready()

        assert manager.recv(100) == b"READY=1"
    Readiness(notify_socket=f"@{name}").ready()
