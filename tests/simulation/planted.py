"""Bugs to be planted: each is one small change of the code, and the simulation must find it.

A change is made as its module is loaded, in a process of its own; no file is touched. Its old text must be there
exactly once: a bug that does not fit the code any more is an error, not a success.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Final, NamedTuple


class Bug(NamedTuple):
    """A planted bug; ``old`` becomes ``new`` in the text of ``module``."""

    name: str
    module: str
    old: str
    new: str

    def planted_in(self, text: str) -> str:
        """The module's text with the bug.

        Raises:
            ValueError: it does not fit.
        """
        if text.count(self.old) != 1:
            raise ValueError(f'bug "{self.name}" fits {text.count(self.old)} places of {self.module}, not one')
        return text.replace(self.old, self.new)


BUGS: Final = (
    # Supervisors
    Bug(
        "a message is acknowledged before its claim is stored",
        "synergy.worker.intake",
        "        site = self._site\n        # Looked up before",
        "        for pick in picks:\n            pick.delivery.ack()\n"
        "        site = self._site\n        # Looked up before",
    ),
    Bug(
        "work goes on though the lease is lost",
        "synergy.worker.heartbeat",
        "        self._slots.fence()\n",
        "",
    ),
    Bug(
        "what was claimed before the lease was lost is begun after",
        "synergy.worker.slots",
        "elif fences != self.fences:",
        "elif False:",
    ),
    Bug(
        "a lost answer to a claim is never looked up",
        "synergy.worker.intake",
        "            if uncertain:\n",
        "            if False:\n",
    ),
    Bug(
        "an end that could not be stored is not stored again",
        "synergy.worker.reports",
        'self._store.finish(batch), "finish", lambda: self._wanted)',
        'self._store.finish(batch), "finish", lambda: False)',
    ),
    Bug(
        "an attempt is told as ended before its processes are",
        "synergy.worker.slots",
        "        await self._killer.end(unit, execution.tree(), why, grace)\n"
        "        await asyncio.wait((gone,), timeout=REAP_SECONDS)\n",
        "        self._spawn(self._killer.end(unit, execution.tree(), why, grace))\n",
    ),
    Bug(
        "what a dead supervisor left is not ended",
        "synergy.worker.leftovers",
        "    told = False\n",
        "    return\n    told = False\n",
    ),
    Bug(
        "work that is not begun at the end is kept",
        "synergy.worker.supervisor",
        "        await self._hand_back([*unbegun, *self._slots.take_given_back()])\n",
        "        await self._hand_back([])\n",
    ),
    # The store
    Bug(
        "a claim is no compare-and-set",
        "tests.simulation.shelf",
        "if uow is None or uow.state is not UowState.REQUESTED or uow.cancel_requested:",
        "if uow is None or uow.cancel_requested:",
    ),
    Bug(
        "a finish is no compare-and-set",
        "tests.simulation.shelf",
        "            held = (UowState.IN_PROGRESS, one.attempt, one.supervisor_id)\n            if (",
        "            held = (uow.state, uow.attempt, uow.claimed_by)\n            if (",
    ),
    Bug(
        "the writes of an older term are taken",
        "tests.simulation.shelf",
        "        if self.leader.term > term:\n",
        "        if False:\n",
    ),
    Bug(
        "a batch is stored in part when it fails",
        "synergy.core.engine.outbox",
        "            history=tuple(self.history),\n",
        "            history=tuple(self.history[:3]),\n",
    ),
    # The daemon
    Bug(
        "work is offered before it is stored",
        "synergy.daemon.scheduler",
        "        conflicts = await self._store(schedule, outbox) if outbox.needs_commit() else ()\n",
        "        await self._publisher.publish(schedule, outbox)\n"
        "        conflicts = await self._store(schedule, outbox) if outbox.needs_commit() else ()\n",
    ),
    Bug(
        "memory goes on after a commit that failed",
        "synergy.daemon.scheduler",
        "            await self._rebuild(error)\n            more = again = True\n",
        "            more = again = False\n",
    ),
    Bug(
        "what the store found changed is not looked at",
        "synergy.daemon.scheduler",
        "            reports.missed(schedule, record)\n",
        "            pass\n",
    ),
    Bug(
        "what is owed to the broker is forgotten",
        "synergy.daemon.publishing",
        "            collecting.offer_requested(schedule)\n",
        "            pass\n",
    ),
    Bug(
        "a lease is lost though it is renewed",
        "synergy.core.leases",
        "if counter != lease.counter or monotonic",
        "if monotonic",
    ),
    Bug(
        "a lease is lost after half of its time",
        "synergy.core.leases",
        "lease.seen - lease.moved >= self._lease_seconds",
        "lease.seen - lease.moved >= self._lease_seconds * 0.4",
    ),
    Bug(
        "work of a dead supervisor stays with it",
        "synergy.core.engine.reports",
        "    return _lose(schedule, [uow for uow in schedule.active_uows() if uow.claimed_by == supervisor_id])\n",
        "    return []\n",
    ),
    Bug(
        "a key is not looked up: what was asked for twice is done twice",
        "synergy.daemon.keys",
        "    if key is None:\n        return None\n",
        "    return None\n",
    ),
    Bug(
        "what was accepted leaves no audit line",
        "synergy.core.engine.outbox",
        "            audit=chained((with_states(entry, plans) for entry in self.audit), head),\n",
        "            audit=chained((with_states(entry, plans) for entry in self.audit[1:]), head),\n",
    ),
    # The engine
    Bug(
        "an input that has finished wakes nobody",
        "synergy.core.engine.steps",
        "        wake(schedule, other, why)\n",
        "        pass\n",
    ),
    Bug(
        "a run is taken as fresh by the clock of its box",
        "synergy.core.engine.facts",
        "uow.inputs_read is not None and uow.inputs_read >= job.inputs_finished",
        "uow.started is not None and uow.started >= job.inputs_finished",
    ),
    Bug(
        "an input that has finished is not told to the run that waits",
        "synergy.core.engine.steps",
        "        tell_inputs(schedule, node)\n",
        "",
    ),
    Bug(
        "a slot that becomes free wakes nobody",
        "synergy.core.engine.steps",
        "        lane.look_again(node.ordinal)\n    schedule.dirty.add(node.process)\n\n\ndef wake_built_on",
        "        pass\n\n\ndef wake_built_on",
    ),
    Bug(
        "the frontier moves past jobs that are not stored",
        "synergy.core.engine.restore",
        "    lane.frontier = lane.column.cursor\n",
        "    lane.frontier = lane.column.end\n",
    ),
    Bug(
        "a run has the number of the one before",
        "synergy.core.engine.steps",
        "lane.spec, job.run + 1, schedule.boundaries.get(node)",
        "lane.spec, max(1, job.run), schedule.boundaries.get(node)",
    ),
    Bug(
        "a failed attempt is offered again under its own number",
        "synergy.core.collector.offers",
        "        attempt=uow.attempt + 1,\n",
        "        attempt=uow.attempt,\n",
    ),
    Bug(
        "a new run begins before the canceled one has ended",
        "synergy.core.engine.steps",
        "        schedule.dying[node] = uow.uow_id\n",
        "        pass\n",
    ),
    Bug(
        "a finish is not marked as told to its job",
        "synergy.core.engine.reports",
        "    schedule.outbox.patches.append(UowPatch(record.uow_id, record.state, record.attempt, applied=True))\n",
        "    pass\n",
    ),
    Bug(
        "what is reprocessed leaves its parents finished",
        "synergy.core.engine.closures",
        '        if parent is not None:\n            yield parent, "child", scope.follows_tree\n',
        "",
    ),
    Bug(
        "drawing up a plan changes something",
        "synergy.core.engine.plans",
        "    _check_options(wish)\n    _check_names(schedule, wish)\n",
        "    _check_options(wish)\n    _check_names(schedule, wish)\n    schedule.dirty.add(0)\n",
    ),
)
"""In the order in which they are tried."""


class _Planter(SourceFileLoader):
    """Loads one module with its bug."""

    def __init__(self, bug: Bug, path: str) -> None:
        super().__init__(bug.module, path)
        self._bug = bug

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return compile(self._bug.planted_in(self.get_data(path).decode()), path, "exec", dont_inherit=True)


class _Finder:
    """Finds the one module that has a bug, and leaves the others to others."""

    def __init__(self, bug: Bug) -> None:
        self._bug = bug

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name == self._bug.module else None
        if spec is not None and spec.origin is not None:
            spec.loader = _Planter(self._bug, spec.origin)
        return spec


def plant(bug: Bug) -> None:
    """Have the module loaded with its bug.

    Raises:
        ValueError: it is loaded already.
    """
    if bug.module in sys.modules:
        raise ValueError(f"{bug.module} is loaded already")
    sys.meta_path.insert(0, _Finder(bug))
