"""The one mailbox of the scheduler: what waits for the next batch, and the event that wakes it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from synergy.core.engine.schedule import Schedule
from synergy.core.errors import SynergyError
from synergy.core.ports import Delivery
from synergy.daemon.origins import UNKNOWN, Origin

T = TypeVar("T")


class Question(NamedTuple):
    """Something to be done with the schedule inside a batch; ``answer`` is set once the batch is stored.

    ``origin``: of whoever asks, for the audit.
    """

    act: Callable[[Schedule], Any]
    answer: asyncio.Future[Any]
    origin: Origin = UNKNOWN


def fail(questions: Sequence[Question], error: SynergyError) -> None:
    """Tell all who asked that it cannot be done."""
    for question in questions:
        if not question.answer.done():
            question.answer.set_exception(error)


class Batchful(NamedTuple):
    """What came in since the last batch."""

    deliveries: list[Delivery]
    questions: list[Question]


class Mailbox:
    """Filled by the broker's callbacks and by requests, emptied by the scheduler. Used in one event loop.

    Its size is bounded by the consumers' prefetch and by the control server's limit of requests under way.
    """

    def __init__(self) -> None:
        self._deliveries: list[Delivery] = []
        self._questions: list[Question] = []
        self._filled = asyncio.Event()
        self.refusal: SynergyError | None = None
        """Why nothing can be done with the schedule now; while it is set, whoever asks is told so at once."""

    def deliver(self, deliveries: Sequence[Delivery]) -> None:
        """Take messages; see ports.Deliver."""
        self._deliveries.extend(deliveries)
        self._filled.set()

    def wake(self) -> None:
        """Have the scheduler look at the clock now."""
        self._filled.set()

    async def ask(self, act: Callable[[Schedule], T], origin: Origin = UNKNOWN) -> T:
        """Do something with the schedule inside the next batch; answers once its effects are stored.

        ``origin`` is added to the audit entries that it leaves.

        Raises:
            SynergyError: whatever ``act`` raised, or why the batch could not be stored.
        """
        answer: T = await self._ask(act, origin)
        return answer

    async def ask_slowly(self, act: Callable[[Schedule], Awaitable[T]], origin: Origin = UNKNOWN) -> T:
        """As ``ask``, for what must read the store first; the batch waits for it."""
        answer: T = await self._ask(act, origin)
        return answer

    async def _ask(self, act: Callable[[Schedule], Any], origin: Origin) -> Any:
        if self.refusal is not None:
            raise self.refusal
        question = Question(act, asyncio.get_running_loop().create_future(), origin)
        self._questions.append(question)
        self._filled.set()
        return await question.answer

    def refuse(self, problem: SynergyError) -> None:
        """Nothing can be done with the schedule from now on: whoever waits is told so, and whoever comes."""
        self.refusal = problem
        waiting, self._questions = self._questions, []
        fail(waiting, problem)

    async def take(self, wait_seconds: float) -> Batchful:
        """What is there, waiting at most so long for something."""
        if not self._filled.is_set():
            if wait_seconds > 0.0:
                # a timer is a third of the cost of asyncio.timeout, and this is done for every job
                timer = asyncio.get_running_loop().call_later(wait_seconds, self._filled.set)
                await self._filled.wait()
                timer.cancel()
            else:
                await asyncio.sleep(0)  # let in what has come
        self._filled.clear()
        taken = Batchful(self._deliveries, self._questions)
        self._deliveries, self._questions = [], []
        return taken
