"""The verbs of every screen: the ones that change jobs, and the orders that hold until they are lifted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import NotFound, SynergyError
from synergy.core.timeperiods import Qualifier
from synergy.core.wishes import Verb
from synergy.tui.model.forms import already, cursor_form, drain_form, hold_form, job_form
from synergy.tui.model.orders import is_drain
from synergy.tui.model.ranges import apart, is_range, together
from synergy.tui.screens.changing import Changing

ASKED_AT_ONCE: Final = 50
"""Of so many marked ones the daemon is asked at once what they are under."""


class Ordering(Changing):
    """Part of every screen that acts on jobs, processes or trees; each verb is a plan first."""

    def do_reprocess(self) -> None:
        """Run again."""
        self.plan("reprocess", self.targets())

    def do_reprocess_options(self) -> None:
        """Run again, as far and as fast as is said."""
        if targets := self._some_targets("reprocess"):
            self.ask(job_form("reprocess", targets))

    def do_skip(self) -> None:
        """Give up on."""
        self.plan("skip", self.targets())

    def do_cancel(self) -> None:
        """Stop."""
        self.plan("cancel", self.targets())

    def do_force(self) -> None:
        """Start now, whatever it waits for."""
        self.plan("force", self.targets())

    def do_mark_as(self) -> None:
        """Say that it is done, or that there is nothing to do."""
        if targets := self._some_targets("mark"):
            self.ask(job_form("mark", targets))

    def do_undo(self) -> None:
        """Take the last change back."""
        self.plan("undo", ())

    def do_drain(self) -> None:
        """Start nothing at all, or end that."""
        status = self.desk.view.status
        if status is not None and status.draining:
            self.plan("resume", ())
        else:
            self.ask(drain_form())

    def do_hold(self) -> None:
        """Keep from starting, or release."""
        if targets := self.order_targets() or self._some_targets("hold"):
            self.work(self._hold(targets), "looking", exclusive=True)

    async def _hold(self, targets: tuple[str, ...]) -> None:
        """Ask how long for what is not held; release only where all of it is."""
        try:
            over = await self._orders_over(targets, "hold")
            if free := self._free(over):
                view, note = self.desk.view, _kept(over, "held")
                self.ask(hold_form(free, view.processes, view.trees, note), note)
            elif ids := _ids_of(one for one in over.values() if one is not None and not is_drain(one)):
                self.plan("release", ids)
            else:
                self.plan("resume", ())
        except SynergyError as problem:
            self.notify(f"hold: {problem}", severity="error", markup=False)

    def do_seal(self) -> None:
        """Close finished periods against changes, or open them."""
        if targets := self.order_targets() or self._some_targets("seal"):
            self.work(self._seal(targets), "looking", exclusive=True)

    async def _seal(self, targets: tuple[str, ...]) -> None:
        """Seal what is not; open only where all of it is."""
        try:
            over = await self._orders_over(targets, "seal")
            if free := self._free(over):
                self.plan("seal", free, note=_kept(over, "sealed"))
            else:
                self.plan("unseal", _ids_of(over.values()))
        except SynergyError as problem:
            self.notify(f"seal: {problem}", severity="error", markup=False)

    async def _orders_over(self, targets: tuple[str, ...], kind: str) -> dict[str, r.Directive | None]:
        """What each target is under; of a range each job, where an order is about some of its periods."""
        own = await self._orders(kind)
        each = tuple(dict.fromkeys(job for target in targets for job in self._apart(target, own)))
        found: list[r.Directive | None] = []
        # Many at once: one after the other they would take as many round trips of a slow line.
        for first in range(0, len(each), ASKED_AT_ONCE):
            found += await asyncio.gather(*(self._find_over(job, own) for job in each[first : first + ASKED_AT_ONCE]))
        return dict(zip(each, found, strict=True))

    def _apart(self, target: str, own: Sequence[r.Directive]) -> tuple[str, ...]:
        row = self.desk.view.process(target.partition("@")[0])
        if row is None or not is_range(target) or any(one.reach == target for one in own):
            return (target,)
        names = [name for one in own for name, at, _ in [one.reach.partition("@")] if at]
        is_partly = row.process_name in names or row.tree_name in names
        return apart(target, Qualifier(row.time_qualifier)) if is_partly else (target,)

    def _free(self, over: Mapping[str, r.Directive | None]) -> tuple[str, ...]:
        """What is under no order."""
        qualifiers = {row.process_name: Qualifier(row.time_qualifier) for row in self.desk.view.processes}
        return together((target for target, one in over.items() if one is None), qualifiers)

    async def _orders(self, kind: str) -> list[r.Directive]:
        return [one for one in (await self.desk.feed.call(q.Directives())).directives if one.kind == kind]

    async def _find_over(self, target: str, own: Sequence[r.Directive]) -> r.Directive | None:
        named = next((one for one in own if one.reach == target), None)
        if named is not None:
            return named
        ids = await self._ids_over(target)
        return next((one for one in own if one.directive_id in ids), None)

    async def _ids_over(self, target: str) -> Sequence[str | None]:
        name, _, timeperiod = target.partition("@")
        row = self.desk.view.process(name)
        if not timeperiod or ".." in timeperiod:  # of a range only what holds all of the process
            return (row.held,) if row is not None else ()
        try:
            job = (await self.desk.feed.call(q.Show(target))).job
        except NotFound:
            return ()  # a period of a tree, or one to come
        return (job.held, job.sealed)

    def cursor_of(self) -> tuple[str, str] | None:
        """The process whose cursor may be moved, and the timeperiod to begin with."""
        process_name, _, timeperiod = (self.target() or "").partition("@")
        row = self.desk.view.process(process_name)
        return (process_name, timeperiod or row.next_timeperiod or row.last_timeperiod or "") if row else None

    def do_cursor(self) -> None:
        """Move a process to another timeperiod."""
        if (found := self.cursor_of()) is not None:
            self.ask(cursor_form(*found))

    def target(self) -> str | None:
        """The job, entry, process or tree that the cursor stands on."""
        return None

    def order_targets(self) -> tuple[str, ...]:
        """What is held or sealed, where that may be something else than the jobs that other verbs act on."""
        return self.targets()

    def _some_targets(self, verb: Verb) -> tuple[str, ...]:
        targets = self.targets()
        if not targets:
            self.notify(self.no_target(verb), severity="warning", markup=False)
        return targets


def _kept(over: Mapping[str, r.Directive | None], what: str) -> str:
    return already(sum(one is not None for one in over.values()), len(over), what)


def _ids_of(orders: Iterable[r.Directive | None]) -> tuple[str, ...]:
    """Each once."""
    return tuple(dict.fromkeys(one.directive_id for one in orders if one is not None))
