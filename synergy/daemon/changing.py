"""Changes of processes and boxes over the protocol; each is stored as a plan, so that it is known and can be undone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from synergy.core.control import replies
from synergy.core.control import requests as q
from synergy.core.counting import counted
from synergy.core.engine import changes, previews
from synergy.core.engine.changes import By
from synergy.core.engine.schedule import Schedule
from synergy.daemon.callers import Caller
from synergy.daemon.keys import check_same, done_under
from synergy.daemon.planbook import new_plan_id
from synergy.daemon.scheduler import Scheduler
from synergy.daemon.views.jobs import known_lane

Act = Callable[[Schedule, By], str]
Preview = Callable[[Schedule], Iterable[str]]


class Named(NamedTuple):
    """A change as it is recorded: by that it is known again, when its key is used twice."""

    verb: str
    target: str


class Changing:
    """Makes changes inside a batch, once for each key, or tells what they would do."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    async def make(
        self, request: q.Change[replies.Done], caller: Caller, named: Named, act: Act, preview: Preview
    ) -> replies.Done:
        """Do ``act``, which is recorded as ``named``, or only tell ``preview``."""
        if request.preview:
            message, *details = preview(self._scheduler.schedule)
            return replies.Done(message=message, details=tuple(details))
        by = By(caller.user, new_plan_id(), request.reason, request.key)

        async def once(schedule: Schedule) -> replies.Done:
            done = await done_under(schedule, self._scheduler.store, request.key)
            if done is None:
                return replies.Done(message=act(schedule, by), plan_id=by.plan_id)
            check_same(done, request.key, named.verb, (named.target,))
            told = f"{named.verb} {named.target} was done before, under the same key"
            return replies.Done(message=told, plan_id=done.plan_id)

        return await self._scheduler.mailbox.ask_slowly(once, caller.origin)

    async def trigger(self, request: q.Trigger, caller: Caller) -> replies.Done:
        """Make a process's closed periods due."""
        name = request.process_name
        return await self.make(
            request,
            caller,
            Named("trigger", name),
            lambda schedule, by: changes.trigger(schedule, known_lane(schedule, name), by),
            lambda schedule: previews.of_trigger(schedule, known_lane(schedule, name)),
        )

    async def switch(self, request: q.SwitchProcess, caller: Caller) -> replies.Done:
        """Activate or deactivate a process."""
        name, is_on = request.process_name, request.is_on
        return await self.make(
            request,
            caller,
            Named("activate" if is_on else "deactivate", name),
            lambda schedule, by: changes.switch(schedule, known_lane(schedule, name), by, is_on=is_on),
            lambda schedule: previews.of_switch(known_lane(schedule, name), is_on=is_on),
        )

    async def frequency(self, request: q.ChangeFrequency, caller: Caller) -> replies.Done:
        """Change a process's trigger."""
        name, frequency = request.process_name, request.trigger_frequency
        return await self.make(
            request,
            caller,
            Named("frequency", name),
            lambda schedule, by: changes.change_frequency(schedule, known_lane(schedule, name), frequency, by),
            lambda schedule: previews.of_frequency(schedule, known_lane(schedule, name), frequency),
        )

    async def switch_on_box(self, request: q.SwitchOnBox, caller: Caller) -> replies.Done:
        """Start or stop a daemon process on a box."""
        store = self._scheduler.store
        boxes = {self._scheduler.deployment.settings.box_id, *(one.box_id for one in await store.supervisors())}
        stored = {(one.box_id, one.process_name): one for one in await store.box_processes()}
        known = stored.get((request.box_id, request.process_name))
        wish = changes.BoxSwitch(request.box_id, request.process_name, request.is_on, known, boxes)

        named = Named("box start" if request.is_on else "box stop", f"{request.process_name} on {request.box_id}")

        def preview(schedule: Schedule) -> Iterable[str]:
            if changes.check_on_box(schedule, wish) is request.is_on:
                return (f"{named.target} is {changes.on_off(request.is_on)} already",)
            verb = "run" if request.is_on else "be stopped"
            return (f"{request.process_name} would {verb} on {request.box_id}, until it is switched again",)

        return await self.make(
            request, caller, named, lambda schedule, by: changes.switch_on_box(schedule, wish, by), preview
        )

    async def collect(self, request: q.CollectorRefresh, caller: Caller) -> replies.Done:
        """Run the garbage collector now."""

        def act(schedule: Schedule, by: By) -> str:
            acted = self._scheduler.rounds.collect(schedule)
            done = f"the collector acted on {counted(acted, 'unit of work', 'units of work')}"
            changes.account(schedule, by, "gc refresh", "all", None, after=done)
            return done

        return await self.make(request, caller, Named("gc refresh", "all"), act, previews.of_collecting)

    async def flush(self, request: q.CollectorFlush, caller: Caller) -> replies.Done:
        """Offer what waits in reprocessing queues again."""
        name = request.process_name

        def known(schedule: Schedule) -> Schedule:
            if name is not None and not schedule.knows(name):
                known_lane(schedule, name)
            return schedule

        return await self.make(
            request,
            caller,
            Named("gc flush", name or "all"),
            lambda schedule, by: changes.flush(known(schedule), name, by),
            lambda schedule: previews.of_flush(known(schedule), name),
        )
