"""Twenty seconds of faults on either backend; ``scripts/chaos`` goes on for as long as it is told to."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

from tests.campaign.chaos.plan import BACKENDS
from tests.campaign.chaos.program import run
from tests.waiting import poll

pytestmark = pytest.mark.real


@pytest.mark.parametrize("backend", BACKENDS)
def test_nothing_is_lost_or_done_twice_or_stuck(backend: str, capsys: pytest.CaptureFixture[str]) -> None:
    exit_code = run(backend, seconds=20.0, seed=11)
    told = capsys.readouterr().out
    assert exit_code == 0, told
    assert told.splitlines()[-1].endswith(", lost 0, double 0, stuck 0"), told


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_stops_all_that_it_has_started(number: signal.Signals) -> None:
    folder = Path(tempfile.mkdtemp(prefix="syn-"))  # short enough for sockets in folders of it
    command = [sys.executable, "-m", "tests.campaign.chaos.program", "--seconds", "60", "--seed", "1"]
    environment = {
        **os.environ,
        "TMPDIR": str(folder),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True
    ) as program:
        assert program.stdout is not None
        told = [program.stdout.readline() for _ in range(3)]
        poll(lambda: started_from(folder), 30.0, "something of it runs")  # a fault may have stopped it a moment ago
        program.send_signal(number)
        told += program.stdout.readlines()
        assert program.wait() == 128 + number, told
    assert started_from(folder) == []
    assert str(folder) not in Path("/proc/mounts").read_text()
    assert [path.name for path in folder.iterdir()] == []
    shutil.rmtree(folder)


def started_from(folder: Path) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = path.read_bytes().replace(b"\0", b" ").decode()
            found += [words] if str(folder) in words else []
    return found
