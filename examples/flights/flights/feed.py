"""A daemon process: a made-up stream of departures, one JSON object a line, until it is told to stop.

The last events are also kept in ``feed.jsonl``, which starts anew when it has grown to half a megabyte.
"""

import argparse
import json
import random
import signal
import sys
import threading
from itertools import count
from pathlib import Path

LARGEST_BYTES = 512 * 1024
ORIGINS = ("EWR", "JFK", "LGA")
CARRIERS = ("AA", "B6", "DL", "EV", "UA")


def event(number: int, chance: random.Random) -> dict[str, str | int]:
    """One departure; the same number and chance give the same event."""
    return {
        "number": number,
        "carrier": chance.choice(CARRIERS),
        "origin": chance.choice(ORIGINS),
        "departure_delay": round(chance.gammavariate(0.6, 25)) - 6,
    }


def keep(path: Path, line: str) -> None:
    """Append the line; a file that has grown too large makes room, and stays as ``feed.1.jsonl``."""
    if path.exists() and path.stat().st_size > LARGEST_BYTES:
        path.replace(path.with_name("feed.1.jsonl"))
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def main() -> int:
    """Emit events until TERM, INT, or the number asked for."""
    parser = argparse.ArgumentParser(description="Emit a made-up stream of departures.")
    parser.add_argument("--interval", type=float, default=1.0, metavar="SECONDS")
    parser.add_argument("--events", type=int, default=None, help="stop after so many (default: never)")
    options = parser.parse_args()
    stopped = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stopped.set())
    chance = random.Random(2013)  # noqa: S311 - a made-up stream needs no secrets
    for number in count(1):
        line = json.dumps(event(number, chance))
        print(line, flush=True)
        keep(Path.cwd() / "feed.jsonl", line)
        if number == options.events or stopped.wait(options.interval):
            break
    return 0


if __name__ == "__main__":
    sys.exit(main())
