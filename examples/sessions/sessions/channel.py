"""How events travel from the stream to the sessions: through RabbitMQ, or through files of a day each."""

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from sessions.project import Places
from sessions.stream import Event

Fold = Callable[[Sequence[Event]], int]
"""Stores events, those that it has already once only; returns how many were new."""


class Sender(Protocol):
    """Where events go."""

    def send(self, event: Event) -> None:
        """Return once it is safe."""
        ...

    def wait(self, seconds: float) -> None:
        """Pass the time, and keep the connection alive; returns early when the program is to stop."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Receiver(Protocol):
    """Where events come from."""

    def receive(self, fold: Fold) -> None:
        """Hand over what comes until the program is to stop; what was not stored then comes again."""
        ...


def open_sender(places: Places, stopped: threading.Event) -> Sender:
    """The sender that belongs to the project's broker."""
    if places.broker is None:
        from sessions.day_files import FileSender  # noqa: PLC0415 - only what is used

        return FileSender(stopped)
    from sessions.rabbit import QueueSender  # noqa: PLC0415 - pika is loaded only by those who use it

    return QueueSender(places.broker, places.password)


def open_receiver(places: Places, stopped: threading.Event) -> Receiver:
    """The receiver that belongs to the project's broker."""
    if places.broker is None:
        from sessions.day_files import FileReceiver  # noqa: PLC0415 - only what is used

        return FileReceiver(stopped)
    from sessions.rabbit import QueueReceiver  # noqa: PLC0415 - see above

    return QueueReceiver(places.broker, places.password, stopped)


def read_event(body: bytes) -> Event | None:
    """The event; None, and a line in the log, when it cannot be understood."""
    try:
        return Event.from_json(body)
    except ValueError as error:
        print(f"left out, no event ({error}): {body[:200]!r}", flush=True)
        return None
