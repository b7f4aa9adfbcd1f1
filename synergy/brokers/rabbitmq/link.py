"""One connection to a RabbitMQ node, by awaitable calls. The only module that imports pika.

pika reports by callbacks, never reconnects, and leaves those who wait for an answer waiting when it loses the
connection. Here every call is answered, fails when its channel ends, or fails in time; and no exception of a callback
gets back into pika, where it would end the connection unheard.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final, TypeVar

from pika import BasicProperties, ConnectionParameters, PlainCredentials, SSLOptions, exceptions
from pika.adapters.asyncio_connection import AsyncioConnection

from synergy.brokers.rabbitmq.address import Address
from synergy.brokers.rabbitmq.window import Letter
from synergy.core.errors import BrokerDown

BLOCKED_SECONDS: Final = 300.0
"""So long a server may block a connection before it is given up for a new one."""
CLOSE_SECONDS: Final = 2.0

_PERSISTENT: Final = 2
T = TypeVar("T")

log = logging.getLogger(__name__)


class Link:
    """A connection.

    Args:
        address: where to, and as whom.
        heartbeat_seconds: how often each side gives a sign of life.
        timeout_seconds: for connecting and for every answer.
        on_end: called once, with the reason, when an open connection ends in whatever way.
        on_blocked: called with the reason when the server stops taking messages, and with None when it goes on.
    """

    def __init__(
        self,
        address: Address,
        heartbeat_seconds: int,
        timeout_seconds: float,
        on_end: Callable[[str], None],
        on_blocked: Callable[[str | None], None],
    ) -> None:
        self.address = address
        self._heartbeat = heartbeat_seconds
        self.timeout = timeout_seconds
        self._on_end = on_end
        self._on_blocked = on_blocked
        self._connection: _Connection | None = None
        self._ended = asyncio.Event()

    async def open(self) -> None:
        """Connect.

        Raises:
            BrokerDown: it cannot be reached, or does not let us in; the message names host and port.
        """
        _silence_pika()
        loop = asyncio.get_running_loop()
        opened: asyncio.Future[None] = loop.create_future()

        def succeed(_connection: object) -> None:
            if not opened.done():
                self._connection = connection
                opened.set_result(None)

        def fail(_connection: object, error: BaseException) -> None:
            if not opened.done():
                opened.set_exception(BrokerDown(self._unreachable(error), remedy=_remedy(error)))

        connection = _Connection(self._parameters(), succeed, fail, self._closed, custom_ioloop=loop)
        connection.add_on_connection_blocked_callback(guarded(self._blocked))
        connection.add_on_connection_unblocked_callback(guarded(lambda *_: self._on_blocked(None)))
        try:
            async with asyncio.timeout(self.timeout):
                await opened
        except TimeoutError:
            message = f"the broker at {self.address} does not answer within {self.timeout:g} s"
            raise BrokerDown(message, remedy="see whether it runs and the network lets us through") from None
        finally:
            if self._connection is None:
                connection.abort("not opened")

    async def lane(self, on_lost: Callable[[str], None] = lambda _reason: None) -> Lane:
        """Open a channel; ``on_lost`` is called once when the server closes it and lets the connection live.

        Raises:
            BrokerDown: the connection ended.
        """
        connection = self._connection
        if connection is None or not connection.is_open:
            raise BrokerDown(f"the broker at {self.address} is not connected")
        lane = Lane(self, on_lost)
        await lane.answer(lambda done: lane.attach(connection.channel(on_open_callback=done)))
        return lane

    async def close(self) -> None:
        """Send what is waiting, then end; may be called twice."""
        connection = self._connection
        if connection is None or self._ended.is_set():
            return
        if connection.is_open:
            connection.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._ended.wait()
        self.abort("closed")

    def abort(self, reason: str) -> None:
        """End at once, without asking a server that does not answer."""
        if self._connection is not None:
            self._connection.abort(reason)

    def _parameters(self) -> ConnectionParameters:
        address = self.address
        tls = None
        if address.tls:
            try:
                tls = SSLOptions(ssl.create_default_context(cafile=address.ca_file), address.host)
            except OSError as error:
                message = f"mq_ca_file {address.ca_file} cannot be used: {reason_of(error)}"
                raise BrokerDown(message, remedy="name a file with certificates in PEM form") from error
        return ConnectionParameters(
            host=address.host,
            port=address.port,
            virtual_host=address.vhost,
            credentials=PlainCredentials(address.user, address.password, erase_on_connect=True),
            heartbeat=self._heartbeat,
            blocked_connection_timeout=BLOCKED_SECONDS,
            socket_timeout=self.timeout,
            stack_timeout=self.timeout,
            ssl_options=tls,
            client_properties={"connection_name": "synergy", "product": "Synergy"},
        )

    def _closed(self, _connection: object, error: BaseException) -> None:
        self._ended.set()
        guarded(self._on_end)(reason_of(error))

    def _blocked(self, _connection: object, frame: Any) -> None:
        self._on_blocked(str(frame.method.reason))

    def _unreachable(self, error: BaseException) -> str:
        address = self.address
        if isinstance(error, exceptions.ProbableAuthenticationError):
            return f"the broker at {address} refuses user {address.user}, or its password"
        if isinstance(error, exceptions.ProbableAccessDeniedError):
            return f'the broker at {address} does not let user {address.user} use virtual host "{address.vhost}"'
        return f"the broker at {address} cannot be reached: {reason_of(error)}"


class Lane:
    """A channel. Calls fail with BrokerDown when it ends; a server that refuses one of them ends its channel."""

    def __init__(self, link: Link, on_lost: Callable[[str], None]) -> None:
        self._link = link
        self._on_lost = on_lost
        self._channel: Any = None
        self._waiting: set[asyncio.Future[Any]] = set()
        self._ended = asyncio.Event()
        self._is_closing = False

    @property
    def is_open(self) -> bool:
        """Whether calls make sense."""
        return self._channel is not None and self._channel.is_open

    def attach(self, channel: Any) -> None:
        """The channel that is being opened."""
        self._channel = channel
        channel.add_on_close_callback(self._closed)

    async def answer(self, ask: Callable[[Callable[[Any], None]], object]) -> Any:
        """Ask, and wait for what the server answers.

        Raises:
            BrokerDown: it refused, ended, or did not answer in time.
        """
        answered: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def done(frame: Any) -> None:
            if not answered.done():
                answered.set_result(frame)

        self._waiting.add(answered)
        try:
            ask(done)
            async with asyncio.timeout(self._link.timeout):
                return await answered
        except exceptions.AMQPError as error:
            raise BrokerDown(f"the broker at {self._link.address} is lost: {reason_of(error)}") from error
        except TimeoutError:
            message = f"the broker at {self._link.address} does not answer within {self._link.timeout:g} s"
            raise BrokerDown(message, remedy="see synergyd status") from None
        finally:
            self._waiting.discard(answered)

    async def declare_exchange(self, name: str) -> None:
        """Make sure that it exists: direct and durable."""
        await self.answer(lambda done: self._channel.exchange_declare(name, "direct", durable=True, callback=done))

    async def declare_queue(self, name: str, arguments: Mapping[str, str | int]) -> None:
        """Make sure that it exists, and is durable."""
        given = dict(arguments)
        await self.answer(lambda done: self._channel.queue_declare(name, durable=True, arguments=given, callback=done))

    async def bind(self, queue: str, exchange: str) -> None:
        """Let the exchange pass on to the queue what bears its name."""
        await self.answer(lambda done: self._channel.queue_bind(queue, exchange, queue, callback=done))

    async def depth(self, queue: str) -> tuple[int, int]:
        """How many messages wait in the queue, and how many consumers it has."""
        frame = await self.answer(lambda done: self._channel.queue_declare(queue, passive=True, callback=done))
        return frame.method.message_count, frame.method.consumer_count

    async def confirm(self, settled: Callable[[int, bool, bool], None], returned: Callable[[int], None]) -> None:
        """Have every message confirmed: number, whether it stands for all before it, whether it was refused."""

        def on_settled(frame: Any) -> None:
            settled(frame.method.delivery_tag, frame.method.multiple, frame.method.NAME == "Basic.Nack")

        def on_returned(_channel: object, _method: object, properties: Any, _body: bytes) -> None:
            returned(int(properties.message_id))

        self._channel.add_on_return_callback(guarded(on_returned))
        await self.answer(lambda done: self._channel.confirm_delivery(guarded(on_settled), callback=done))

    def publish(self, letter: Letter, number: int) -> None:
        """Send it, to be stored and not to be dropped; ``number`` comes back with a return.

        Raises:
            BrokerDown: the channel has ended.
        """
        properties = BasicProperties(
            content_type="application/json", delivery_mode=_PERSISTENT, message_id=str(number), headers=letter.headers
        )
        try:
            self._channel.basic_publish(letter.exchange, letter.routing_key, letter.body, properties, mandatory=True)
        except exceptions.AMQPError as error:
            raise BrokerDown(f"the broker at {self._link.address} is lost: {reason_of(error)}") from error

    async def consume(
        self, queue: str, prefetch: int, take: Callable[[int, bytes], None], cancelled: Callable[[], None]
    ) -> None:
        """Take messages, at most so many unsettled; ``cancelled``: the queue is gone."""

        def on_message(_channel: object, method: Any, _properties: object, body: bytes) -> None:
            take(method.delivery_tag, body)

        await self.answer(lambda done: self._channel.basic_qos(prefetch_count=prefetch, callback=done))
        self._channel.add_on_cancel_callback(guarded(lambda _frame: cancelled()))
        await self.answer(lambda done: self._channel.basic_consume(queue, guarded(on_message), callback=done))

    def ack(self, tag: int, *, multiple: bool) -> None:
        """Settle it (and all before it); does nothing when the channel has ended."""
        if self.is_open:
            self._channel.basic_ack(tag, multiple)

    async def close(self) -> None:
        """End the channel: what is unsettled goes back to its queue in order. May be called twice."""
        self._is_closing = True
        if self.is_open:
            self._channel.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._link.timeout):
                await self._ended.wait()

    def _closed(self, _channel: object, error: BaseException) -> None:
        self._ended.set()
        reason = reason_of(error)
        for answered in self._waiting:
            if not answered.done():
                answered.set_exception(BrokerDown(f"the broker at {self._link.address} refused: {reason}"))
        if isinstance(error, exceptions.ChannelClosedByBroker) and not self._is_closing:
            guarded(self._on_lost)(reason)


class _Aborted(exceptions.AMQPConnectionError):  # type: ignore[misc] # pika is untyped
    """We ended the connection ourselves; it says why."""


class _Connection(AsyncioConnection):  # type: ignore[misc] # pika is untyped
    """pika's connection, with an end that waits for no server, and with its frames joined before they are written."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._frames: list[bytes] = []
        self._is_aborted = False
        super().__init__(*arguments, **options)

    def abort(self, reason: str) -> None:
        """Drop the connection, whatever state it is in."""
        if self._is_aborted or self.is_closed:
            return
        self._is_aborted = True
        if self.is_open or self.is_closing:
            self._terminate_stream(_Aborted(reason))
        else:
            self.close()

    def _adapter_emit_data(self, data: bytes) -> None:
        # A message is three frames, and pika would make a system call for each.
        if not self._frames:
            self.ioloop.call_soon(self._write_frames)
        self._frames.append(data)

    def _write_frames(self) -> None:
        frames, self._frames = self._frames, []
        if self._transport is not None:
            self._transport.write(b"".join(frames))


def guarded(callback: Callable[..., None]) -> Callable[..., None]:
    """The callback, with what it raises logged: in pika it would end the connection, and nobody would hear of it."""

    def call(*arguments: Any) -> None:
        try:
            callback(*arguments)
        except Exception:
            log.exception("a callback of the broker failed", extra={"action": "broker_callback_failed"})

    return call


def reason_of(error: BaseException) -> str:
    """What pika's error means, in its innermost words: the outer ones are often empty."""
    if isinstance(error, exceptions.ConnectionClosed | exceptions.ChannelClosed):
        return str(error.reply_text).lower() if error.reply_text.isupper() else str(error.reply_text)
    if isinstance(error, exceptions.StreamLostError):
        return "the connection was lost"
    causes = getattr(error, "exceptions", None) or [each for each in error.args if isinstance(each, BaseException)]
    if causes:
        return reason_of(causes[-1])
    inner = getattr(error, "exception", None)
    if isinstance(inner, BaseException):
        return reason_of(inner)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error) or type(error).__name__


def _remedy(error: BaseException) -> str:
    if isinstance(error, exceptions.ProbableAuthenticationError | exceptions.ProbableAccessDeniedError):
        return "correct broker in synergy.toml, mq_password_file or SYNERGY_MQ_PASSWORD, or the user's permissions"
    return "start it, or correct broker in synergy.toml"


def _silence_pika() -> None:
    """Pika logs each failure several times, as errors; what matters of it is told here, once."""
    logging.getLogger("pika").setLevel(logging.CRITICAL)
