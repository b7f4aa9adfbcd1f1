"""Serves the deployment of the console's tests, to be looked at: ``python -m tests.tui.serve_fake SOCKET --live``."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from pathlib import Path

from tests.tui.fake_daemon import FakeDeployment, fake_daemon
from tests.waiting import within


async def _serve(path: Path, *, live: bool) -> None:
    deployment = FakeDeployment()
    uow_id = deployment.key("FlightsHourly", -4) + ".1"
    deployment.write(
        uow_id, (f"INFO flights.jobs: batch {number} of 4,000 read, 842 rows kept" for number in range(4000))
    )
    async with fake_daemon(path, deployment):
        ticks = asyncio.Event()
        number = 0
        while True:
            with contextlib.suppress(TimeoutError):
                await within(0.05 if live else 3600, ticks.wait())
            number += 1
            deployment.put("WeatherHourly", -200 + number % 190, "13"[number // 190 % 2])
            deployment.write(uow_id, [f"INFO flights.jobs: tick {number}"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="a deployment to look at")
    parser.add_argument("socket", type=Path)
    parser.add_argument("--live", action="store_true")
    options = parser.parse_args()
    asyncio.run(_serve(options.socket, live=options.live))
