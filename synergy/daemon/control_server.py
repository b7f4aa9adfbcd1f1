"""The control socket: who may ask what, within which limits, and who hears of events.

Requests run as tasks of one group, each with a time limit; a client that goes away does not take its request with it,
because what it asked for may be half done. Nothing that a client does, or does not do, holds the daemon up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from synergy.core.control import replies, requests
from synergy.core.control.events import Event
from synergy.core.control.framing import Call, encode_error, encode_reply
from synergy.core.control.requests import PROTOCOL_VERSION, Request
from synergy.core.control.roles import Role
from synergy.core.errors import IllegalState, NotPermitted, PeerError, RequestTimedOut, SynergyError, WorldError
from synergy.core.ports import Clock
from synergy.daemon.callers import VIEW_MODE, Access, Caller, check_rights, identify, identify_viewer
from synergy.daemon.origins import read_origin
from synergy.daemon.sessions import Session
from synergy.daemon.subscriptions import Subscriptions
from synergy.unix_listener import Listener
from synergy.unix_sockets import Peer

Handler = Callable[[Request[Any], Caller], Awaitable[replies.Reply]]
SayHello = Callable[[Caller], replies.Hello]
MOST_CLIENTS: Final = 256
FOR_ADMINS: Final = 16
"""Of these, places that only admins get: whoever has to mend something gets in."""
MOST_STRANGERS: Final = 16
"""Of these, connections of users who have no role; each lasts until its hello is refused."""
MOST_HELD_BYTES: Final = 256 * 1024 * 1024
"""What may be held for all clients together: answers that are not read, calls that are not finished."""
PRIVATE: Final = Access()
"""For the daemon's own user and root."""
STOP_SECONDS: Final = 2.0
"""How long requests may go on, and clients may take to read their last answers, after ``stop``."""

log = logging.getLogger(__name__)

__all__ = ["Caller", "ControlServer", "Handler", "SayHello"]


class ControlServer:
    """Serves the control protocol on a Unix socket.

    Args:
        path: of the socket, of any length.
        handler: answers a request of a caller who may ask it, or raises a SynergyError.
        hello: what a caller is told about the daemon and itself.
        clock: stamps notifications.
        access: who may do what, and whether there is a read-only socket too.
        timeout: seconds for one request.
    """

    def __init__(
        self,
        path: Path,
        handler: Handler,
        hello: SayHello,
        clock: Clock,
        *,
        access: Access = PRIVATE,
        timeout: float = 30.0,
    ) -> None:
        self._path = path
        self._handler = handler
        self._hello = hello
        self._access = access
        self._limit = timeout
        self._subscriptions = Subscriptions(clock)
        self._sessions: set[Session] = set()
        self._all_gone = asyncio.Event()
        self._requests: asyncio.TaskGroup | None = None
        self._running: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._listeners: list[Listener] = []

    @property
    def seq(self) -> int:
        """The number of the last notification: what a snapshot made now already holds."""
        return self._subscriptions.seq

    async def start(self) -> None:
        """Answer from now on; a second call does nothing.

        Raises:
            AlreadyRunning: a living program answers on this socket.
            NotPermitted: the socket or its group cannot be set up by this user.
            WorldError: the file system failed in another way.
        """
        if self._listeners:
            return
        self._stopping.clear()
        ready = asyncio.Event()
        self._running = asyncio.get_running_loop().create_task(self._run(ready))
        await ready.wait()
        try:
            self._listen()
        except SynergyError:
            await self._close_listeners()
            self._stopping.set()
            await asyncio.wait({self._running})
            raise
        log.info("control socket %s answers", self._path, extra={"action": "control_started"})

    async def stop(self) -> None:
        """Refuse new calls, let running ones end, send what is left, close; may be called twice."""
        if not self._listeners or self._running is None:
            return
        await self._close_listeners()
        self._stopping.set()
        await asyncio.wait({self._running}, timeout=STOP_SECONDS)
        self._running.cancel()
        await asyncio.wait({self._running})
        self._subscriptions.stop()
        await self._wait_until_gone()
        log.info("control socket %s is closed", self._path, extra={"action": "control_stopped"})

    def _listen(self) -> None:
        access = self._access
        self._listeners.append(Listener(self._path, lambda: Session(self), mode=access.mode, group_id=access.group_id))
        if access.view_socket is not None:
            viewer = partial(Session, self, only_looks=True)
            self._listeners.append(Listener(access.view_socket, viewer, mode=VIEW_MODE, group_id=access.view_group_id))

    async def _close_listeners(self) -> None:
        while self._listeners:
            await self._listeners.pop().close()

    @property
    def is_heard(self) -> bool:
        """Whether anybody subscribes to events."""
        return self._subscriptions.are_heard

    def broadcast(self, events: Sequence[Event], schedule_time: str) -> None:
        """Tell subscribers, now or as soon as they read; never waits. ``schedule_time`` is ISO-8601."""
        self._subscriptions.broadcast(events, schedule_time)

    def followed(self) -> set[str]:
        """The units of work whose logs somebody follows."""
        return self._subscriptions.followed()

    def opened(self, session: Session, peer: Peer) -> None:
        """See Desk."""
        if len(self._sessions) >= MOST_CLIENTS:
            raise _full(MOST_CLIENTS, peer)
        try:
            session.known = self._identify(session)
        except NotPermitted:  # told when it says hello: a client that is hung up on earlier may not read why
            if sum(other.known is None for other in self._sessions) >= MOST_STRANGERS:
                raise
        is_admin = session.known is not None and session.known.role is Role.ADMIN
        if not is_admin and len(self._sessions) >= MOST_CLIENTS - FOR_ADMINS:
            raise _full(MOST_CLIENTS - FOR_ADMINS, peer)
        self._sessions.add(session)

    def closed(self, session: Session) -> None:
        """See Desk."""
        self._sessions.discard(session)
        self._subscriptions.remove(session)
        if not self._sessions:
            self._all_gone.set()

    def lagged(self, dropped: int) -> bytes:
        """See Desk."""
        return self._subscriptions.lagged(dropped)

    def swollen(self) -> None:
        """See Desk. Of clients that read too slowly those go first that cost the most."""
        open_ones = [session for session in self._sessions if session.is_open]
        held = sum(session.held_bytes for session in open_ones)
        while held > MOST_HELD_BYTES and open_ones:
            worst = max(open_ones, key=lambda session: session.held_bytes)
            open_ones.remove(worst)
            held -= worst.held_bytes
            told = "client (pid %d, uid %d) is cut off: it leaves %d MB unread"
            extra = {"action": "client_cut_off"}
            log.warning(told, worst.peer.pid, worst.peer.uid, worst.held_bytes // 1024 // 1024, extra=extra)
            worst.abort()

    def called(self, session: Session, call: Call) -> None:
        """See Desk. Hello, refusals and follow_log are answered at once, everything else in a task."""
        request = call.request
        try:
            if isinstance(request, requests.Hello):
                session.answer(encode_reply(call.id, self._greet(session, request)))
                return
            caller = self._admit(session, request)
            if isinstance(request, requests.FollowLog):
                self._subscriptions.follow(session, request.uow_id, on=request.on)
                word = "is followed" if request.on else "is not followed"
                session.answer(encode_reply(call.id, replies.Done(f"the log of {request.uow_id} {word}")))
                return
        except SynergyError as error:
            session.answer(encode_error(call.id, error))
            return
        if self._requests is None:
            return
        if isinstance(request, requests.Subscribe):
            self._requests.create_task(self._subscribe(session, call, caller, request))
        else:
            self._requests.create_task(self._serve(session, call, caller))

    def _greet(self, session: Session, request: requests.Hello) -> replies.Hello:
        if session.caller is not None:
            raise IllegalState("hello was said already on this connection", remedy="connect anew to change it")
        if request.protocol != PROTOCOL_VERSION:
            message = f"{request.client} speaks protocol {request.protocol}, the daemon {PROTOCOL_VERSION}"
            raise PeerError(message, remedy="use the same version on both sides")
        caller = replace(session.known or self._identify(session), client=request.client)
        if request.read_only:
            caller = replace(caller, role=Role.VIEWER, read_only=True)
        session.greeted(caller)
        return self._hello(caller)

    def _identify(self, session: Session) -> Caller:
        origin = read_origin(session.peer)
        if session.only_looks:
            return identify_viewer(session.peer, origin)
        return identify(session.peer, self._access.groups, origin)

    def _admit(self, session: Session, request: Request[Any]) -> Caller:
        if session.caller is None:
            raise PeerError(f"{request.method} came before hello", remedy="say hello first")
        if self._stopping.is_set() or self._requests is None:
            raise WorldError("the daemon is stopping", remedy="try again when it is back")
        check_rights(session.caller, request, self._access.groups)
        return session.caller

    async def _serve(self, session: Session, call: Call, caller: Caller) -> None:
        try:
            line = encode_reply(call.id, await self._ask(call.request, caller))
        except SynergyError as error:
            line = encode_error(call.id, error)
        session.answer(line)

    async def _subscribe(self, session: Session, call: Call, caller: Caller, request: requests.Subscribe) -> None:
        """Events from here on are kept until the answer is out, so that none is missed and none comes before it."""
        is_new = not self._subscriptions.knows(session)
        missed = self._missed(request, caller) if is_new else None
        seq = self._subscriptions.add(session)
        session.outbox.hold()
        if missed is not None and request.after is not None:
            seq = request.after
            session.outbox.events(*missed)
        line, failed = b"", True
        try:
            reply = await self._ask(call.request, caller)
            if not isinstance(reply, replies.Subscribed):
                line = encode_error(call.id, SynergyError("the daemon cannot tell its status", remedy="see its log"))
            else:
                line, failed = encode_reply(call.id, replace(reply, seq=seq, resumed=missed is not None)), False
        except SynergyError as error:
            line = encode_error(call.id, error)
        finally:
            forget = is_new and failed
            if forget or not session.is_open:
                self._subscriptions.remove(session)
            session.outbox.release(line, forget=forget)
            session.call_ended()

    def _missed(self, request: requests.Subscribe, caller: Caller) -> tuple[bytes, int] | None:
        """What was told since a subscriber was cut off; None when it is new, another daemon's, or away for too long."""
        if request.after is None or request.daemon_id != self._hello(caller).daemon_id:
            return None
        return self._subscriptions.missed(request.after)

    async def _ask(self, request: Request[Any], caller: Caller) -> replies.Reply:
        try:
            async with asyncio.timeout(self._limit):
                return await self._handler(request, caller)
        except TimeoutError:
            message = f"{request.method} took more than {self._limit:g} s"
            raise RequestTimedOut(message, remedy="look whether it took effect, then ask again") from None
        except SynergyError:
            raise
        except Exception as error:
            log.exception("request %s failed", request.method, extra={"action": "request_failed"})
            raise SynergyError(f"the daemon failed at {request.method}", remedy="see the daemon's log") from error

    async def _run(self, ready: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            self._requests = group
            ready.set()
            await self._stopping.wait()

    async def _wait_until_gone(self) -> None:
        """Give clients a moment to read their last answers, then hang up."""
        self._all_gone.clear()
        for hang_up in (False, True):
            for session in tuple(self._sessions):
                session.abort() if hang_up else session.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_SECONDS):
                    while self._sessions:
                        await self._all_gone.wait()


def _full(places: int, peer: Peer) -> WorldError:
    message = f"the daemon serves {places} clients already"
    return WorldError(message, remedy=f"close some, then try again (uid {peer.uid})")
