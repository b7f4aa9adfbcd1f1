"""The collector's rules, pure: what to do with stale and failed units of work, and how to offer them again."""

from synergy.core.collector.clock_jumps import JumpWatch
from synergy.core.collector.offers import LOSSES_IN_A_ROW, cancel, is_lost, lose, release
from synergy.core.collector.queues import Queued, ReprocessingQueues
from synergy.core.collector.verdicts import (
    LEAVE,
    Cancel,
    Enqueue,
    GiveUp,
    Leave,
    Rules,
    Skip,
    Verdict,
    exit_code,
    freshness,
    has_waited,
    judge,
    why_give_up,
)

__all__ = [
    "LEAVE",
    "LOSSES_IN_A_ROW",
    "Cancel",
    "Enqueue",
    "GiveUp",
    "JumpWatch",
    "Leave",
    "Queued",
    "ReprocessingQueues",
    "Rules",
    "Skip",
    "Verdict",
    "cancel",
    "exit_code",
    "freshness",
    "has_waited",
    "is_lost",
    "judge",
    "lose",
    "release",
    "why_give_up",
]
