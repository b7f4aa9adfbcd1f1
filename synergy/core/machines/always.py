"""The rules that every machine has: skip, reprocess, force, marks, and reports that come late or twice.

An event may be delivered more than once, and may come when nobody waits for it any more; such a report is evidence and
changes nothing. A finished job is left only by a reprocess.
"""

from __future__ import annotations

from typing import Final

from synergy.core.machines import guards
from synergy.core.machines.model import Effect, Event
from synergy.core.machines.table import ANY_STATE, EMBRYO, FINISHED, RUNNING, Count, Rule
from synergy.core.states import JobState


def _marking(word: str, event: Event, becomes: JobState) -> tuple[Rule, ...]:
    others = tuple(state for state in FINISHED if state is not becomes)
    return (
        Rule(
            f"marked {word} while it runs",
            RUNNING,
            (event,),
            becomes=becomes,
            effects=(Effect.CANCEL_UOW, Effect.ANNOUNCE),
        ),
        Rule(f"marked {word}", (*EMBRYO, *others), (event,), becomes=becomes, effects=(Effect.ANNOUNCE,)),
        Rule(f"{word} already", (becomes,), (event,), refused="there is nothing to mark"),
    )


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
    *_marking("processed", Event.MARK_PROCESSED, JobState.PROCESSED),
    *_marking("noop", Event.MARK_NOOP, JobState.NOOP),
    Rule(
        "forced",
        (*EMBRYO, *RUNNING),
        (Event.FORCE,),
        (guards.nothing_is_active,),
        JobState.IN_PROGRESS,
        (Effect.ISSUE_UOW,),
    ),
    Rule("worked on already", (*EMBRYO, *RUNNING), (Event.FORCE,), refused="cancel its unit of work first"),
    Rule("too late to force", FINISHED, (Event.FORCE,), refused="only an active job is started; reprocess it first"),
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
