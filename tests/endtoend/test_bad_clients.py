"""A daemon at work among two hundred clients that harm it: jobs get done, operators are answered, memory stays."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from synergy.core.control import requests as q
from synergy.core.control.framing import encode_request
from tests.endtoend.deployment import Deployment
from tests.endtoend.projects import write_project
from tests.waiting import poll

pytestmark = [pytest.mark.real, pytest.mark.embedded(reason="it is about the control socket")]

DEFINITIONS = """
process_context = [
    ManagedProcess(process_name="Hourly", time_qualifier="hourly", command=["true"], concurrency=4, is_on=False),
]
timetable_context = [Tree(tree_name="Main", enclosed_processes=["Hourly"])]
"""
JOBS = 48
SILENT, DEAF, DRIPPING = 60, 80, 60
GROWTH_MB = 150
"""What one client may cost is far less; two hundred that asked for megabytes each would be over it."""


def hello(client: str) -> bytes:
    return encode_request(1, q.Hello(client))


@contextmanager
def connected(path: Path, count: int) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        made = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(count)]
        for one in made:
            one.settimeout(30)
            one.connect(str(path))
            one.settimeout(0)
        yield made


def send(connection: socket.socket, data: bytes) -> None:
    """As much as it takes: whoever reads nothing is not read from for long either."""
    try:
        connection.send(data)
    except (BlockingIOError, BrokenPipeError, ConnectionResetError):
        return


def rss_mb(pid: int | None) -> int:
    assert pid is not None
    return int(psutil.Process(pid).memory_info().rss) // 1024 // 1024


def test_a_daemon_among_clients_that_harm_it_works_on(deployment: Deployment) -> None:
    write_project(deployment.folder, DEFINITIONS, end_timeperiod="2013010300")
    deployment.start()
    path = deployment.paths.control_socket
    before = rss_mb(deployment.daemon_pid)
    questions = b"".join(
        encode_request(number, request)
        for number in range(2, 400, 2)
        for request in (q.ListJobs("Hourly", limit=1000), q.Subscribe())
    )
    with connected(path, SILENT), connected(path, DEAF) as deaf, connected(path, DRIPPING) as dripping:
        for number, one in enumerate(deaf):
            send(one, hello(f"deaf {number}") + questions)
        for one in dripping:
            send(one, hello("dripping")[:-1])
        deployment.ctl("activate", "Hourly")

        def all_done() -> bool:
            for one in dripping:
                send(one, b" ")
            for one in deaf:
                send(one, questions)
            status = deployment.ctl_json("status")
            return bool(status["jobs"]["state_processed"] == JOBS)

        poll(all_done, 120, "all jobs are done")
        grown = rss_mb(deployment.daemon_pid) - before
    assert grown < GROWTH_MB
    assert deployment.ctl_json("status")["problems"] == []
