"""The Broker over RabbitMQ: one session after the other, and what shall be true in each of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from random import random
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from synergy.brokers.rabbitmq.address import Address
from synergy.brokers.rabbitmq.consumer import Wish
from synergy.brokers.rabbitmq.pauses import pauses
from synergy.brokers.rabbitmq.publisher import Unconfirmed
from synergy.brokers.rabbitmq.session import Session
from synergy.brokers.rabbitmq.topology import Q_SET_ASIDE, Topology
from synergy.brokers.rabbitmq.window import Letter
from synergy.clocks import RealClock
from synergy.core.errors import BrokerDown, IllegalState, InvalidArgument
from synergy.core.ports import BrokerState, Clock, Deliver, Message, QueueDepth

MOST_BODY_BYTES: Final = 8 * 1024 * 1024
PROBE_SECONDS: Final = 3.0
"""How often an idle server is asked for a sign of life: heartbeats take three times their interval to miss one."""

log = logging.getLogger(__name__)


class Options(Struct, frozen=True):
    """How to use the server.

    ``timeout_seconds`` bounds connecting, each answer, and how long nothing at all is confirmed.
    """

    topology: Topology = Topology()
    timeout_seconds: float = 10.0
    heartbeat_seconds: int = 10


class RabbitBroker:
    """See Broker. Queues, and what is in them, are the server's and outlive us.

    While the server takes no messages (short of memory or disk) the state is down, and publishing fails at once;
    consuming goes on.
    """

    def __init__(self, address: Address, options: Options | None = None, clock: Clock | None = None) -> None:
        self._address = address
        self._options = options or Options()
        self._clock: Final[Clock] = clock or RealClock()
        self._session: Session | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._declared: dict[str, None] = {}
        self._wishes: dict[str, Wish] = {}
        self._probed = -1
        self._state = BrokerState(up=False, detail="not started", since=self._clock.real_time())

    async def start(self) -> None:
        """See Broker; a second call does nothing."""
        if self._keeping is None:
            session = await self._connect()
            self._keeping = asyncio.get_running_loop().create_task(self._keep(session))

    async def stop(self) -> None:
        """See Broker."""
        if self._keeping is None:
            return
        keeping, self._keeping = self._keeping, None
        keeping.cancel()
        await asyncio.wait({keeping})
        session, self._session = self._session, None
        if session is not None:
            await session.close(self._options.timeout_seconds)
        self._note(up=False, detail="stopped")

    async def declare(self, queues: Sequence[str]) -> None:
        """See Broker.

        Raises:
            BrokerDown: the server refuses a queue, for example one that exists with another type.
        """
        for queue in queues:
            self._options.topology.name(queue)
        self._declared.update(dict.fromkeys(queues))
        if self._session is not None:
            await self._session.declare(queues)

    async def publish(self, messages: Sequence[Message]) -> None:
        """See Broker."""
        if not messages:
            return
        letters = [self._letter(message) for message in messages]
        session = self._connected()
        if session.blocked is not None:
            raise BrokerDown(_blocked(self._address, session.blocked), remedy="free memory or disk on its node")
        try:
            await session.publish(letters)
        except Unconfirmed as error:
            if session.blocked is not None:
                raise BrokerDown(_blocked(self._address, session.blocked), remedy="free memory or disk") from error
            session.abort(error.message)  # frozen: a new connection finds out sooner than heartbeats do
            raise

    async def consume(self, queue: str, prefetch: int, deliver: Deliver) -> None:
        """See Broker."""
        if queue in self._wishes:
            raise IllegalState(f"queue {queue} is consumed already", remedy="cancel it first")
        wish = self._wishes[queue] = Wish(queue, prefetch, deliver)
        session = self._session
        if session is None:
            return
        try:
            await session.consume(wish)
        except BrokerDown as error:
            # The next session does it: nobody shall have to ask twice.
            session.abort(error.message)

    async def cancel(self, queue: str) -> None:
        """See Broker."""
        self._wishes.pop(queue, None)
        if self._session is not None:
            await self._session.cancel(queue)

    def state(self) -> BrokerState:
        """See Broker."""
        return self._state

    async def depths(self) -> Mapping[str, QueueDepth]:
        """See Broker; ``unsettled`` counts what this very client has in hand, for the protocol tells no more.

        Raises:
            BrokerDown: it did not answer in time.
        """
        return await self._connected().depths(self._declared)

    def _letter(self, message: Message) -> Letter:
        if len(message.body) > MOST_BODY_BYTES:
            text = f"a message of {len(message.body)} bytes for {message.queue} is over the limit of {MOST_BODY_BYTES}"
            raise InvalidArgument(text, remedy="give the unit of work smaller arguments")
        topology = self._options.topology
        exchange = topology.name(topology.exchange(message.queue))
        return Letter(exchange, topology.name(message.queue), message.queue, message.body)

    def _connected(self) -> Session:
        if self._session is None:
            message = f"the broker at {self._address} is not connected: {self._state.detail}"
            raise BrokerDown(message, remedy="see synergyd status")
        return self._session

    async def _keep(self, session: Session) -> None:
        """Stay connected."""
        while True:
            await self._until_ended(session)
            for pause in pauses(random):
                await asyncio.sleep(pause)
                try:
                    session = await self._connect()
                except BrokerDown as error:
                    self._note(up=False, detail=error.message)
                except Exception:
                    log.exception("connecting failed", extra={"action": "broker_connect_failed"})
                else:
                    log.info("broker at %s is connected again", self._address, extra={"action": "broker_connected"})
                    break

    async def _until_ended(self, session: Session) -> None:
        while not session.ended.is_set():
            try:
                async with asyncio.timeout(PROBE_SECONDS):
                    await session.ended.wait()
            except TimeoutError:
                await session.probe(self._next_probed())

    def _next_probed(self) -> str:
        """Each queue in its turn: nobody is told that one was deleted which has no consumer."""
        queues = [Q_SET_ASIDE, *self._declared]
        self._probed = (self._probed + 1) % len(queues)
        return queues[self._probed]

    async def _connect(self) -> Session:
        options = self._options
        session = Session(
            self._address,
            options.topology,
            options.heartbeat_seconds,
            options.timeout_seconds,
            lambda: self._changed(session),
        )
        session.on_loss = self._lost
        await session.open()
        await self._catch_up(session)
        self._session = session
        self._changed(session)
        return session

    async def _catch_up(self, session: Session) -> None:
        """Make true in the new session what was asked for, also while this is being done."""
        declared: set[str] = set()
        consumed: dict[str, Wish] = {}
        try:
            while declared != self._declared.keys() or consumed != self._wishes:
                missing = [queue for queue in self._declared if queue not in declared]
                await session.declare(missing)
                declared.update(missing)
                for wish in [each for each in consumed.values() if self._wishes.get(each.queue) is not each]:
                    await session.cancel(wish.queue)
                    del consumed[wish.queue]
                for wish in [each for each in self._wishes.values() if each.queue not in consumed]:
                    await session.consume(wish)
                    consumed[wish.queue] = wish
        except BaseException:
            session.abort("not opened")
            raise

    def _changed(self, session: Session) -> None:
        if self._session is not session:
            return
        if session.ended.is_set():
            self._session = None
            self._note(up=False, detail=session.reason)
            log.warning("broker at %s is lost: %s", self._address, session.reason, extra={"action": "broker_lost"})
        elif session.blocked is not None:
            self._note(up=False, detail=_blocked(self._address, session.blocked))
            log.warning("%s", self._state.detail, extra={"action": "broker_blocked"})
        else:
            self._note(up=True, detail=f"connected to {self._address}")

    def _note(self, *, up: bool, detail: str) -> None:
        """Remember the state; ``since`` is when it went up or down, not when the reason last changed."""
        since = self._state.since if self._state.up == up else self._clock.real_time()
        self._state = BrokerState(up, detail, since, self._state.losses)

    def _lost(self) -> None:
        """A queue was deleted."""
        self._state = replace(self._state, losses=self._state.losses + 1)


def _blocked(address: Address, reason: str) -> str:
    return f"blocked: the broker at {address} takes no messages ({reason})"
