"""Events through files: ``stream/DAY.jsonl``, an event a line.

The receiver reads on from where it was, and from the beginning of the oldest file when it starts: events that come
twice are stored once. Only the newest file is written to, and one that was read and is followed by two is removed.
"""

import threading
from pathlib import Path

from sessions.channel import Fold, read_event
from sessions.stream import Event

FOLDER = Path("stream")
LOOK_SECONDS = 0.1


class FileSender:
    """See Sender."""

    def __init__(self, stopped: threading.Event) -> None:
        """Make the folder."""
        self._stopped = stopped
        FOLDER.mkdir(exist_ok=True)

    def send(self, event: Event) -> None:
        """See Sender. A line that was cut short by a crash is ended first, so that it spoils no other."""
        path = max([FOLDER / f"{event.timeperiod[:8]}.jsonl", *FOLDER.glob("*.jsonl")])
        with path.open("ab+") as file:
            if file.tell() and not _ends_a_line(path):
                file.write(b"\n")
            file.write(event.to_json() + b"\n")

    def wait(self, seconds: float) -> None:
        """See Sender."""
        self._stopped.wait(seconds)

    def close(self) -> None:
        """See Sender. Nothing is kept open."""


class FileReceiver:
    """See Receiver."""

    def __init__(self, stopped: threading.Event) -> None:
        """Begin at the oldest file."""
        self._stopped = stopped
        self._read: dict[Path, int] = {}

    def receive(self, fold: Fold) -> None:
        """See Receiver."""
        while not self._stopped.is_set():
            self.receive_waiting(fold)
            self._stopped.wait(LOOK_SECONDS)

    def receive_waiting(self, fold: Fold) -> None:
        """Hand over what is there now."""
        files = sorted(FOLDER.glob("*.jsonl"))
        for path in files:
            lines = self._new_lines(path)
            if lines:
                fold([event for event in map(read_event, lines) if event is not None])
                self._read[path] = self._read.get(path, 0) + sum(len(line) + 1 for line in lines)
            elif path not in files[-2:]:
                path.unlink()
                self._read.pop(path, None)

    def _new_lines(self, path: Path) -> list[bytes]:
        with path.open("rb") as file:
            file.seek(self._read.get(path, 0))
            return file.read().split(b"\n")[:-1]


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) == b"\n"
