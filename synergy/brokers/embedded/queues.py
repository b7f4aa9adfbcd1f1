"""The queues themselves, without I/O: first in, first out, with credit, and back to the front when a consumer is lost.

Nothing is handed out while state is being changed: changes mark their queue, and ``pump`` hands out what has become
deliverable. So a consumer may publish and settle from inside its callback. Whoever changes much, or is in a hurry,
puts ``hold`` and ``release`` around it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from synergy.core.ports import Message, QueueDepth

MOST_SET_ASIDE: Final = 1_000
"""How many set-aside messages are kept to be looked at; older ones make room, and stay counted."""

Parcel = tuple[int, bytes]
"""A tag, unique within these queues, and a message's body."""
Push = Callable[[Sequence[Parcel]], None]


class SetAside(Struct, frozen=True, gc=False):
    """A message that its consumer could not understand; ``at`` is real time."""

    queue: str
    body: bytes
    reason: str
    at: float


class Consumer:
    """Somebody who takes messages of one queue; at most ``prefetch`` are with it at a time.

    Args:
        queue: its queue.
        prefetch: at least 1.
        push: takes messages.
        pushed: called once after all that was pushed by one ``pump``, also to other consumers with the same.
    """

    __slots__ = ("prefetch", "push", "pushed", "queue", "unsettled")

    def __init__(self, queue: str, prefetch: int, push: Push, pushed: Callable[[], None] | None = None) -> None:
        self.queue = queue
        self.prefetch = prefetch
        self.push = push
        self.pushed = pushed
        self.unsettled: dict[int, bytes] = {}

    @property
    def credit(self) -> int:
        """How many more messages it may get now."""
        return self.prefetch - len(self.unsettled)


class _Queue:
    __slots__ = ("consumers", "ready")

    def __init__(self) -> None:
        self.ready: deque[bytes] = deque()
        self.consumers: deque[Consumer] = deque()


class Queues:
    """All queues of one broker.

    Args:
        wake: called when ``pump`` has something to do, once until it is called.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._queues: dict[str, _Queue] = {}
        self._changed: dict[str, _Queue] = {}
        self._last_tag = 0
        self._holds = 0
        self.set_aside: deque[SetAside] = deque(maxlen=MOST_SET_ASIDE)
        self.set_aside_count = 0

    def declare(self, names: Iterable[str]) -> None:
        """Make sure they exist."""
        for name in names:
            self._queues.setdefault(name, _Queue())

    def publish(self, messages: Iterable[Message]) -> None:
        """Append each to its queue; one that was not declared comes into being, so that nothing is lost."""
        for message in messages:
            self._touch(message.queue).ready.append(message.body)

    def add(self, consumer: Consumer) -> None:
        """Let it take messages from now on."""
        self._touch(consumer.queue).consumers.append(consumer)

    def remove(self, consumer: Consumer) -> None:
        """It is gone: what it had goes back to the front of the queue, in order. A second time changes nothing."""
        queue = self._touch(consumer.queue)
        if consumer not in queue.consumers:
            return
        queue.consumers.remove(consumer)
        queue.ready.extendleft(reversed(consumer.unsettled.values()))
        consumer.unsettled.clear()

    def settle(self, consumer: Consumer, tags: Iterable[int]) -> None:
        """Their effects are stored; unknown tags are ignored."""
        unsettled = consumer.unsettled
        for tag in tags:
            unsettled.pop(tag, None)
        if self._queues[consumer.queue].ready:
            self._touch(consumer.queue)

    def put_aside(self, consumer: Consumer, tag: int, reason: str, at: float) -> SetAside | None:
        """Keep it out of the way; None when the tag is unknown."""
        body = consumer.unsettled.pop(tag, None)
        if body is None:
            return None
        self._touch(consumer.queue)
        aside = SetAside(consumer.queue, body, reason, at)
        self.set_aside.append(aside)
        self.set_aside_count += 1
        return aside

    def purge(self, name: str) -> int:
        """Drop what waits; what is with consumers stays with them. Returns how many were dropped."""
        queue = self._queues.get(name)
        if queue is None:
            return 0
        count = len(queue.ready)
        queue.ready.clear()
        return count

    def depths(self) -> Mapping[str, QueueDepth]:
        """The depth of each queue."""
        return {
            name: QueueDepth(
                ready=len(queue.ready),
                unsettled=sum(len(consumer.unsettled) for consumer in queue.consumers),
                consumers=len(queue.consumers),
            )
            for name, queue in self._queues.items()
        }

    def hold(self) -> None:
        """Changes follow whose effects are wanted together, at ``release``."""
        self._holds += 1

    def release(self) -> None:
        """Hand out now what has become deliverable; not to be called from inside a consumer's callback."""
        self._holds -= 1
        if self._changed and not self._holds:
            self.pump()

    def pump(self) -> None:
        """Hand out what can be handed out, in batches."""
        changed, self._changed = self._changed, {}
        told: dict[Callable[[], None], None] = {}
        for queue in changed.values():
            for consumer, parcels in self._share_out(queue):
                consumer.push(parcels)
                if consumer.pushed is not None:
                    told[consumer.pushed] = None
        for pushed in told:
            pushed()

    def _touch(self, name: str) -> _Queue:
        queue = self._queues.get(name)
        if queue is None:
            queue = self._queues[name] = _Queue()
        if not self._changed and not self._holds:
            self._wake()
        self._changed[name] = queue
        return queue

    def _share_out(self, queue: _Queue) -> list[tuple[Consumer, list[Parcel]]]:
        """Take from the front, in turn for each consumer that has credit."""
        batches: dict[Consumer, list[Parcel]] = {}
        hungry = [consumer for consumer in queue.consumers if consumer.credit > 0]
        while queue.ready and hungry:
            portion = len(queue.ready) if len(hungry) == 1 else 1
            for consumer in tuple(hungry):
                batches.setdefault(consumer, []).extend(self._take(queue, consumer, portion))
                if consumer.credit <= 0:
                    hungry.remove(consumer)
        queue.consumers.rotate(-1)
        return [(consumer, parcels) for consumer, parcels in batches.items() if parcels]

    def _take(self, queue: _Queue, consumer: Consumer, most: int) -> list[Parcel]:
        count = min(most, consumer.credit, len(queue.ready))
        first = self._last_tag + 1
        self._last_tag += count
        parcels = [(first + index, queue.ready.popleft()) for index in range(count)]
        consumer.unsettled.update(parcels)
        return parcels
