"""Bodies of messages, from either broker: read and acted upon, or set aside, and the scheduler goes on.

A body that reads well but says what cannot be (a claim of nobody, counts without bounds) must not end it either.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from msgspec.structs import replace

from synergy.core import messages as m
from synergy.core.context import Work
from synergy.core.errors import PeerError
from synergy.core.records import UnitOfWork, UowId, derive_uow_id
from synergy.core.states import JobState, UowState
from tests.fuzz.daemon import FIRST_UOW, daemon_of
from tests.fuzz.mutating import mutated_json
from tests.fuzz.target import Attempt, Target

UOW = UnitOfWork(FIRST_UOW, "MainHourly", "2013013020", 1, "2013013020", "2013013021", arguments={"a": 1}, pid=7)
FREERUN = derive_uow_id("Report", "mail", "20130130233000", 1)


class Status:
    """A delivery that remembers whether it was set aside."""

    queue = m.Q_UOW_STATUS

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.reason: str | None = None

    def ack(self) -> None:
        """Nobody waits for it."""

    def set_aside(self, reason: str) -> None:
        """Keep the reason."""
        self.reason = reason


@contextmanager
def opened() -> Iterator[Attempt]:
    """A scheduler that takes status messages."""
    with daemon_of() as daemon:

        def tell(body: bytes) -> None:
            for decode in (m.decode_uow_message, m.decode_box_message):
                with suppress(PeerError):
                    decode(body)
            delivery = Status(body)
            daemon.scheduler.mailbox.deliver([delivery])
            daemon.run(daemon.scheduler.mailbox.ask(lambda schedule: schedule.now))
            daemon.check()
            if delivery.reason is not None:
                raise PeerError(delivery.reason)

        yield tell


def seeds() -> list[bytes]:
    """One of each kind."""
    finished = replace(UOW, state=UowState.PROCESSED, finished=2.0, claimed_by="s1", number_of_processed_documents=5)
    freerun = replace(UOW, uow_id=FREERUN, process_name="Report", entry_name="mail", timeperiod="20130130233000")
    told: list[object] = [
        m.UowMessage("MainHourly", FIRST_UOW),
        m.UowMessage("Hand", UowId("Hand::made@20130130233000.1"), "made", Work(command=("true",), env={"A": "b"})),
        m.UowClaimed(replace(UOW, state=UowState.IN_PROGRESS, claimed_by="s1", box_id="box-1", started=1.5)),
        m.UowFinished(finished),
        m.UowFinished(replace(finished, state=UowState.INVALID, exit_reason="exit 3")),
        m.UowFinished(replace(freerun, state=UowState.PROCESSED)),
        m.LogGrew(FIRST_UOW, 1, 25),
        m.SupervisorStarted("s2", "box-1"),
        m.KillUnproved(FIRST_UOW, 1, (17, 18), "box-1"),
        m.QueueLost("s1"),
        m.JobFinished("MainHourly", "2013013020", JobState.PROCESSED),
        m.CancelUow(FIRST_UOW),
        m.SwitchProcess("Feed", is_on=False),
        m.ReloadDefinitions("d" * 32),
    ]
    return [m.encode(one) for one in told]


WORDS = (b'"uow_finished"', b'"state_processed"', b'"attempt":2', b"OtherHourly", b"2013013021")
TARGET = Target("message_bodies", seeds, opened, (PeerError,), WORDS, mutated_json)
