"""Plans about directives: what would be held, sealed, lifted, paused; no job changes by them but those of a batch."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from msgspec.structs import replace

from synergy.core import timeperiods
from synergy.core.control.replies import Refusal
from synergy.core.counting import counted
from synergy.core.directives import Directive, DirectiveId, DirectiveKind
from synergy.core.engine.drafts import Draft, add_each
from synergy.core.engine.orders import drain_of, lanes_of, stretch_of
from synergy.core.engine.schedule import Lane, Schedule
from synergy.core.errors import IllegalState, InvalidArgument, NotFound
from synergy.core.moments import END_OF_TIME
from synergy.core.suggestions import did_you_mean
from synergy.core.timeperiods import Qualifier
from synergy.core.timetable.timetable import Node
from synergy.core.wishes import Wish

NEW: Final = DirectiveId("")
"""The id of a directive that gets one when its plan is applied."""

_TARGET: Final = re.compile(r"([A-Za-z0-9_.\-]+)(?:@((?:(?!\.\.)[^@])+)(\.\.([^@]*))?)?")


class Reach(NamedTuple):
    """What a target names: all of a process or tree, or from one timeperiod to another (None: open)."""

    process_name: str | None
    tree_name: str | None
    first: str | None
    last: str | None


@dataclass
class _Order:
    """What one wish comes to, collected target by target; ``alike``: what is ordered already, by what it is about."""

    schedule: Schedule
    wish: Wish
    sets: list[Directive] = field(default_factory=list)
    lifts: list[Directive] = field(default_factory=list)
    alike: dict[tuple[object, ...], Directive] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in sorted(self.schedule.orders.directives.values(), key=lambda one: one.at):
            self.alike.setdefault(_what(one), one)

    def _set(self, directive: Directive) -> None:
        self.sets.append(directive)
        self.alike[_what(directive)] = directive

    def hold(self, text: str) -> None:
        directive = _new(self.schedule, DirectiveKind.HOLD, _reach(self.schedule, text), self.wish.until)
        if _what(directive) in self.alike:
            raise IllegalState(f"{text} is held already", remedy="release it first, to hold it otherwise")
        self._set(directive)

    def release(self, text: str) -> None:
        known = self.schedule.orders.directives.get(DirectiveId(text))
        if known is not None and known.kind is DirectiveKind.HOLD:
            self._lift(known)
            return
        wanted = _new(self.schedule, DirectiveKind.HOLD, _reach(self.schedule, text), None)
        found = self.alike.get(_what(wanted))
        if found is None:
            raise self._not_held(text, wanted)
        self._lift(found)

    def drain(self) -> None:
        if drain_of(self.schedule) is not None:
            raise IllegalState("the daemon drains already", remedy="synergyctl resume ends that")
        everything = Reach(None, None, None, None)
        self.sets.append(_new(self.schedule, DirectiveKind.HOLD, everything, self.wish.until))

    def resume(self) -> None:
        drain = drain_of(self.schedule)
        if drain is None:
            raise IllegalState("the daemon does not drain", remedy="there is nothing to resume")
        self.lifts.append(drain)

    def seal(self, text: str) -> None:
        directive = _seal(self.schedule, text)
        if _what(directive) in self.alike:
            raise IllegalState(f"{text} is sealed already", remedy="there is nothing to do")
        _check_closed(self.schedule, directive, text)
        self._set(directive)

    def unseal(self, text: str) -> None:
        known = self.schedule.orders.directives.get(DirectiveId(text))
        if known is None or known.kind is not DirectiveKind.SEAL:
            known = self.alike.get(_what(_seal(self.schedule, text)))
        if known is None:
            raise IllegalState(f"{text} is not sealed", remedy="see: synergyctl directives")
        self._lift(known)

    def pause(self, text: str) -> None:
        batch = self._batch(text)
        if batch.is_paused:
            raise IllegalState(f"batch {text} is paused already", remedy="synergyctl batch resume goes on with it")
        self.sets.append(replace(batch, is_paused=True))

    def go_on(self, text: str) -> None:
        batch = self._batch(text)
        if not batch.is_paused:
            raise IllegalState(f"batch {text} is not paused", remedy="there is nothing to resume")
        self.sets.append(replace(batch, is_paused=False))

    def end(self, text: str) -> None:
        self._lift(self._batch(text))

    def _lift(self, directive: Directive) -> None:
        if directive not in self.lifts:
            self.lifts.append(directive)

    def _batch(self, text: str) -> Directive:
        batches = self.schedule.orders.batches
        if text not in batches:
            raise NotFound(f'no batch "{text}" is under way', remedy=did_you_mean(text, batches))
        return batches[text].directive

    def _not_held(self, text: str, wanted: Directive) -> IllegalState:
        for lane in lanes_of(self.schedule, wanted):
            stretch = stretch_of(lane, wanted)
            for held in lane.holds:
                if held.start < stretch.stop and stretch.start < held.stop:
                    one = held.directive
                    name = "synergyctl resume" if one.reach == "everything" else f"release {one.directive_id}"
                    return IllegalState(f"{text} is held by {one.directive_id} ({one.reach})", remedy=name)
        return IllegalState(f"{text} is not held", remedy="see: synergyctl directives")


_ORDERS: Final[Mapping[str, Callable[[_Order, str], None]]] = {
    "hold": _Order.hold,
    "release": _Order.release,
    "seal": _Order.seal,
    "unseal": _Order.unseal,
    "batch pause": _Order.pause,
    "batch resume": _Order.go_on,
    "batch cancel": _Order.end,
}
_EVERYTHING: Final[Mapping[str, Callable[[_Order], None]]] = {"drain": _Order.drain, "resume": _Order.resume}


def draft(schedule: Schedule, wish: Wish) -> Draft:
    """The directives that would be so; see plans.draft."""
    order = _Order(schedule, wish)
    if (act := _EVERYTHING.get(wish.verb)) is not None:
        act(order)
        refused: tuple[Refusal, ...] = ()
    else:
        refused = add_each(wish.targets, lambda text: _ORDERS[wish.verb](order, text))
    return Draft(
        wish,
        sets=tuple(order.sets),
        lifts=tuple(order.lifts),
        refused=refused,
        affects=_affected(schedule, [*order.sets, *order.lifts]),
    )


def _affected(schedule: Schedule, directives: list[Directive]) -> dict[str, int]:
    """How many unfinished jobs of which process these are about."""
    counts: dict[str, int] = {}
    for directive in directives:
        if directive.kind is DirectiveKind.BATCH:
            nodes = schedule.orders.batches[directive.directive_id].members
            for node in sorted(nodes):
                name = schedule.lanes[node.process].spec.process_name
                counts[name] = counts.get(name, 0) + 1
            continue
        for lane in lanes_of(schedule, directive):
            number = _count_unfinished(lane, directive)
            if number:
                counts[lane.spec.process_name] = counts.get(lane.spec.process_name, 0) + number
    return counts


def _count_unfinished(lane: Lane, directive: Directive) -> int:
    stretch = stretch_of(lane, directive)
    number = 0
    for ordinal in lane.column.unfinished(max(stretch.start, lane.column.first)):
        if ordinal >= stretch.stop:
            break
        number += 1
    return number


def _new(schedule: Schedule, kind: DirectiveKind, reach: Reach, until: float | None) -> Directive:
    if until is not None and until <= schedule.now.real:
        raise InvalidArgument("until lies in the past", remedy="name a time to come")
    if until is not None and until >= END_OF_TIME:
        raise InvalidArgument(f"until {until:g} is no date", remedy="leave it out, to hold until it is released")
    return Directive(
        NEW, kind, actor="", at=0.0, process_name=reach.process_name, tree_name=reach.tree_name,
        from_timeperiod=reach.first, to_timeperiod=reach.last, until=until,
    )  # fmt: skip


def _what(one: Directive) -> tuple[object, ...]:
    """What makes two orders the same one, whoever gave them and for how long."""
    return one.kind, one.process_name, one.tree_name, one.from_timeperiod, one.to_timeperiod


def _reach(schedule: Schedule, text: str) -> Reach:
    """Read a process or tree, with or without timeperiods, which may be to come.

    Raises:
        InvalidArgument: it cannot be read. NotFound: nothing is called so.
    """
    match = _TARGET.fullmatch(text.strip())
    if match is None:
        raise InvalidArgument(
            f'target "{text}" cannot be read',
            remedy="write PROCESS or TREE, alone or with @TIMEPERIOD or @FROM..TO",
        )
    name, first, range_, last = match.groups()
    last = (last or None) if range_ else first
    lane = schedule.lane(name)
    if lane is not None:
        periods = [None if one is None else _period(lane.spec.time_qualifier, one) for one in (first, last)]
        return _ordered(text, Reach(name, None, *periods))
    if name not in schedule.timetable.trees:
        known = [*schedule.timetable.index, *schedule.timetable.trees]
        raise NotFound(f'no process or tree is called "{name}"', remedy=did_you_mean(name, known))
    begin, end = (None if one is None else _hours(one) for one in (first, last))
    return _ordered(text, Reach(None, name, begin and begin[0], end and end[1]))


def _hours(timeperiod: str) -> tuple[str, str]:
    """The first and the last hour of a timeperiod, taken for the coarsest that it can be: ``2013010100`` is a day."""
    for qualifier in reversed(Qualifier):
        with suppress(InvalidArgument):
            return _hours_of(qualifier, timeperiod)
    return _hours_of(Qualifier.HOURLY, timeperiod)


def _hours_of(qualifier: Qualifier, timeperiod: str) -> tuple[str, str]:
    hour = Qualifier.HOURLY
    hours = timeperiods.span(qualifier, timeperiods.ordinal_of(qualifier, timeperiod), hour)
    return timeperiods.timeperiod_of(hour, hours.start), timeperiods.timeperiod_of(hour, hours.stop - 1)


def _period(qualifier: Qualifier, timeperiod: str) -> str:
    timeperiods.ordinal_of(qualifier, timeperiod)
    return timeperiod


def _ordered(text: str, reach: Reach) -> Reach:
    if reach.first is not None and reach.last is not None and reach.first > reach.last:
        raise InvalidArgument(f"range {text} is empty", remedy="put the earlier timeperiod first")
    return reach


def _seal(schedule: Schedule, text: str) -> Directive:
    """A seal is about hours of a tree: those of the named period."""
    reach = _reach(schedule, text)
    if reach.first is None or reach.last is None:
        raise InvalidArgument(f"{text} has no timeperiod", remedy="seal closed periods: TREE@TIMEPERIOD")
    first, last, tree_name = reach.first, reach.last, reach.tree_name
    if reach.process_name is not None:
        spec = schedule.lanes[schedule.timetable.index[reach.process_name]].spec
        tree_name = spec.tree_name
        first, last = _hours_of(spec.time_qualifier, first)[0], _hours_of(spec.time_qualifier, last)[1]
    return _new(schedule, DirectiveKind.SEAL, Reach(None, tree_name, first, last), None)


def _check_closed(schedule: Schedule, directive: Directive, text: str) -> None:
    """Only what is over and finished is sealed.

    Raises:
        IllegalState: it is not.
    """
    open_ones: list[str] = []
    for lane in lanes_of(schedule, directive):
        stretch = stretch_of(lane, directive)
        for ordinal in lane.column.unfinished(max(stretch.start, lane.column.first)):
            if ordinal >= stretch.stop:
                break
            open_ones.append(str(schedule.timetable.key(Node(lane.number, ordinal))))
    hour = Qualifier.HOURLY
    end = timeperiods.end_of(hour, timeperiods.ordinal_of(hour, directive.to_timeperiod or ""))
    if end > schedule.now.schedule:
        raise IllegalState(f"{text} is not over", remedy="seal it when it is")
    if open_ones:
        told = f"{counted(len(open_ones), 'job')} of it not finished, such as {open_ones[0]}"
        raise IllegalState(f"{text} cannot be sealed: {told}", remedy="see: synergyctl why --all")
