"""A daemon process: the stream of page views, each when its schedule time has come, or at once when that is past.

Where it goes on after a restart is in the file ``emitted``: the first hour that is not wholly sent. Its events are sent
again then, under their old ids.
"""

import argparse
import signal
import sys
import threading
from pathlib import Path

from sessions import stream
from sessions.channel import Sender, open_sender
from sessions.project import ScheduleTime, places, schedule_time

MARK = Path("emitted")
LOOK_SECONDS = 0.2


def main() -> int:
    """Emit until TERM or INT; or one late event, and end."""
    parser = argparse.ArgumentParser(description="Emit a made-up stream of page views.")
    parser.add_argument("--visits", type=int, default=60, help="about how many visits begin in an hour (default: 60)")
    parser.add_argument("--seed", type=int, default=2013, help="the same seed gives the same events (default: 2013)")
    parser.add_argument("--quiet", nargs="*", default=["04"], metavar="HH", help="hours without a visit (default: 04)")
    parser.add_argument("--start", metavar="YYYYMMDDHH", help="the first hour (default: the present one)")
    parser.add_argument("--late", metavar="YYYYMMDDHH", help="emit one more event of this hour, and end")
    options = parser.parse_args()
    stopped = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stopped.set())
    sender = open_sender(places(), stopped)
    try:
        if options.late is not None:
            sender.send(stream.late_event(options.late))
        else:
            _emit(sender, options, schedule_time(), stopped)
    finally:
        sender.close()
    return 0


def _emit(sender: Sender, options: argparse.Namespace, clock: ScheduleTime, stopped: threading.Event) -> None:
    first = options.start or stream.timeperiod_of(clock.now())
    timeperiod = MARK.read_text() if MARK.exists() else first
    while not stopped.is_set():
        is_quiet = timeperiod[-2:] in options.quiet
        events = [] if is_quiet else stream.hour_events(timeperiod, visits=options.visits, seed=options.seed)
        end = stream.start_of(timeperiod) + stream.HOUR_SECONDS
        for event in events:
            _await(event.at, sender, clock, stopped)
            if stopped.is_set():
                return
            sender.send(event)
        _await(end, sender, clock, stopped)
        if stopped.is_set():
            return
        print(f"{timeperiod}: {len(events)} events", flush=True)
        timeperiod = stream.timeperiod_of(end)
        MARK.write_text(timeperiod)


def _await(at: float, sender: Sender, clock: ScheduleTime, stopped: threading.Event) -> None:
    while not stopped.is_set() and (left := at - clock.now()) > 0:
        sender.wait(min(left / clock.speed, LOOK_SECONDS))


if __name__ == "__main__":
    sys.exit(main())
