"""What the project's own synergy.toml says, and what time it is there: both as any program can find them out."""

import json
import subprocess
import time
import tomllib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

ASK_SECONDS = 30


class Places(NamedTuple):
    """``data``: the URL of the sessions; ``broker``: RabbitMQ's, None when the broker is the embedded one."""

    data: str
    broker: str | None
    password: str | None


class ScheduleTime(NamedTuple):
    """``now`` is the daemon's schedule time in seconds since the epoch, which runs ``speed`` times as fast as ours."""

    now: Callable[[], float]
    speed: float


def places() -> Places:
    """Read them: daemon processes and jobs run in the project's folder."""
    settings = tomllib.loads(Path("synergy.toml").read_text(encoding="utf-8"))
    synergy, mq = settings["synergy"], settings.get("mq", {})
    broker = str(synergy.get("broker", "embedded:"))
    file = mq.get("password_file")
    password = Path(file).read_text(encoding="utf-8").splitlines()[0] if file else None
    return Places(synergy["data_source"], broker if broker.startswith("amqp") else None, password)


def schedule_time() -> ScheduleTime:
    """Ask the daemon for its clock.

    Raises:
        OSError: it does not answer; the supervisor starts this program again.
    """
    done = subprocess.run(
        ["synergyctl", "status", "-o", "json"], capture_output=True, text=True, check=False, timeout=ASK_SECONDS
    )
    if done.returncode:
        raise OSError(f"the daemon does not tell its time: {done.stderr.strip()}")
    clock = json.loads(done.stdout)["clock"]
    told, asked = datetime.fromisoformat(clock["schedule_time"]).timestamp(), time.monotonic()
    speed = float(clock["speed"])
    return ScheduleTime(lambda: told + (time.monotonic() - asked) * speed, speed)
