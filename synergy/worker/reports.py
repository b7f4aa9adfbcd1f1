"""What a supervisor tells: finishes to the store, then statuses to the daemon. Both wait out an outage.

Whatever is ready when the store or the broker is free goes in one batch; there is no timer, so a lone finish is stored
and announced at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from typing import Final

from synergy.core.errors import InvalidArgument
from synergy.core.messages import (
    Q_UOW_STATUS,
    KillUnproved,
    LogGrew,
    StatusMessage,
    UowClaimed,
    UowFinished,
    UowMessage,
    encode,
    process_queue,
)
from synergy.core.ports import Broker, Finish, Message, WorkerStore
from synergy.core.records import UnitOfWork, UowId
from synergy.core.states import UowState
from synergy.worker.backoff import WorldTrouble, until_answered
from synergy.worker.logs import LogShipper

CLAIM_SECONDS: Final = 0.02
"""Work that is shorter than this is announced once, when it has finished: that halves the daemon's part in it."""

UNSTORABLE: Final = "the store cannot hold what it reported"
"""The exit reason of an attempt whose own end the store refuses."""

log = logging.getLogger(__name__)


class Reports:
    """Finishes and statuses on their way out, in order."""

    def __init__(self, store: WorkerStore, broker: Broker, supervisor_id: str) -> None:
        self._store = store
        self._broker = broker
        self._supervisor_id = supervisor_id
        self._finishes: list[Finish] = []
        self._finish_wake = asyncio.Event()
        self._leaving: Counter[UowId] = Counter()
        self._claimed: dict[UowId, UowClaimed] = {}
        self._aged_claims: dict[UowId, UowClaimed] = {}
        self._claim_timer: asyncio.TimerHandle | None = None
        self._statuses: list[StatusMessage] = []
        self._grown: dict[tuple[UowId, int], LogGrew] = {}
        self._unproved: dict[tuple[UowId, int], KillUnproved] = {}
        self._status_wake = asyncio.Event()
        self._in_flight = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._wanted = True

    def claimed(self, uow: UnitOfWork) -> None:
        """Announce a claim that is stored, in a moment; one that is overtaken by its own finish is not sent at all."""
        self._claimed[uow.uow_id] = UowClaimed(uow)
        if self._claim_timer is None:
            self._claim_timer = asyncio.get_running_loop().call_later(CLAIM_SECONDS, self._age_claims)

    def log_grew(self, message: LogGrew) -> None:
        """Announce how far a log has grown; only the latest is sent."""
        self._grown[message.uow_id, message.attempt] = message
        self._status_wake.set()

    def unproved(self, message: KillUnproved) -> None:
        """Announce what outlives KILL; only the latest is sent."""
        self._unproved[message.uow_id, message.attempt] = message
        self._status_wake.set()

    def say(self, message: StatusMessage) -> None:
        """Announce anything else."""
        self._statuses.append(message)
        self._status_wake.set()

    @property
    def leaving(self) -> AbstractSet[UowId]:
        """Units of work that the store still tells as held, though they have ended here or are being given back."""
        return self._leaving.keys()

    def finish(self, finish: Finish) -> None:
        """Store an end, and announce it when the store accepted it."""
        self._finishes.append(finish)
        self._leaving[finish.uow_id] += 1
        self._finish_wake.set()

    async def run_finishes(self, shipper: LogShipper) -> None:
        """Store finishes until cancelled, each after the lines of its log."""
        while True:
            await self._finish_wake.wait()
            self._finish_wake.clear()
            batch, self._finishes = self._finishes, []
            if not batch:
                continue
            with self._under_way():
                if shipper.has_unstored():
                    await shipper.flush()
                await self._store_finishes(batch)
                self._leaving -= Counter(finish.uow_id for finish in batch)

    async def run_statuses(self) -> None:
        """Publish statuses until cancelled."""
        while True:
            await self._status_wake.wait()
            self._status_wake.clear()
            statuses = [*self._grown.values(), *self._unproved.values(), *self._statuses]
            self._grown, self._unproved, self._statuses = {}, {}, []
            if not statuses:
                continue
            with self._under_way():
                messages = [Message(Q_UOW_STATUS, encode(status)) for status in statuses]
                await self._publish(messages)

    async def give_back(self, uows: Sequence[UnitOfWork]) -> None:
        """Make units of work that did not run requested again, with the same attempt, and offer them again."""
        ids = [uow.uow_id for uow in uows]
        with self._under_way():
            await self._release(ids)
            log.info("%d units of work given back", len(ids), extra={"action": "uows_released", "count": len(ids)})
            await self._publish(
                [
                    Message(
                        process_queue(uow.process_name),
                        encode(UowMessage(uow.process_name, uow.uow_id, uow.entry_name)),
                    )
                    for uow in uows
                ]
            )

    async def _release(self, ids: list[UowId]) -> None:
        self._leaving += Counter(ids)
        try:
            await until_answered(lambda: self._store.release(ids, self._supervisor_id), "release", lambda: self._wanted)
        finally:
            self._leaving -= Counter(ids)

    async def drain(self, limit_seconds: float) -> bool:
        """Wait until all is out; False when the limit passed first."""
        try:
            async with asyncio.timeout(limit_seconds):
                await self._all_out()
        except TimeoutError:
            return False
        return True

    def give_up(self) -> None:
        """The supervisor ends: what does not get out now stays in the store for the daemon to find."""
        self._wanted = False

    async def _all_out(self) -> None:
        self._announce(self._aged_claims)
        self._announce(self._claimed)
        while self._in_flight or self._finishes or self._statuses or self._grown or self._unproved:
            self._quiet.clear()
            await self._quiet.wait()

    def _age_claims(self) -> None:
        """Announce claims that have waited one to two times CLAIM_SECONDS; look again while there are younger ones."""
        self._claim_timer = None
        self._announce(self._aged_claims)
        self._aged_claims, self._claimed = self._claimed, {}
        if self._aged_claims:
            self._claim_timer = asyncio.get_running_loop().call_later(CLAIM_SECONDS, self._age_claims)

    def _announce(self, claims: dict[UowId, UowClaimed]) -> None:
        if claims:
            self._statuses.extend(claims.values())
            claims.clear()
            self._status_wake.set()

    async def _store_finishes(self, batch: list[Finish]) -> None:
        try:
            accepted, _ = await until_answered(lambda: self._store.finish(batch), "finish", lambda: self._wanted)
        except InvalidArgument as refusal:
            await self._store_each(batch, refusal)
            return
        except WorldTrouble as trouble:
            log.error(  # noqa: TRY400 - the trouble is the store's, and told
                "%d finishes are not stored: %s", len(batch), trouble, extra={"action": "finishes_lost"}
            )
            return
        for uow in accepted:
            self._claimed.pop(uow.uow_id, None)
            self._aged_claims.pop(uow.uow_id, None)
            self.say(UowFinished(uow))
        if len(accepted) < len(batch):
            stored = {uow.uow_id for uow in accepted}
            for finish in batch:
                if finish.uow_id not in stored:
                    log.warning(
                        "finish of %s attempt %d is kept as evidence only: it is no longer ours",
                        finish.uow_id,
                        finish.attempt,
                        extra={"action": "finish_refused", "uow_id": finish.uow_id},
                    )

    async def _store_each(self, batch: list[Finish], refusal: InvalidArgument) -> None:
        """The store cannot hold one of them: the others are stored, and that one is told as a failure."""
        if len(batch) > 1:
            for finish in batch:
                await self._store_finishes([finish])
            return
        told, extra = batch[0], {"action": "finish_unstorable", "uow_id": batch[0].uow_id}
        log.error("finish of %s attempt %d: %s", told.uow_id, told.attempt, refusal, extra=extra)
        if told.exit_reason != UNSTORABLE:
            plain = Finish(
                told.uow_id, told.attempt, told.supervisor_id, UowState.INVALID, told.at, UNSTORABLE,
                log_lines=told.log_lines, started=told.started, kill=told.kill,
            )  # fmt: skip
            await self._store_finishes([plain])

    async def _publish(self, messages: Sequence[Message]) -> None:
        try:
            await until_answered(lambda: self._broker.publish(messages), "publish", lambda: self._wanted)
        except WorldTrouble as trouble:
            text = "%d messages are not published: %s"
            log.warning(text, len(messages), trouble, extra={"action": "messages_lost"})

    @contextmanager
    def _under_way(self) -> Iterator[None]:
        """What is under way while a block runs, so that a drain can wait for it."""
        self._in_flight += 1
        try:
            yield
        finally:
            self._in_flight -= 1
            self._quiet.set()
