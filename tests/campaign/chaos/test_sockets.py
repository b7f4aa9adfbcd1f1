"""A connection of another process can be shut down from outside, and what merely listens stays."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.campaign.chaos.sockets import cut_one

pytestmark = pytest.mark.real

PROGRAM = """
import socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
pair = socket.socketpair()
print("listens", flush=True)
while True:
    client, _ = listener.accept()
    print("accepted", flush=True)
    print(f"read {client.recv(10)!r}", flush=True)
"""


def test_a_connection_is_cut_and_new_ones_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.sock"
    chance = random.Random(1)  # noqa: S311 - no secrets
    with subprocess.Popen([sys.executable, "-c", PROGRAM, path], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            assert server.stdout.readline() == "listens\n"
            assert cut_one(server.pid, chance) is None
            for _ in range(2):
                with socket.socket(socket.AF_UNIX) as client:
                    client.connect(str(path))
                    assert server.stdout.readline() == "accepted\n"
                    assert cut_one(server.pid, chance) == "a.sock"
                    assert server.stdout.readline() == "read b''\n"
                    assert client.recv(10) == b""
        finally:
            server.kill()


def test_of_a_process_that_is_gone_nothing_can_be_cut() -> None:
    done = subprocess.Popen(["true"])
    done.wait()
    with pytest.raises(ProcessLookupError):
        cut_one(done.pid, random.Random(1))  # noqa: S311 - no secrets
