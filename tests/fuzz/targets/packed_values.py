"""What comes in MessagePack: frames of a warm child whose job wrote into its channel, and documents of MongoDB.

A child's frames are taken as a supervisor takes them, down to the store; a document that cannot be read is damage.
"""

from __future__ import annotations

import asyncio
import math
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec

from synergy.core.plan_records import PlannedChange, PlanRecord
from synergy.core.ports import Batch, Claim, Finish
from synergy.core.records import AuditEntry, AuditHead, BoxProcess, EntryRecord, LogLine, ProcessOverride, UowId
from synergy.core.states import JobState, UowState
from synergy.daemon.views.shapes import iso
from synergy.stores.mongodb import documents
from synergy.stores.mongodb.failures import RAISED
from synergy.stores.sqlite.leader import SqliteLeaderStore
from synergy.stores.sqlite.worker import SqliteWorkerStore
from synergy.worker.frames import Done, FrameReader, Importing, Lines, Outcome, Ready, Stale, decode_from_child, frame
from synergy.worker.logs import AttemptLog
from tests.contract.store import samples
from tests.fuzz.mutating import damaged
from tests.fuzz.target import Attempt, Target

LINE: Final = LogLine(1.5, "stdout", "INFO", "a line")
JOB: Final = samples.uow(1)


def damaged_packed(random: Random, seed: bytes) -> bytes:
    """A MessagePack value with something different in it."""
    value = damaged(random, msgspec.msgpack.decode(seed))
    try:
        return msgspec.msgpack.encode(_packable(value))
    except (OverflowError, ValueError, RecursionError):  # what MessagePack has no form for
        return seed


def _packable(value: Any) -> Any:
    if isinstance(value, dict):
        return {_packable(key): _packable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_packable(inner) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**64:
        return math.copysign(1e300, value)
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


@contextmanager
def told_by_child() -> Iterator[Attempt]:
    """A store with a claimed unit of work for each input."""
    numbers = count(1)
    with tempfile.TemporaryDirectory(prefix="fuzz") as name, asyncio.Runner() as runner:
        leader, worker = SqliteLeaderStore(Path(name) / "s.db"), SqliteWorkerStore(Path(name) / "s.db")

        async def begin() -> int:
            await leader.open()
            await worker.open()
            return await leader.take_term("d")

        term = runner.run(begin())

        async def take(data: bytes) -> None:
            uow = samples.uow(next(numbers))
            for body in FrameReader().feed(len(data).to_bytes(4, "big") + data):
                message = decode_from_child(body)
                await leader.commit(Batch(term, new_uows=(uow,)))
                await worker.claim([Claim(uow.uow_id, "s1", "box-1", "host", 1.0)])
                log = AttemptLog(uow, lambda _log: None)
                log.add(message.lines if isinstance(message, Lines | Done) else ())
                await worker.append_log(log.take())
                await end(uow.uow_id, message.outcome if isinstance(message, Done) else Outcome(UowState.PROCESSED))
                page = await leader.log(uow.uow_id, 1, 0, 100)
                assert all(iso(line.at) for line in page.lines)

        async def end(uow_id: UowId, outcome: Outcome) -> None:
            await worker.finish([
                Finish(
                    uow_id, 1, "s1", outcome.state, 2.0, outcome.reason,
                    number_of_processed_documents=outcome.processed,
                    number_of_aggregated_documents=outcome.aggregated,
                )
            ])  # fmt: skip

        yield lambda data: runner.run(take(data))
        runner.run(worker.close())
        runner.run(leader.close())


def child_seeds() -> list[bytes]:
    """One of each kind."""
    outcome = Outcome(UowState.INVALID, "raised ValueError: no", 5, 2)
    messages = (Ready(7), Importing(on=True), Lines((LINE, LINE)), Done(outcome, (LINE,)), Stale(("jobs",)))
    return [bytes(frame(message)[4:]) for message in messages]


READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "job": lambda found: documents.to_jobs([found]),
    "uow": documents.to_archived_uow,
    "plan": documents.to_plan,
    "entry": documents.to_entry,
    "supervisor": documents.to_supervisor,
    "audit": documents.to_audit,
    "audit_head": documents.to_audit_head,
    "override": lambda found: documents.read(ProcessOverride, [found]),
    "box_process": lambda found: documents.read(BoxProcess, [found]),
}


def read_document(data: bytes) -> None:
    """A document of one of the collections: ``[collection, document]``."""
    try:
        name, document = msgspec.msgpack.decode(data)
    except (TypeError, ValueError, RecursionError):
        return  # no document of any collection
    if isinstance(name, str) and name in READERS and isinstance(document, dict):
        READERS[name](document)


def document_seeds() -> list[bytes]:
    """One of each collection."""
    uow = documents.from_uow(JOB)
    uow["attempts"] = [{"attempt": 1, "supervisor_id": "s1", "box_id": "b", "host": "h", "started": 1.0, "kill": None}]
    change = PlannedChange("Hourly", "2013010100", JobState.PROCESSED, JobState.SKIPPED, "because")
    told: dict[str, Any] = {
        "job": documents.from_job(samples.job(1)),
        "uow": uow,
        "plan": documents.from_plan(PlanRecord("p1", "skip", "ann", 1.0, (change,), targets=("a",))),
        "entry": documents.from_entry(EntryRecord("Report", "mail", "every 60", arguments={"a": 1})),
        "supervisor": documents.from_supervisor(samples.supervisor()),
        "audit": documents.from_audit(AuditEntry(2.5, "ann", "skip", "A@1", seq=1)),
        "audit_head": documents.from_audit(AuditHead(1, "d" * 64)),
        "override": documents.from_override(ProcessOverride("Hourly", is_on=False)),
        "box_process": documents.from_box_process(BoxProcess("box-1", "Feed", is_on=False)),
    }
    return [msgspec.msgpack.encode([name, document], enc_hook=str) for name, document in told.items()]


@contextmanager
def of_documents() -> Iterator[Attempt]:
    """Nothing is needed around it."""
    yield read_document


CHILD_TARGET = Target(
    "child_frames", child_seeds, told_by_child, (ValueError, msgspec.MsgspecError), (), damaged_packed
)
DOCUMENT_TARGET = Target("stored_documents", document_seeds, of_documents, RAISED, (), damaged_packed)
