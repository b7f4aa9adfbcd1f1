"""The rules that every machine has: skip, reprocess, and reports that come late or twice.

An event may be delivered more than once, and may come when nobody waits for it any more; such a report is evidence and
changes nothing. A finished job is left only by a reprocess.
"""

from __future__ import annotations

from typing import Final

from synergy.core.machines.model import Effect, Event
from synergy.core.machines.table import ANY_STATE, EMBRYO, FINISHED, RUNNING, Count, Rule
from synergy.core.states import JobState

ALWAYS: Final = (
    Rule("late report", ANY_STATE, (Event.LATE_STATUS,)),
    Rule("report of a forgotten run", EMBRYO, (Event.UOW_FINISHED, Event.UOW_INVALID, Event.CANCELED)),
    Rule("finished already", FINISHED, (Event.TICK, Event.UOW_FINISHED, Event.UOW_INVALID, Event.CANCELED)),
    Rule("skipped before it ran", EMBRYO, (Event.SKIP,), becomes=JobState.SKIPPED, effects=(Effect.ANNOUNCE,)),
    Rule(
        "skipped while it runs",
        RUNNING,
        (Event.SKIP,),
        becomes=JobState.SKIPPED,
        effects=(Effect.CANCEL_UOW, Effect.ANNOUNCE),
    ),
    Rule("too late to skip", FINISHED, (Event.SKIP,), refused="only an active job is skipped; reprocess it first"),
    Rule("only ordered", EMBRYO, (Event.REPROCESS,)),
    Rule(
        "reprocessed",
        (*RUNNING, *FINISHED),
        (Event.REPROCESS,),
        becomes=JobState.EMBRYO,
        effects=(Effect.CANCEL_UOW, Effect.FORGET_UOW),
        count=Count.RESET,
    ),
)
