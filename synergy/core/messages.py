"""The messages that travel through the broker, and the names of its queues (DOMAIN: section 7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from synergy.core.context import Work
from synergy.core.errors import PeerError
from synergy.core.records import UnitOfWork, UowId, derive_uow_id
from synergy.core.states import JobState

M = TypeVar("M")

Q_UOW_STATUS: Final = "q_uow_status"
Q_JOB_STATUS: Final = "q_job_status"


BY_HAND: Final = "@by_hand"
"""Stands for a process name in the queue of freerun entries whose process is in no definition; no process has it."""


def process_queue(process_name: str) -> str:
    """The queue of one process's units of work."""
    return f"q_{process_name}"


def box_queue(box_id: str) -> str:
    """The queue of one box's utility messages (cancel, start, stop)."""
    return f"q_utils_{box_id}"


class UowMessage(Struct, frozen=True, gc=False, omit_defaults=True):
    """Daemon → workers: this unit of work is requested. ``work`` is sent only when no file defines it (by hand)."""

    process_name: str
    record_db_id: UowId
    entry_name: str | None = None
    work: Work | None = None


class UowClaimed(Struct, frozen=True, gc=False, tag="uow_claimed"):
    """Supervisor → daemon: stored as in progress."""

    uow: UnitOfWork


class UowFinished(Struct, frozen=True, gc=False, tag="uow_finished"):
    """Supervisor → daemon: the finish (processed, noop, canceled, invalid) is stored and was accepted."""

    uow: UnitOfWork


class LogGrew(Struct, frozen=True, gc=False, tag="log_grew"):
    """Supervisor → daemon: the attempt's log now has ``total`` stored lines."""

    uow_id: UowId
    attempt: int
    total: int


class SupervisorStarted(Struct, frozen=True, gc=False, tag="supervisor_started"):
    """Supervisor → daemon: what earlier supervisors of this box left is dead; their units of work are free.

    ``earlier``: those that the store tells as holding something. Whoever is named here is gone for good, however late
    this is read, and whatever clocks say.
    """

    supervisor_id: str
    box_id: str
    earlier: tuple[str, ...] = ()


class KillUnproved(Struct, frozen=True, gc=False, tag="kill_unproved"):
    """Supervisor → daemon: these processes of a unit of work outlive KILL; said again and again until they are gone."""

    uow_id: UowId
    attempt: int
    pids: tuple[int, ...]
    box_id: str


class QueueLost(Struct, frozen=True, gc=False, tag="queue_lost"):
    """Supervisor → daemon: a queue was deleted, with the requests in it; it is there again."""

    supervisor_id: str


StatusMessage = UowClaimed | UowFinished | LogGrew | SupervisorStarted | KillUnproved | QueueLost


class JobFinished(Struct, frozen=True, gc=False, tag="job_finished"):
    """Daemon → whoever listens: the job is processed, skipped or a noop, and that is stored."""

    process_name: str
    timeperiod: str
    state: JobState


class CancelUow(Struct, frozen=True, gc=False, tag="cancel_uow"):
    """Daemon → box: cancel is requested (and stored) for this unit of work."""

    uow_id: UowId


class SwitchProcess(Struct, frozen=True, gc=False, tag="switch_process"):
    """Daemon → box: a daemon process was switched on or off (and stored)."""

    process_name: str
    is_on: bool


class ReloadDefinitions(Struct, frozen=True, gc=False, tag="reload_definitions"):
    """Daemon → box: it works by definitions of this ``digest``; whoever has others loads the project anew."""

    digest: str


BoxMessage = CancelUow | SwitchProcess | ReloadDefinitions

encode = msgspec.json.Encoder().encode
_read_uow_message: Final = msgspec.json.Decoder(UowMessage).decode
_read_status: Final = msgspec.json.Decoder(StatusMessage).decode
_read_box_message: Final = msgspec.json.Decoder(BoxMessage).decode


def decode_uow_message(body: bytes) -> UowMessage:
    """Raises PeerError: it cannot be understood."""
    return _understood(_read_uow_message, body)


def decode_status(body: bytes) -> StatusMessage:
    """Raises PeerError: it cannot be understood, or speaks of a unit of work under the name of another."""
    message: StatusMessage = _understood(_read_status, body)
    if isinstance(message, UowClaimed | UowFinished):
        uow = message.uow
        if uow.uow_id != derive_uow_id(uow.process_name, uow.entry_name, uow.timeperiod, uow.run):
            raise PeerError(f"{uow.uow_id} is not the unit of work of {uow.key}, run {uow.run}")
    return message


def decode_box_message(body: bytes) -> BoxMessage:
    """Raises PeerError: it cannot be understood."""
    message: BoxMessage = _understood(_read_box_message, body)
    return message


def _understood(read: Callable[[bytes], M], body: bytes) -> M:
    try:
        return read(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:  # ValueError: bytes that are no UTF-8
        raise PeerError(f"it cannot be read: {error}") from None
