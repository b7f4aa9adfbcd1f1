"""Events through RabbitMQ: a durable queue of the example's own, confirms, and acknowledgements after the store.

Nothing is tried again here: a connection that is lost ends the program, and the supervisor starts it anew.
"""

import threading

import pika

from sessions.channel import Fold, read_event
from sessions.stream import Event

QUEUE = "q_site_events"
MOST_AT_ONCE = 200
LOOK_SECONDS = 0.2
PERSISTENT = 2


class QueueSender:
    """See Sender."""

    def __init__(self, url: str, password: str | None) -> None:
        """Connect, and declare the queue."""
        self._connection = _connect(url, password)
        self._channel = self._connection.channel()
        self._channel.confirm_delivery()
        self._channel.queue_declare(QUEUE, durable=True)

    def send(self, event: Event) -> None:
        """See Sender. Raises what pika raises when the broker does not confirm, or has no such queue."""
        properties = pika.BasicProperties(delivery_mode=PERSISTENT, message_id=str(event.event_id))
        self._channel.basic_publish("", QUEUE, event.to_json(), properties, mandatory=True)

    def wait(self, seconds: float) -> None:
        """See Sender."""
        self._connection.process_data_events(min(seconds, LOOK_SECONDS))

    def close(self) -> None:
        """See Sender."""
        self._connection.close()


class QueueReceiver:
    """See Receiver."""

    def __init__(self, url: str, password: str | None, stopped: threading.Event) -> None:
        """Connect, and declare the queue."""
        self._connection = _connect(url, password)
        self._stopped = stopped
        self._channel = self._connection.channel()
        self._channel.basic_qos(prefetch_count=MOST_AT_ONCE)
        self._channel.queue_declare(QUEUE, durable=True)

    def receive(self, fold: Fold) -> None:
        """See Receiver. What is not understood is acknowledged too, once its words are in the log."""
        for method, _, body in self._channel.consume(QUEUE, inactivity_timeout=LOOK_SECONDS):
            if self._stopped.is_set():
                break
            if method is None:
                continue
            event = read_event(body)
            if event is not None:
                fold([event])
            self._channel.basic_ack(method.delivery_tag)
        self._connection.close()


def _connect(url: str, password: str | None) -> pika.BlockingConnection:
    parameters = pika.URLParameters(url)
    if password is not None:
        parameters.credentials = pika.PlainCredentials(parameters.credentials.username, password)
    return pika.BlockingConnection(parameters)
