"""A plan before it is accepted, bound to the states that it saw."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from synergy.core.control.replies import Refusal
from synergy.core.directives import Directive
from synergy.core.errors import CallerError
from synergy.core.plan_records import DirectiveUndo, PlannedChange, PlanRecord, SettingUndo
from synergy.core.records import Job, UowId
from synergy.core.timetable.timetable import Node
from synergy.core.wishes import Wish


class Undo(Struct, frozen=True):
    """What of an earlier plan would be taken back; ``restores[i]`` is what ``nodes[i]`` of the draft becomes.

    ``directives`` and ``settings`` (of processes, entries and boxes) are put as they were before; ``words``: what the
    latter would be. ``overtaken``: what has changed since, ``lost``: what cannot be brought back, each in words.
    """

    record: PlanRecord
    restores: tuple[Job | None, ...] = ()
    directives: tuple[DirectiveUndo, ...] = ()
    settings: tuple[SettingUndo, ...] = ()
    words: tuple[str, ...] = ()
    overtaken: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


class Draft(Struct, frozen=True):
    """A wish's plan. ``nodes[i]`` is the place of ``changes[i]``; ``ordered``: embryo jobs that only wait their turn.

    ``kept``: finished jobs that a narrower scope leaves as they are, accepted by hand. ``kills``: units of work whose
    running work would be stopped; ``cancels``: all that would be canceled. ``sets``: directives that would be new (with
    an empty id) or changed, ``lifts``: those that would end; ``affects``: how many unfinished jobs of which process
    they are about. ``sealed``: jobs under a seal that would change. ``undo``: of the verb undo, what it takes back.
    """

    wish: Wish
    nodes: tuple[Node, ...] = ()
    changes: tuple[PlannedChange, ...] = ()
    ordered: tuple[Node, ...] = ()
    kept: tuple[Node, ...] = ()
    cancels: tuple[UowId, ...] = ()
    kills: tuple[UowId, ...] = ()
    refused: tuple[Refusal, ...] = ()
    sets: tuple[Directive, ...] = ()
    lifts: tuple[Directive, ...] = ()
    affects: dict[str, int] = {}
    sealed: tuple[str, ...] = ()
    undo: Undo | None = None


def add_each(targets: Iterable[str], add: Callable[[str], None]) -> tuple[Refusal, ...]:
    """Add one target after the other; returns those that were refused.

    Raises:
        CallerError: the only target was.
    """
    refused, texts = [], tuple(targets)
    for text in texts:
        try:
            add(text)
        except CallerError as error:
            if len(texts) == 1:
                raise
            refused.append(Refusal(text, error.code, str(error)))
    return tuple(refused)


def difference(old: Draft, new: Draft) -> list[str]:
    """What has moved between two drafts of the same wish, in words; empty when they are equal."""
    before = {(change.process_name, change.timeperiod): change for change in old.changes}
    after = {(change.process_name, change.timeperiod): change for change in new.changes}
    lines = []
    for key in sorted(before.keys() | after.keys()):
        was, is_now = before.get(key), after.get(key)
        name = "@".join(key)
        if is_now is None:
            lines.append(f"{name} would not change any more")
        elif was is None:
            lines.append(f"{name} would change too ({is_now.state.word} → {is_now.new_state.word})")
        elif (was.state, was.new_state) != (is_now.state, is_now.new_state):
            lines.append(f"{name} was {was.state.word} and is {is_now.state.word}")
    if not old.wish.verb.endswith("cancel"):  # which is there to stop what runs
        lines += [f"{uow_id} runs by now, and would be stopped" for uow_id in new.kills if uow_id not in old.kills]
    if old.undo is not None and new.undo is not None and old.undo.words != new.undo.words:
        lines.append("what it would restore has been changed")
    sealed = set(old.sealed)
    lines += [f"{name} is sealed by now" for name in new.sealed if name not in sealed]
    if set(old.kept) != set(new.kept):
        lines.append("other finished jobs would be left as they are")
    return lines + _directives_moved(old, new)


def _directives_moved(old: Draft, new: Draft) -> list[str]:
    before, after = {*old.sets, *old.lifts}, {*new.sets, *new.lifts}
    return sorted(f"{one.kind.value} of {one.reach} has changed" for one in before ^ after)
