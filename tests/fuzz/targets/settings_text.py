"""The text of synergy.toml: settings that can be worked with, or every mistake in words; nothing in between."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from synergy.clocks import open_clock
from synergy.core.errors import SynergyError
from synergy.daemon.views.shapes import iso
from synergy.loading import load_paths
from synergy.tui.arguments import control_socket
from tests.fuzz.target import Attempt, Target

SEEDS = (
    """[synergy]
context = "flights.context"
synergy_start_timeperiod = "2013010100"
synergy_end_timeperiod = "2013020100"
store = "mongodb://ada:secret@host1,host2/synergy?replicaSet=rs0"
broker = "amqps://user:secret@host:5672/vhost"
runtime_folder = ".synergy"
box_id = "box-1"
slots = 8
lease_seconds = 20
read_only_socket = true
console_title = "Größe"
[clock]
start = "2013-01-01T00:00:00Z"
speed = 3600
[gc]
run_interval = 60.5
on_give_up = "skip"
[mq]
prefetch = 64
queue_type = "quorum"
[pools]
database = 4
""",
    """[synergy]
context = "a"
synergy_start_timeperiod = "2013010100"
clock = 1
read_only_socket = "v.sock"
[clock]
start = 2013-01-01T00:00:00Z
""",
    """synergy = 5
[gc]
""",
)
WORDS = (
    b"= [", b"= {", b'"""', b"[[synergy]]", b"inf", b"nan", b"1e308", b"0x", b"9999-12-31T23:59:59Z", b"1979-05-27",
    b"[synergy.", b"speed = ", b"start = ", b"definitions_timeout_seconds = ", b"slots = ", b"lag_minutes = ", b"true",
    b"[pools]\n", b"_ = ", b'"\\uDFFF"', b"00:00:00", b"'''",
)  # fmt: skip


@contextmanager
def opened() -> Iterator[Attempt]:
    """A folder with that file."""
    with tempfile.TemporaryDirectory(prefix="fuzz") as name:
        folder = Path(name)
        (folder / ".synergy").mkdir()

        def load(text: bytes) -> None:
            (folder / "synergy.toml").write_bytes(text)
            try:
                settings = load_paths(folder).settings
            finally:
                control_socket(folder)
            if settings.clock is not None:
                (folder / ".synergy" / "anchor").unlink(missing_ok=True)
                clock = open_clock(settings.clock, folder / ".synergy" / "anchor")
                assert iso(clock.schedule_time())
            for seconds in (settings.lease_seconds, settings.definitions_timeout_seconds, settings.stop_grace_seconds):
                assert time.localtime(seconds)  # what no clock can hold, no time-out can

        yield load


def seeds() -> list[bytes]:
    """Two that are right, or nearly, and one that is not."""
    return [text.encode() for text in SEEDS]


TARGET = Target("settings_text", seeds, opened, (SynergyError,), WORDS)
