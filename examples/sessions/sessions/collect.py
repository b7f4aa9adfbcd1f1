"""A daemon process: takes events as they come and folds them into sessions, until TERM or INT."""

import signal
import sys
import threading

from sessions.channel import open_receiver
from sessions.project import places
from sessions.store import open_store


def main() -> int:
    """Receive until told to stop; an event is let go of once it is stored."""
    stopped = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stopped.set())
    chosen = places()
    store = open_store(chosen.data)
    try:
        open_receiver(chosen, stopped).receive(store.fold)
    finally:
        store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
