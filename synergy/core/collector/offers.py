"""Patches that offer a unit of work again, or end it without a worker; each is a compare-and-set.

An attempt number rises only when an invalid or lost unit of work is offered again. Sending the message of an unclaimed
one anew changes nothing but the stamp.
"""

from __future__ import annotations

from typing import Final

from msgspec import UNSET, UnsetType

from synergy.core.context import Work
from synergy.core.errors import IllegalState
from synergy.core.records import CANCELED_LOST, LEASE_LOST, UnitOfWork, UowPatch, UowType
from synergy.core.states import UowState

LOSSES_IN_A_ROW: Final = 3
"""So many lost workers in a row make a unit of work invalid: it may be what kills them."""


def release(uow: UnitOfWork, now: float) -> UowPatch:
    """Offer a unit of work again: an invalid one as a new attempt; an unclaimed one as it is, its message sent anew.

    Raises:
        IllegalState: it is in progress or finished.
    """
    if uow.state is UowState.REQUESTED:
        return UowPatch(uow.uow_id, UowState.REQUESTED, uow.attempt, submitted=now)
    if uow.state is UowState.INVALID:
        return _offer_again(uow, now, losses=0)
    raise IllegalState(f"{uow.uow_id} is {uow.state.word}", remedy="only a requested or invalid one is offered again")


def lose(uow: UnitOfWork, now: float, work: Work | None = None) -> UowPatch:
    """A unit of work whose worker is gone, or ended it at its fence: offered again at once, as a new attempt.

    It is invalid instead after three losses in a row, when its attempts are used up, and when it is a freerun one (its
    next trigger makes a new one). One whose cancel was requested is canceled: its supervisor has killed what was left.

    Raises:
        IllegalState: it is neither in progress nor invalid for that reason.
    """
    if uow.state is not UowState.IN_PROGRESS and not is_lost(uow):
        raise IllegalState(f"{uow.uow_id} is {uow.state.word}", remedy="only one in progress can lose its worker")
    if uow.cancel_requested:
        return _finish(uow, UowState.CANCELED, now, CANCELED_LOST)
    losses = uow.losses + 1
    spent = work is not None and attempts_are_used_up(uow, work)
    if losses >= LOSSES_IN_A_ROW or spent or uow.uow_type is UowType.FREERUN:
        return _finish(uow, UowState.INVALID, now, LEASE_LOST, losses=losses)
    return _offer_again(uow, now, losses=losses, reason=LEASE_LOST)


def is_lost(uow: UnitOfWork) -> bool:
    """Whether its worker itself told that it could not go on: no failure of the work."""
    return uow.state is UowState.INVALID and uow.exit_reason == LEASE_LOST


def cancel(uow: UnitOfWork, now: float, reason: str = "canceled before it ran") -> UowPatch:
    """Cancel an active unit of work: at once when nobody runs it, else by request.

    Raises:
        IllegalState: it is finished.
    """
    if uow.state.is_finished:
        raise IllegalState(f"{uow.uow_id} is {uow.state.word}", remedy="there is nothing to cancel")
    if uow.state is UowState.IN_PROGRESS:
        return UowPatch(uow.uow_id, uow.state, uow.attempt, cancel_requested=True)
    return _finish(uow, UowState.CANCELED, now, reason)


def attempts_are_used_up(uow: UnitOfWork, work: Work) -> bool:
    """Whether the process allows no further attempt."""
    return work.max_attempts is not None and uow.attempt >= work.max_attempts


def _offer_again(uow: UnitOfWork, now: float, losses: int, reason: str | UnsetType = UNSET) -> UowPatch:
    """The next attempt. Until it ends, the record tells why the last one failed."""
    return UowPatch(
        uow.uow_id,
        uow.state,
        uow.attempt,
        _holder(uow),
        state=UowState.REQUESTED,
        attempt=uow.attempt + 1,
        retries=uow.retries + 1,
        losses=losses,
        submitted=now,
        claimed_by=None,
        exit_reason=reason,
        gave_up=False,
    )


def _finish(uow: UnitOfWork, state: UowState, now: float, reason: str, losses: int | UnsetType = UNSET) -> UowPatch:
    return UowPatch(
        uow.uow_id, uow.state, uow.attempt, _holder(uow),
        state=state, finished=now, exit_reason=reason, losses=losses,
    )  # fmt: skip


def _holder(uow: UnitOfWork) -> str | UnsetType | None:
    """From whom it is taken: if it was given back, and another worker has claimed it, it is not theirs to lose."""
    return uow.claimed_by if uow.state is UowState.IN_PROGRESS else UNSET
