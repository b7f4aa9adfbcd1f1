"""What waits to be sent to one client: answers always, events only as long as it keeps up.

No client can hold the daemon up: nothing here waits. When the client reads too slowly, lines are kept up to a bound;
over it the events among them are dropped, and once the client reads again it gets one ``lagged`` that counts them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

MOST_FRAMES: Final = 1_000
MOST_BYTES: Final = 4 * 1024 * 1024
"""What may wait for one client on top of its transport's own buffer; the lines are shared by all subscribers."""


class Outbox:
    """An ordered queue in front of a transport.

    Args:
        write: sends a line; may call ``pause`` before it returns.
        lagged: the line that tells of so many dropped events.
    """

    def __init__(self, write: Callable[[bytes], None], lagged: Callable[[int], bytes]) -> None:
        self._write = write
        self._lagged = lagged
        self._waiting: deque[tuple[bytes, int]] = deque()
        self._bytes = 0
        self._dropped = 0
        self._paused = False
        self._holds = 0

    @property
    def is_blocked(self) -> bool:
        """True while lines are kept instead of sent."""
        return self._paused or self._holds > 0

    @property
    def held_bytes(self) -> int:
        """What waits here; events are shared with other clients."""
        return self._bytes

    def reply(self, line: bytes) -> None:
        """Send an answer, behind what waits already; it is never dropped."""
        self._put(line, 0)

    def events(self, line: bytes, count: int) -> None:
        """Send a notification of ``count`` events, or drop it when the client is too far behind."""
        if self._dropped:
            self._dropped += count
            return
        self._put(line, count)
        if len(self._waiting) > MOST_FRAMES or self._bytes > MOST_BYTES:
            self._drop_events()

    def pause(self) -> None:
        """The client does not read: keep what comes."""
        self._paused = True

    def resume(self) -> None:
        """The client reads again."""
        self._paused = False
        self._flush()

    def hold(self) -> None:
        """Keep events until ``release``: they belong behind an answer that is being made."""
        self._holds += 1

    def release(self, line: bytes, *, forget: bool = False) -> None:
        """Send that answer, then what was kept; ``forget``: there is no subscription, so its events are nobody's."""
        self._holds -= 1
        if forget:
            self._drop_events()
            self._dropped = 0
        self._waiting.appendleft((line, 0))
        self._bytes += len(line)
        self._flush()

    def _put(self, line: bytes, count: int) -> None:
        if not self.is_blocked and not self._waiting:
            self._write(line)
            return
        self._waiting.append((line, count))
        self._bytes += len(line)

    def _flush(self) -> None:
        while self._waiting and not self.is_blocked:
            line, _ = self._waiting.popleft()
            self._bytes -= len(line)
            self._write(line)
        if self._dropped and not self.is_blocked:
            dropped, self._dropped = self._dropped, 0
            self._write(self._lagged(dropped))

    def _drop_events(self) -> None:
        self._dropped += sum(count for _, count in self._waiting)
        self._waiting = deque((line, count) for line, count in self._waiting if not count)
        self._bytes = sum(len(line) for line, _ in self._waiting)
