"""Why a job does not go on: its unmet conditions, down to the roots; and the other direction.

``conditions`` finds what is unmet of one job, ``kinds`` tells which jobs are alike in that, ``graph`` follows it down,
``tree`` and ``folding`` are the two answers made of that; ``words`` says a condition. ``entries`` tells the same of
freerun entries. What only the daemon knows comes in with ``outlook.Around``.
"""

from collections.abc import Iterator

from synergy.core.engine.why.absent import absent
from synergy.core.engine.why.blocking import Waiting, waiting_on
from synergy.core.engine.why.codes import Code
from synergy.core.engine.why.conditions import conditions_of
from synergy.core.engine.why.entries import conditions_of_entry, problems_of_entries, work_of_entry
from synergy.core.engine.why.folding import Fold, Folded, fold_in_steps
from synergy.core.engine.why.graph import Graph, Root
from synergy.core.engine.why.outlook import Around, Outlook
from synergy.core.engine.why.runs import Run, RunAttempt, runs_of
from synergy.core.engine.why.told import Told
from synergy.core.engine.why.tree import Branch, tree_of
from synergy.core.engine.why.words import tell
from synergy.core.timetable.timetable import Node

__all__ = [
    "Around",
    "Branch",
    "Code",
    "Fold",
    "Folded",
    "Graph",
    "Outlook",
    "Root",
    "Run",
    "RunAttempt",
    "Told",
    "Waiting",
    "absent",
    "conditions_of_entry",
    "fold_in_steps",
    "problems_of_entries",
    "runs_of",
    "tell",
    "tree_of",
    "waiting_for",
    "waiting_on",
    "work_of_entry",
]


def waiting_for(outlook: Outlook, node: Node) -> Iterator[str]:
    """Each condition that keeps the job from going on, in words; nothing when it runs or is finished."""
    if outlook.schedule.state(node).is_finished:
        return
    for condition in conditions_of(outlook, node):
        if condition.code.is_told_as_waiting:
            told = tell(outlook, node, condition)
            yield f"{told.what} ({told.command})" if told.code is Code.INACTIVE_PROCESS else told.what


def deciding_code(outlook: Outlook, node: Node) -> str:
    """The code of the condition that decides why the job does not go on; a finished one's is ``done``."""
    return conditions_of(outlook, node)[0].code.value
