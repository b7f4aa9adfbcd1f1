"""The predicates by which rules are told apart. Each reads facts and nothing else; its docstring is documentation."""

from __future__ import annotations

from synergy.core.machines.model import Facts, Gate
from synergy.core.states import UowState


def is_due(facts: Facts) -> bool:
    """The trigger, or an operator's `trigger`, allows a start."""
    return facts.due


def is_closed(facts: Facts) -> bool:
    """The period has ended, and the lag has passed."""
    return facts.closed


def has_ended(facts: Facts) -> bool:
    """The period has ended, whether or not the lag has passed."""
    return facts.ended or facts.closed


def is_live(facts: Facts) -> bool:
    """The period has not ended, or the lag has not passed."""
    return not facts.closed


def is_complete(facts: Facts) -> bool:
    """The period is closed, and every child and counterpart is finished."""
    return facts.closed and facts.finalizable


def is_incomplete(facts: Facts) -> bool:
    """The period is live, or a child or counterpart is not finished."""
    return not is_complete(facts)


def is_fresh(facts: Facts) -> bool:
    """The unit of work was claimed after the last input finished."""
    return facts.fresh


def gate_is_open(facts: Facts) -> bool:
    """The blocking type lets the job run."""
    return facts.gate is Gate.OPEN


def may_not_start(facts: Facts) -> bool:
    """The trigger did not fire, or the blocking type keeps the job from running."""
    return not facts.due or facts.gate is not Gate.OPEN


def dependency_is_skipped(facts: Facts) -> bool:
    """The job would start now, its period is closed, but a counterpart that it depends on is skipped."""
    return facts.due and facts.closed and facts.gate is Gate.SKIP


def cancel_is_pending(facts: Facts) -> bool:
    """A cancel was requested, and it is not proved yet that the work is gone."""
    return facts.uow_cancel_requested and not (facts.uow is not None and facts.uow.is_finished)


def uow_is_active(facts: Facts) -> bool:
    """The unit of work is requested, in progress or invalid (it will be offered again)."""
    return facts.uow is not None and not facts.uow.is_finished


def nothing_is_active(facts: Facts) -> bool:
    """No unit of work is active, and none is being stopped."""
    return not uow_is_active(facts) and not cancel_is_pending(facts)


def uow_is_waiting(facts: Facts) -> bool:
    """The unit of work is requested or invalid: nobody has started this attempt."""
    return facts.uow in {UowState.REQUESTED, UowState.INVALID}


def uow_is_processed(facts: Facts) -> bool:
    """The unit of work is processed."""
    return facts.uow is UowState.PROCESSED


def uow_is_noop(facts: Facts) -> bool:
    """The unit of work found nothing to do."""
    return facts.uow is UowState.NOOP


def uow_is_canceled(facts: Facts) -> bool:
    """The unit of work is canceled."""
    return facts.uow is UowState.CANCELED


def uow_has_result(facts: Facts) -> bool:
    """The unit of work is processed or noop."""
    return facts.uow in {UowState.PROCESSED, UowState.NOOP}


def uow_left_nothing(facts: Facts) -> bool:
    """There is no unit of work, or it was canceled."""
    return facts.uow is None or facts.uow is UowState.CANCELED


def boundaries_moved(facts: Facts) -> bool:
    """The data source holds more than the unit of work would read."""
    return facts.boundaries is not None and facts.boundaries.end_id != facts.uow_end_id


def lacks_data(facts: Facts) -> bool:
    """The data source was asked, and holds nothing for the period."""
    return facts.has_source and facts.boundaries is None


def failures_are_used_up(facts: Facts) -> bool:
    """With this failure there are more than the highest allowed number."""
    return facts.failures + 1 > facts.max_failures


def nothing_below(facts: Facts) -> bool:
    """The job has no children, or all of them are skipped."""
    return facts.is_leaf or facts.children_skipped


def equal_is_processed(facts: Facts) -> bool:
    """A processed unit of work since the last reprocess has exactly these boundaries."""
    return facts.equal_finished is not None and facts.equal_finished_state is UowState.PROCESSED


def equal_is_noop(facts: Facts) -> bool:
    """A noop unit of work since the last reprocess has exactly these boundaries."""
    return facts.equal_finished is not None and facts.equal_finished_state is UowState.NOOP
