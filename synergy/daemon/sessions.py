"""One client's connection: bytes in, calls out to the server, answers and events back.

It knows the wire and its limits, not what requests mean. What a client may cost is bounded: calls at once, refused
lines in a row, seconds until hello; over a limit it is told why and closed, and nobody else notices.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import deque
from typing import Final, Protocol

from synergy.core.control.framing import Call, Refused, decode_call, encode_error
from synergy.core.control.lines import LineSplitter
from synergy.core.errors import PeerError, SynergyError
from synergy.daemon.callers import Caller
from synergy.daemon.outbox import Outbox
from synergy.unix_sockets import Peer, peer_of

MOST_CALLS: Final = 16
"""Calls of one client that may be served at once; further ones wait in its socket."""
MOST_REFUSED: Final = 32
HELLO_SECONDS: Final = 10.0
HANG_UP_SECONDS: Final = 5.0
"""How long a refused client may take to read why."""
WRITE_BUFFER_BYTES: Final = 256 * 1024
LITTLE_BYTES: Final = 1024 * 1024
"""What is held for one client is not looked at below this."""

log = logging.getLogger(__name__)


class Desk(Protocol):
    """Who serves sessions."""

    def opened(self, session: Session, peer: Peer) -> None:
        """A client connected.

        Raises:
            SynergyError: it cannot be served; it is told so and closed.
        """
        ...

    def called(self, session: Session, call: Call) -> None:
        """A well-formed call; answer it with ``session.answer``, now or later, exactly once."""
        ...

    def closed(self, session: Session) -> None:
        """The connection is gone."""
        ...

    def lagged(self, dropped: int) -> bytes:
        """The line that tells of dropped events."""
        ...

    def swollen(self) -> None:
        """Much is held for a client that reads or sends slowly: see that it is not too much over all."""
        ...


class Session(asyncio.Protocol):
    """See the module. ``caller`` is None until hello, ``only_looks``: it came through the read-only socket.

    ``known`` is who the caller will be, found when it connected; None: nobody who has a role.
    """

    def __init__(self, desk: Desk, *, only_looks: bool = False) -> None:
        self._desk = desk
        self.only_looks: Final = only_looks
        self.known: Caller | None = None
        self.outbox: Final = Outbox(self._write, desk.lagged)
        self.caller: Caller | None = None
        self.peer = Peer(0, 0, 0)
        self._transport: asyncio.Transport | None = None
        self._splitter = LineSplitter()
        self._lines: deque[bytes] = deque()
        self._calls = 0
        self._is_serving = False
        self._refused = 0
        self._hello_limit: asyncio.TimerHandle | None = None

    @property
    def is_open(self) -> bool:
        """True until the connection is lost or closing."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def held_bytes(self) -> int:
        """What is kept in memory for this client: answers that it has not read, and calls that are not served yet."""
        unsent = self._transport.get_write_buffer_size() if self.is_open and self._transport is not None else 0
        unserved = self._splitter.held_bytes + sum(map(len, self._lines))
        return unsent + self.outbox.held_bytes + unserved

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(f"no stream: {transport!r}")
        self._transport = transport
        transport.set_write_buffer_limits(high=WRITE_BUFFER_BYTES)
        connection: socket.socket = transport.get_extra_info("socket")
        try:
            self.peer = peer_of(connection)
            self._desk.opened(self, self.peer)
        except SynergyError as error:
            self.refuse(error)
            return
        late = PeerError(f"no hello came within {HELLO_SECONDS:g} s", remedy="say hello first")
        self._hello_limit = asyncio.get_running_loop().call_later(HELLO_SECONDS, self.refuse, late)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio hands it over
        """See asyncio.Protocol."""
        self._stop_waiting_for_hello()
        self._lines.clear()
        self._desk.closed(self)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        try:
            self._lines.extend(self._splitter.feed(data))
        except PeerError as error:
            self.refuse(error)
            return
        self._serve_waiting()
        self._look_at_size()

    def pause_writing(self) -> None:
        """See asyncio.Protocol."""
        self.outbox.pause()

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        self.outbox.resume()
        self._serve_waiting()

    def greeted(self, caller: Caller) -> None:
        """Hello was said."""
        self.caller = caller
        self._stop_waiting_for_hello()

    def answer(self, line: bytes) -> None:
        """Send the answer to a call."""
        self.outbox.reply(line)
        self.call_ended()
        self._look_at_size()

    def call_ended(self) -> None:
        """A call has its answer: there is room for another one."""
        self._calls -= 1
        self._serve_waiting()

    def refuse(self, error: SynergyError) -> None:
        """Tell the client why, and close."""
        if not self.is_open:
            return
        log.warning(
            "client (pid %d, uid %d) is closed: %s",
            self.peer.pid,
            self.peer.uid,
            error,
            extra={"action": "client_refused"},
        )
        self._write(encode_error(None, error))
        self.close()
        asyncio.get_running_loop().call_later(HANG_UP_SECONDS, self.abort)

    def close(self) -> None:
        """Send what the transport holds, then close; may be called twice."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close without sending what is left."""
        if self._transport is not None:
            self._transport.abort()

    def _serve_waiting(self) -> None:
        if self._is_serving:
            return
        self._is_serving = True
        while self._lines and self.is_open and not self._is_busy():
            self._serve(self._lines.popleft())
        self._is_serving = False
        if self._transport is None or not self.is_open:
            return
        if self._lines:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _look_at_size(self) -> None:
        if self.held_bytes > LITTLE_BYTES:
            self._desk.swollen()

    def _is_busy(self) -> bool:
        return self._calls >= MOST_CALLS or self.outbox.is_blocked

    def _serve(self, line: bytes) -> None:
        frame = decode_call(line)
        if isinstance(frame, Refused):
            self._refused += 1
            self.outbox.reply(encode_error(frame.id, frame.error, frame.number))
            if self._refused >= MOST_REFUSED:
                message = f"{MOST_REFUSED} lines in a row were no requests"
                self.refuse(PeerError(message, remedy="speak JSON-RPC 2.0, one object per line"))
            return
        self._refused = 0
        self._calls += 1
        self._desk.called(self, frame)

    def _write(self, line: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(line)

    def _stop_waiting_for_hello(self) -> None:
        if self._hello_limit is not None:
            self._hello_limit.cancel()
            self._hello_limit = None
