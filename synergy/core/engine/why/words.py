"""Conditions in words: what it is, since when, by whom, and the command that would change it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from synergy.core.counting import counted
from synergy.core.directives import Directive, DirectiveId
from synergy.core.durations import lasting
from synergy.core.engine.why import work_words as work
from synergy.core.engine.why.codes import Code
from synergy.core.engine.why.conditions import Condition
from synergy.core.engine.why.outlook import Outlook
from synergy.core.engine.why.told import Told, named, plain
from synergy.core.states import JobState
from synergy.core.timetable.timetable import Node


def tell(outlook: Outlook, node: Node, condition: Condition) -> Told:
    """Say one condition of a job."""
    return _TELLERS[condition.code](outlook, node, condition)


def _store_down(outlook: Outlook, node: Node, condition: Condition) -> Told:
    around = outlook.around
    what = f"the store is down: {around.store_problem}"
    return Told(condition.code, what, condition.subject, outlook.key(node), around.store_since)


def _broker_down(outlook: Outlook, node: Node, condition: Condition) -> Told:
    around = outlook.around
    what = f"the broker is down: {around.broker_problem}"
    return Told(condition.code, what, condition.subject, outlook.key(node), around.broker_since)


def _set_aside(outlook: Outlook, node: Node, condition: Condition) -> Told:
    reason = outlook.schedule.aside[condition.subject]
    what = f"it is set aside, the store refuses it ({reason}): correct that and restart the daemon, or skip it"
    return plain(outlook, node, condition, what, "synergyd restart")


def _held(outlook: Outlook, node: Node, condition: Condition) -> Told:
    directive = _directive(outlook, condition)
    left = None if directive.until is None else round(directive.until - outlook.schedule.now.real)
    until = "" if left is None else f", for {lasting(left)} more"
    if condition.code is Code.DRAINING:
        what = f"the deployment is draining: nothing new starts{until}"
        return _ordered(outlook, node, condition, what, "synergyctl resume --yes")
    what = f"{directive.reach} is held{until}"
    return _ordered(outlook, node, condition, what, f"synergyctl release {condition.subject} --yes")


def _sealed(outlook: Outlook, node: Node, condition: Condition) -> Told:
    directive = _directive(outlook, condition)
    what = f"{directive.reach} is sealed: a change of it has to break the seal"
    return _ordered(outlook, node, condition, what)


def _limit_batch(outlook: Outlook, node: Node, condition: Condition) -> Told:
    directive, name = _directive(outlook, condition), condition.subject
    if directive.is_paused:
        command = f"synergyctl batch resume {name} --yes"  # who made it is not who paused it: the audit tells that
        return Told(condition.code, f"batch {name} is paused", name, outlook.key(node), command=command)
    what = f"batch {name} runs no more than {directive.max_parallel or 1} at once: {named(outlook, condition.on)}"
    return _ordered(outlook, node, condition, what)


def _directive(outlook: Outlook, condition: Condition) -> Directive:
    return outlook.schedule.orders.directives[DirectiveId(condition.subject)]


def _ordered(outlook: Outlook, node: Node, condition: Condition, what: str, command: str | None = None) -> Told:
    """What an operator ordered, and still holds."""
    one = _directive(outlook, condition)
    return Told(
        condition.code, what, condition.subject, outlook.key(node), one.at, one.actor, one.reason, command
    )  # fmt: skip


def _inactive(outlook: Outlook, node: Node, condition: Condition) -> Told:
    override, name = outlook.lane(node).override, condition.subject
    command = f"synergyctl activate {name}"
    if override is None or override.is_on is not False:
        what = f"{name} is inactive by its definition"
        return Told(condition.code, what, name, outlook.key(node), command=command)
    what = f"{name} is inactive"
    return Told(condition.code, what, name, outlook.key(node), override.at, override.actor, command=command)


def _not_due(outlook: Outlook, node: Node, condition: Condition) -> Told:
    schedule, lane = outlook.schedule, outlook.lane(node)
    if condition.subject != lane.spec.process_name:
        return plain(outlook, node, condition, f"children still to come in {condition.subject}")
    if lane.is_discrete and node.ordinal >= lane.closed_before:
        left = schedule.timetable.period_end(node) + schedule.settings.lag_minutes * 60.0 - schedule.now.schedule
        what = f"the period is not over: due in {lasting(round(left))} of schedule time"
        return plain(outlook, node, condition, what)
    since = "the period closed" if lane.is_discrete else _last_run(outlook, node)
    what = f"the trigger ({lane.trigger.describe()}) has not fired since {since}"
    return plain(outlook, node, condition, what, f"synergyctl trigger {condition.subject}")


def _last_run(outlook: Outlook, node: Node) -> str:
    return "the period began" if outlook.schedule.related_uow(node) is None else "its last run"


def _upstream_skipped(outlook: Outlook, node: Node, condition: Condition) -> Told:
    name = condition.subject
    what = f"{name}, which it depends on, is skipped"
    return Told(condition.code, what, name, outlook.key(node), command=f"synergyctl reprocess {name} --yes")


def _blocked(outlook: Outlook, node: Node, condition: Condition) -> Told:
    kinds = {Code.BLOCKED_CHILDREN: ("child", "children"), Code.BLOCKED_DEPENDENCY: ("dependency", "dependencies")}
    many = counted(len(condition.on), *kinds[condition.code])
    return plain(outlook, node, condition, f"{many} not finished: {named(outlook, condition.on)}")


def _own_past(outlook: Outlook, node: Node, condition: Condition) -> Told:
    first = condition.on[0]
    what = f"{outlook.key(first)} is before it and {outlook.schedule.state(first).word} (concurrency 1)"
    return plain(outlook, node, condition, what)


def _limit_process(outlook: Outlook, node: Node, condition: Condition) -> Told:
    slots, name = outlook.lane(node).spec.concurrency, condition.subject
    taken = f"all {slots} slots of {name} are taken" if slots > 1 else f"the slot of {name} is taken"
    return plain(outlook, node, condition, f"{taken}: {named(outlook, condition.on)}")


def _source_wait(outlook: Outlook, node: Node, condition: Condition) -> Told:
    lane = outlook.lane(node)
    if node.ordinal in lane.asked:
        return plain(outlook, node, condition, f"its data source ({lane.spec.source}) is being asked")
    what = f"its data source ({lane.spec.source}) had nothing for it; asked again when the trigger fires"
    return plain(outlook, node, condition, what, f"synergyctl trigger {condition.subject}")


def _starting(outlook: Outlook, node: Node, condition: Condition) -> Told:
    return plain(outlook, node, condition, "nothing keeps it: the scheduler starts it next")


def _done(outlook: Outlook, node: Node, condition: Condition) -> Told:
    state = outlook.schedule.state(node)
    command = f"synergyctl reprocess {condition.subject} --yes" if state is JobState.SKIPPED else None
    return Told(condition.code, f"it is {state.word}", condition.subject, outlook.key(node), command=command)


def _no_counterpart(outlook: Outlook, node: Node, condition: Condition) -> Told:
    qualifier = outlook.lane(node).spec.time_qualifier.value
    what = f"tree {condition.subject} has no {qualifier} process: nothing to depend on there"
    return Told(condition.code, what, condition.subject, outlook.key(node))


def _stopping(outlook: Outlook, node: Node, condition: Condition) -> Told:
    what = f"unit of work {condition.subject} is being stopped"
    return plain(outlook, node, condition, what)


_TELLERS: Final[dict[Code, Callable[[Outlook, Node, Condition], Told]]] = {
    Code.STORE_DOWN: _store_down,
    Code.SET_ASIDE: _set_aside,
    Code.GAVE_UP: work.failed,
    Code.FAILED: work.failed,
    Code.DRAINING: _held,
    Code.HELD: _held,
    Code.INACTIVE_PROCESS: _inactive,
    Code.RETRY_WAIT: work.retry_wait,
    Code.COLLECTOR_WAIT: work.collector_wait,
    Code.BROKER_DOWN: _broker_down,
    Code.QUEUED_NO_WORKER: work.no_worker,
    Code.LIMIT_POOL: work.limit_pool,
    Code.QUEUED_BEHIND: work.behind,
    Code.STOPPING: _stopping,
    Code.RUNNING: work.running,
    Code.NOT_DUE: _not_due,
    Code.UPSTREAM_SKIPPED: _upstream_skipped,
    Code.BLOCKED_CHILDREN: _blocked,
    Code.BLOCKED_DEPENDENCY: _blocked,
    Code.OWN_PAST: _own_past,
    Code.LIMIT_BATCH: _limit_batch,
    Code.LIMIT_PROCESS: _limit_process,
    Code.SOURCE_WAIT: _source_wait,
    Code.STARTING: _starting,
    Code.DONE: _done,
    Code.SEALED: _sealed,
    Code.NO_COUNTERPART: _no_counterpart,
}
