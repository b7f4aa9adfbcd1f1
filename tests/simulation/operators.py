"""Operators who ask for whatever comes to their minds, through the daemon's own service, and who clean up in the end.

What a daemon says is done must be found in the store, with its audit line; what was asked for under a key is done once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any, Final, cast

from synergy.core import timeperiods
from synergy.core.control import replies
from synergy.core.control import requests as q
from synergy.core.control import why_requests as y
from synergy.core.control.roles import Role
from synergy.core.directives import DirectiveKind
from synergy.core.errors import CallerError, SynergyError
from synergy.core.states import UowState
from synergy.core.wishes import Scope, Verb
from synergy.daemon.callers import Caller
from tests.core.engine import rules
from tests.simulation.audited import AUDIT
from tests.simulation.loop import Host, Killed
from tests.simulation.places import Daemon
from tests.simulation.seams import WatchedScheduler
from tests.simulation.world import World

PATIENCE_SECONDS: Final = 20.0
MEAN_SECONDS: Final = 2.5
TRIGGERS: Final = ("every 3600", "every 1800", "at 00:30, 13:10", "cron 15 * * * *")
FAILED: Final = "no part of it fails"
PLANS: Final = "plans write nothing"
ONCE: Final = "what is asked for under a key is done once"


class Operators:
    """Ann and Bob."""

    def __init__(self, world: World, random: Random) -> None:
        self.world = world
        self.random = random
        self._keys = 0
        self._acts: tuple[Callable[[], Any], ...] = (
            *[self.plan] * 10,
            *[self.order] * 3,
            *[self.change_batch] * 2,
            *[self.undo] * 2,
            *[self.change] * 5,
            *[self.look] * 3,
        )

    async def run(self) -> None:
        """Ask for ever."""
        while True:
            await asyncio.sleep(self.random.expovariate(1.0 / MEAN_SECONDS))
            await self.random.choice(self._acts)()

    # Asking

    async def ask(self, request: q.Request[Any]) -> replies.Reply | SynergyError | None:
        """The answer, the refusal, or None when there was none: nobody knows then what was done."""
        daemon = self._daemon()
        if daemon is None or daemon.host is None or daemon.life is None:
            return None
        host, life = daemon.host, daemon.life
        name = self.random.choice(("ann", "bob"))
        caller = Caller(name, 0, 0, 1, Role.ADMIN)
        before = self._memory(daemon) if self._only_looks(request) and self.random.random() < 0.2 else None
        asking = host.run(life._reception.handle(request, caller))
        self.world.story.verb(type(request).__name__, _words(request))
        done, _ = await asyncio.wait({asking}, timeout=PATIENCE_SECONDS)
        if not done:
            # Nobody waits for it any more; that it fails with anything but its own errors is told all the same.
            asking.add_done_callback(lambda late: None if late.cancelled() else self._answer(request, late, host))
            return None
        if before is not None and daemon.life is life:
            self._compare(request, before, self._memory(daemon))
        return self._answer(request, asking, host)

    def _answer(
        self, request: q.Request[Any], asking: asyncio.Task[Any], host: Host
    ) -> replies.Reply | SynergyError | None:
        error = asking.exception()
        if error is None:
            return cast("replies.Reply", asking.result())
        if isinstance(error, SynergyError):
            self.world.story.tell(host.name, "refuses:", str(error)[:100])
            return error
        if host.is_alive and not isinstance(error, Killed):
            self.world.violate(FAILED, f"{type(request).__name__} {_words(request)}: {error!r}")
        return None

    def _daemon(self) -> Daemon | None:
        ready = [one for one in self.world.daemons if one.life is not None and one.host is not None and one.host.runs]
        leads = [one for one in ready if one.life is not None and one.life._reception.serve is not None]
        return self.random.choice(leads or ready) if ready else None

    @staticmethod
    def _only_looks(request: q.Request[Any]) -> bool:
        return isinstance(request, q.MakePlan) or (isinstance(request, q.Change) and request.preview)

    @staticmethod
    def _memory(daemon: Daemon) -> tuple[object, str] | None:
        """Which batch was the last, and what is known between it and the next one; None in the middle of one."""
        scheduler = daemon.life._scheduler if daemon.life is not None else None
        if not isinstance(scheduler, WatchedScheduler) or scheduler.is_busy or scheduler._schedule is None:
            return None
        schedule = scheduler._schedule
        return (id(schedule), scheduler.batches), repr((rules._view(schedule), schedule.outbox, schedule.dirty))

    def _compare(self, request: q.Request[Any], before: tuple[object, str], after: tuple[object, str] | None) -> None:
        """No batch came in between: then nothing has changed."""
        if after is not None and after[0] == before[0] and after[1] != before[1]:
            self.world.violate(PLANS, f"{type(request).__name__} {_words(request)} changed what the daemon knows")

    # Plans

    async def plan(self) -> None:
        verb: Verb = self.random.choice(("reprocess", "reprocess", "reprocess", "skip", "cancel", "force", "mark"))
        options: dict[str, Any] = {}
        if verb == "mark":
            options["to"] = self.random.choice(("processed", "noop"))
        if verb in {"reprocess", "skip"} and self.random.random() < 0.4:
            options["scope"] = self._scope()
        if verb == "reprocess" and self.random.random() < 0.3:
            options["max_parallel"] = self.random.choice((1, 2, 3))
        await self.make(verb, (self._target(),), **options)

    async def order(self) -> None:
        verb: Verb = self.random.choice(
            ("hold", "hold", "release", "release", "drain", "resume", "resume", "seal", "unseal")
        )
        known = [one.directive_id for one in self._directives() if one.kind is not DirectiveKind.BATCH]
        if verb in {"drain", "resume"}:
            await self.make(verb, ())
        elif verb in {"release", "unseal"}:
            await self.make(verb, (self.random.choice(known),) if known else (self._name(),))
        else:
            until = self._real() + 20.0 if verb == "hold" and self.random.random() < 0.5 else None
            target = self._target() if verb == "seal" else self.random.choice((self._target(), self._name(), "Main"))
            await self.make(verb, (target,), until=until)

    async def change_batch(self) -> None:
        batches = [one.directive_id for one in self._directives() if one.kind is DirectiveKind.BATCH]
        if batches:
            verb: Verb = self.random.choice(("batch pause", "batch resume", "batch resume", "batch cancel"))
            await self.make(verb, (self.random.choice(batches),))

    async def undo(self) -> None:
        plans = list(self.world.shelf.plans)[-4:]
        await self.make("undo", (self.random.choice(plans),) if plans and self.random.random() < 0.7 else ())

    async def make(self, verb: Verb, targets: tuple[str, ...], **options: Any) -> replies.Reply | SynergyError | None:
        """Plan it, and mostly apply the plan."""
        planned = await self.ask(q.MakePlan(verb, targets, **options))
        if isinstance(planned, replies.Plan) and planned.plan_id in self.world.shelf.plans:
            self.world.violate(PLANS, f"{planned.plan_id}, {verb}, is stored before anybody has accepted it")
        if not isinstance(planned, replies.Plan) or self.random.random() < 0.15:
            return planned
        if self.random.random() < 0.3:
            await asyncio.sleep(3.0 * self.random.random())
        key = self._key()
        apply = q.ApplyPlan(planned.plan_id, "why not", key, self.random.random() < 0.3, self.random.random() < 0.4)
        applied = await self.ask(apply)
        if self.random.random() < 0.1 or (applied is None and key is not None):
            applied = await self.ask(apply)  # sent again by somebody who got no answer
        if isinstance(applied, replies.Applied):
            self._check_stored(applied.plan_id, verb)
        self._check_once(key)
        return applied

    # Settings

    async def change(self) -> None:
        """Something that is no plan first; now and then only previewed."""
        random, key = self.random, self._key()
        preview = random.random() < 0.2
        name, entry = self._name(), random.choice(("Free::often", "Free::daily", "Hand::one"))
        request: q.Request[Any] = random.choice(
            (
                q.SwitchProcess(name, random.random() < 0.6, key=key, preview=preview),
                q.SwitchProcess(name, is_on=True, key=key, preview=preview),
                q.Trigger(name, key=key, preview=preview),
                q.ChangeFrequency(name, random.choice(TRIGGERS), key=key, preview=preview),
                q.RunEntry(entry, {"by": "hand"}, key=key, preview=preview),
                q.SaveEntry(entry, trigger_frequency=random.choice(TRIGGERS), key=key, preview=preview),
                q.SaveEntry(entry, is_on=random.random() < 0.7, key=key, preview=preview),
                q.SaveEntry("Hand::one", create=True, trigger_frequency="every 7200", run="jobs:run", key=key),
                q.RemoveEntry(entry, key=key, preview=preview),
                q.CollectorRefresh(key=key, preview=preview),
                q.CollectorFlush(random.choice((None, name)), key=key, preview=preview),
            )
        )
        reply = await self.ask(request)
        if key is not None and (reply is None or random.random() < 0.2):
            reply = await self.ask(request)  # sent again by somebody who got no answer
        if isinstance(reply, replies.Done) and reply.plan_id is not None:
            self._check_stored(reply.plan_id, type(request).__name__)
        if isinstance(request, q.Change):
            self._check_once(request.key)

    async def look(self) -> None:
        """Looks at anything."""
        job = self._job()
        await self.ask(
            self.random.choice(
                (
                    q.Status(), q.Trees(), q.Processes(), q.Collector(), q.Boxes(), q.ListEntries(), q.ListUows(),
                    q.Show(job), q.JobHistory(job), q.Attempts(job), q.ListPlans(), q.Directives(lifted=True),
                    y.Why(job), y.WhyAll(), y.Blocks(job), y.WhyRan(job), q.WalkAudit(), q.ListAudit(),
                )
            )
        )  # fmt: skip

    # What they find

    def _check_stored(self, plan_id: str, verb: str) -> None:
        shelf = self.world.shelf
        if plan_id not in shelf.plans:
            self.world.violate(AUDIT, f"{verb} was acknowledged as {plan_id}, which is not stored")
        if all(line.plan_id != plan_id for line in shelf.audit.values()):
            self.world.violate(AUDIT, f"{verb} was acknowledged as {plan_id}, which has no audit line")

    def _check_once(self, key: str | None) -> None:
        done = [plan.plan_id for plan in self.world.shelf.plans.values() if key is not None and plan.key == key]
        if len(done) > 1:
            self.world.violate(ONCE, f"{key}: {done}")

    # Choosing

    def _key(self) -> str | None:
        self._keys += 1
        return f"key-{self._keys}" if self.random.random() < 0.4 else None

    def _name(self) -> str:
        return self.random.choice(self.world.context.managed).process_name

    def _job(self) -> str:
        return self._target().partition("..")[0]

    def _target(self) -> str:
        spec = self.random.choice(self.world.context.managed)
        column = self.world.invariants.mirror.columns[self.world.invariants.mirror.number(spec.process_name)]
        low = self.random.randrange(column.first, column.end)
        high = min(low + self.random.choice((0, 0, 3)), column.end - 1)
        names = [timeperiods.timeperiod_of(spec.time_qualifier, one) for one in (low, high)]
        return f"{spec.process_name}@{names[0]}..{names[1]}" if high > low else f"{spec.process_name}@{names[0]}"

    def _scope(self) -> Scope:
        alone, up, across = (self.random.random() < 0.3 for _ in range(3))
        exclude = self.random.choice(((), (), (self._name(),)))
        return Scope(alone, up, across, self.random.choice((None, None, 0, 1, 2)), exclude)

    def _directives(self) -> list[Any]:
        return [one for one in self.world.shelf.directives.values() if one.lifted is None]

    def _real(self) -> float:
        clock = self.world.daemons[0].clock
        return clock.real_time() if clock is not None else 0.0

    # The end

    async def put_in_order(self) -> None:
        """Everything may start, and what was given up is tried again: whoever waits for an operator has one now."""
        for one in self._directives():
            if one.kind is DirectiveKind.HOLD:
                await self._insist("resume" if one.reach == "everything" else "release", one.directive_id)
            elif one.is_paused:
                await self._insist("batch resume", one.directive_id)
        for spec in self.world.context.managed:
            override = self.world.shelf.overrides.get(spec.process_name)
            if override is not None and override.is_on is False:
                await self.ask(q.SwitchProcess(spec.process_name, is_on=True))
        for uow in list(self.world.shelf.uows.values()):
            if uow.state is UowState.INVALID and uow.gave_up and uow.entry_name is None:
                await self._insist("reprocess", str(uow.key))

    async def _insist(self, verb: Verb, target: str) -> None:
        targets = () if verb == "resume" else (target,)
        planned = await self.ask(q.MakePlan(verb, targets))
        if isinstance(planned, replies.Plan):
            answer = await self.ask(q.ApplyPlan(planned.plan_id, "peace", break_seal=True, renew=True))
            if isinstance(answer, SynergyError) and not isinstance(answer, CallerError):
                self.world.story.tell("operator", "is refused:", str(answer))


def _words(request: q.Request[Any]) -> str:
    values = (getattr(request, name) for name in request.__struct_fields__)
    return " ".join(str(value) for value in values if value not in (None, (), False, Scope()))
