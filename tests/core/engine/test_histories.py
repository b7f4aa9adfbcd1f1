"""Random histories of a small deployment: workers, faults, operators, restarts and time, against the rules."""

from __future__ import annotations

import os
from random import Random
from typing import Final

import pytest
from msgspec.structs import replace

from synergy.core.directives import Directive, DirectiveKind
from synergy.core.engine import changes, data_source, freeruns
from synergy.core.engine.outbox import Outbox
from synergy.core.engine.plans import draft
from synergy.core.errors import CallerError, SynergyError
from synergy.core.ports import Boundaries
from synergy.core.records import HistoryEntry, JobKey, UnitOfWork
from synergy.core.states import JobState, UowState
from synergy.core.timetable.timetable import Node
from synergy.core.wishes import Scope, Verb, Wish
from tests.core.engine import rules
from tests.core.engine.contexts import changed_context, random_context, settings_of
from tests.core.engine.world import BY, World

FIRST_SEED: Final = int(os.environ.get("SYNERGY_FIRST_SEED", "1"))
SEEDS: Final = int(os.environ.get("SYNERGY_SEEDS", "40"))
STEPS: Final = 150
TRIGGERS: Final = ("every 60", "every 3600", "at 00:30, 13:10", "cron 15 * * * *")


class Crash(Exception):
    """The daemon dies in the middle of a commit."""


class History:
    """One random history; every step is drawn from the seed."""

    def __init__(self, seed: int, *, redefines: bool) -> None:
        self.random = Random(seed)  # noqa: S311 - a test's seed
        skip = self.random.random() < 0.3
        settings = settings_of(
            gc_on_give_up="skip" if skip else "alert",
            gc_life_support_hours=self.random.choice((0.5, 48.0)),
            gc_resubmit_after_hours=0.1,
        )
        self.whole = random_context(self.random)
        self.world = World(self.whole, settings)
        self.world.before_commit = self.race
        self.world.on_commit = self.committed
        if self.random.random() < 0.5:
            self.world.use_source()
        self.states: dict[JobKey, JobState] = {}
        self.in_force: list[Directive] = []
        self.crash = ""
        self.supervisors = ["s1", "s2"]
        self.steps = (
            [self.claim] * 12 + [self.finish] * 12 + [self.settle] * 6 + [self.pass_time] * 6 + [self.jump] * 2
            + [self.plan] * 3 + [self.restart] * 2 + [self.supervisor_dies, self.collect, self.collect, self.switch]
            + [self.switch, self.trigger, self.frequency, self.flush, self.crash_in_commit, self.run_entry]
            + [self.answer] * 6 + [self.grow_data] * 3 + [self.stop_canceled] * 3 + [self.duplicate]
            + [self.order] * 3 + [self.change_batch] + [self.undo] * 2 + [self.cursor]
            + [self.give_back] * 2 + [self.redefine] * redefines
        )  # fmt: skip

    def run(self, steps: int) -> None:
        self.world.settle()
        for _ in range(steps):
            self.step()
            rules.check_units(self.world)
            rules.check_batches(self.world)
            rules.check_columns(self.world)
            if rules.is_all_told(self.world) and self.random.random() < 0.3:
                rules.check_memory(self.world)
        self.drain()
        rules.check_memory(self.world)
        rules.check_tidy(self.world)
        rules.check_history(self.world)

    def step(self) -> None:
        """Something happens."""
        try:
            self.random.choice(self.steps)()
        except Crash:
            self.crash = ""
            self.restart()

    # What may happen inside a commit

    def race(self) -> None:
        """Just before the commit a worker may be quicker, or the daemon may die."""
        if self.crash == "before":
            raise Crash
        while self.random.random() < 0.15:
            self.random.choice((self.claim, self.finish))()

    def committed(self, outbox: Outbox) -> None:
        switched = {override.process_name for override in outbox.overrides}  # by an act after the work in that batch
        for uow in outbox.new_uows:
            if uow.entry_name is None and uow.process_name not in switched:
                rules.check_new_unit(self.world, uow, self.states.get(uow.key, JobState.EMBRYO))
                self.check_not_held(uow)
        for entry in outbox.history:
            self.check_entry(entry)
        self.states.update({key: job.state for key, job in outbox.jobs.items()})
        self.in_force = [one for one in self.world.store.directives.values() if one.lifted is None]
        if self.crash == "after":
            raise Crash

    def check_not_held(self, uow: UnitOfWork) -> None:
        """Nothing starts under what was in force before this commit and still is; but for what was forced."""
        if uow.uow_id not in rules.forced_units(self.world):
            kept = [one for one in rules.holding(self.world, uow.key) if one in self.in_force]
            assert kept == [], f"{uow.uow_id} starts under {kept}"

    def check_entry(self, entry: HistoryEntry) -> None:
        """A job that ended in this commit, and stayed so, ended as the rules say."""
        key = JobKey(entry.process_name, entry.timeperiod)
        job = self.world.store.jobs.get(key)
        if job is None or job.state is not entry.new_state or entry.cause == "undo":
            return
        if key.process_name not in self.world.schedule.timetable.index:
            return
        if entry.new_state in {JobState.PROCESSED, JobState.NOOP}:
            rules.check_end(self.world, key)
        elif entry.new_state is JobState.SKIPPED:
            rules.check_skip(self.world, key, entry.cause)

    # Workers

    def claim(self) -> None:
        if self.world.queue:
            uow_id = self.random.choice(sorted(self.world.queue))
            self.world.claim(uow_id, self.random.choice(self.supervisors), tell=self.random.random() < 0.9)

    def finish(self) -> None:
        if self.world.running:
            attempt = self.random.choice(self.world.running)
            ends = (*[UowState.PROCESSED] * 6, *[UowState.NOOP] * 2, *[UowState.INVALID] * 2)
            self.world.finish(attempt, self.random.choice(ends))

    def give_back(self) -> None:
        if self.world.running:
            self.world.give_back(self.random.choice(self.world.running))

    def stop_canceled(self) -> None:
        self.world.stop_canceled()

    def supervisor_dies(self) -> None:
        """The next one at its place has another name: every start has its own."""
        place = self.random.randrange(len(self.supervisors))
        dead = self.supervisors[place]
        self.supervisors[place] = f"{dead}'"
        self.world.die(dead, releases=self.random.random() < 0.5)

    def duplicate(self) -> None:
        """The broker delivers some of it twice, and in another order."""
        self.world.mail += self.random.sample(self.world.mail, len(self.world.mail) // 2)
        self.random.shuffle(self.world.mail)

    # The daemon and time

    def settle(self) -> None:
        self.world.settle()

    def pass_time(self) -> None:
        self.world.tick(self.random.choice((1.0, 60.0, 600.0)))

    def jump(self) -> None:
        self.world.tick(self.random.choice((60.0, 3_000.0)), self.random.choice((3_600.0, 4_000.0, 20_000.0)))

    def restart(self) -> None:
        if self.random.random() < 0.5:
            self.world.mail.clear()
        if self.random.random() < 0.3:
            self.world.queue.clear()
        self.world.restart()

    def redefine(self) -> None:
        """The daemon is started with other definitions."""
        if self.random.random() < 0.2:
            begin = self.random.choice(("2013013020", "2013013013", "2013012910"))
            self.world.settings = replace(self.world.settings, synergy_start_timeperiod=begin)
        self.world.context = changed_context(self.random, self.whole)
        self.restart()

    def crash_in_commit(self) -> None:
        self.crash = self.random.choice(("before", "after"))
        self.settle()
        self.crash = ""

    def collect(self) -> None:
        self.world.settle(collect=True)

    # Data sources

    def answer(self) -> None:
        """One question is answered, in any order; sometimes the source fails, and sometimes it answers twice."""
        if not self.world.asks:
            return
        ask = self.world.asks.pop(self.random.randrange(len(self.world.asks)))
        if self.random.random() < 0.2:
            self.world.settle(lambda schedule: data_source.source_failed(schedule, ask.key))
            return
        if self.random.random() < 0.7:
            self.world.data.setdefault(ask.key, Boundaries("1", "3"))
        boundaries = self.world.data.get(ask.key)
        for _ in range(self.random.choice((1, 1, 2))):
            self.world.settle(lambda schedule: data_source.boundaries_read(schedule, ask.key, boundaries))

    def grow_data(self) -> None:
        lane = self.world.lane(self.name())
        if lane.column.end > lane.column.first:
            ordinal = self.random.randrange(lane.column.first, lane.column.end)
            key = self.world.schedule.timetable.key(Node(lane.number, ordinal))
            self.world.data[key] = Boundaries("1", str(self.random.randrange(9)))

    # Operators

    def name(self) -> str:
        return self.random.choice(self.world.context.managed).process_name

    def target(self) -> str:
        """A few periods of a process."""
        while True:
            lane = self.world.lane(self.name())
            column = lane.column
            if column.end > column.first:
                break
        low = self.random.randrange(column.first, column.end)
        high = min(low + self.random.choice((0, 0, 3)), column.end - 1)
        names = [self.world.schedule.timetable.timeperiod(Node(lane.number, one)) for one in (low, high)]
        return f"{lane.spec.process_name}@{names[0]}..{names[1]}"

    def attempt(self, verb: Verb, *targets: str, **options: object) -> None:
        """Plan and apply; what an operator must not do is refused."""
        before = rules.snapshot(self.world)
        try:
            draft(self.world.schedule, Wish(verb, targets, **options))  # type: ignore[arg-type]
        except SynergyError as error:
            assert isinstance(error, CallerError)  # noqa: PT017 - refused, as a verb may be
        assert rules.snapshot(self.world) == before, f"the plan of {verb} {targets} changed something"
        try:
            self.world.apply(verb, *targets, **options)
        except SynergyError as error:
            assert isinstance(error, CallerError)  # noqa: PT017
            self.world.settle()

    def plan(self) -> None:
        verb: Verb = self.random.choice(("reprocess", "reprocess", "skip", "cancel", "force", "mark"))
        if verb == "skip" and self.random.random() < 0.5:
            return
        options: dict[str, object] = {}
        if verb == "mark":
            options["to"] = self.random.choice(("processed", "noop"))
        if verb in {"reprocess", "skip"} and self.random.random() < 0.4:
            options["scope"] = self.scope()
        if verb == "reprocess" and self.random.random() < 0.4:
            options["max_parallel"] = self.random.choice((1, 2, 3))
        self.attempt(verb, self.target(), **options)

    def scope(self) -> Scope:
        alone, up, across = (self.random.random() < 0.3 for _ in range(3))
        exclude = self.random.choice(((), (), (self.name(),), ("Report*",)))
        return Scope(alone, up, across, self.random.choice((None, None, 0, 1, 2)), exclude)

    def cursor(self) -> None:
        name, _, periods = self.target().partition("@")
        self.attempt("cursor", name, to=periods.partition("..")[0])

    def order(self) -> None:
        """Hold, release, drain, resume, seal, unseal."""
        verb: Verb = self.random.choice(("hold", "hold", "release", "drain", "resume", "resume", "seal", "unseal"))
        if verb in {"drain", "resume"}:
            until = self.world.now.real + 500.0 if verb == "drain" and self.random.random() < 0.5 else None
            self.attempt(verb, until=until)
            return
        known = [one.directive_id for one in self.in_force if one.kind is not DirectiveKind.BATCH]
        if verb in {"release", "unseal"} and known:
            self.attempt(verb, self.random.choice(known))
            return
        target = self.random.choice((self.target(), f"{self.target().partition('..')[0]}..", self.name(), "Main"))
        if verb == "seal":
            target = self.target()
        until = self.world.now.real + 500.0 if verb == "hold" and self.random.random() < 0.3 else None
        self.attempt(verb, target, until=until)

    def change_batch(self) -> None:
        batches = list(self.world.schedule.orders.batches)
        if batches:
            verb: Verb = self.random.choice(("batch pause", "batch resume", "batch resume", "batch cancel"))
            self.attempt(verb, self.random.choice(batches))

    def undo(self) -> None:
        """One of the last plans is taken back; also an undo."""
        if not self.world.store.plans:
            return
        plan_id = self.random.choice(list(self.world.store.plans)[-4:])
        try:
            self.world.undo(plan_id)
        except SynergyError as error:
            assert isinstance(error, CallerError)  # noqa: PT017
            self.world.settle()

    def switch(self) -> None:
        lane = self.world.lane(self.name())
        is_on = not lane.is_on
        self.world.settle(lambda schedule: changes.switch(schedule, lane, is_on=is_on, by=BY))

    def trigger(self) -> None:
        lane = self.world.lane(self.name())
        self.world.settle(lambda schedule: changes.trigger(schedule, lane, by=BY))

    def frequency(self) -> None:
        lane, to = self.world.lane(self.name()), self.random.choice(TRIGGERS)
        self.world.settle(lambda schedule: changes.change_frequency(schedule, lane, to, by=BY))

    def flush(self) -> None:
        name = self.name()
        self.world.settle(lambda schedule: changes.flush(schedule, name, BY))

    def run_entry(self) -> None:
        if not self.world.schedule.entries:
            return
        lane = self.random.choice(list(self.world.schedule.entries.values()))
        try:
            self.world.settle(lambda schedule: freeruns.run_entry(schedule, lane, {"by": "hand"}))
        except CallerError:
            self.world.settle()

    # The end

    def drain(self) -> None:
        """Nobody does anything new; what was told is heard."""
        self.world.before_commit = lambda: None
        for _ in range(5):
            self.world.stop_canceled()
            self.world.settle(collect=True)

    def finish_everything(self) -> None:
        """Faults are over, all is switched on, and time goes past the end: everything must get done."""
        world = self.world
        world.context = self.whole
        world.restart()
        self.let_everything_start()
        world.go_to("2013020400")
        world.go_to("2013040400")
        for _ in range(400):
            world.settle(collect=True)
            for ask in world.asks:
                world.data.setdefault(ask.key, Boundaries("1", "3"))
            world.answer()
            world.stop_canceled()
            for attempt in list(world.running):
                world.finish(attempt)
            world.work()
            self.revive()
            world.tick(1_000.0, 4_000.0)
            if all(job.state.is_finished for job in world.store.jobs.values()) and not world.queue:
                break
        rules.check_complete(world)
        rules.check_tidy(world)
        rules.check_history(world)
        assert world.schedule.orders.batches == {}

    def let_everything_start(self) -> None:
        world = self.world
        for one in list(world.schedule.orders.directives.values()):
            if one.kind is DirectiveKind.HOLD:
                world.apply("resume" if one.reach == "everything" else "release", one.directive_id)
            elif one.is_paused:
                world.apply("batch resume", one.directive_id)
        for lane in world.schedule.lanes:
            if not lane.is_on:
                world.settle(lambda schedule, lane=lane: changes.switch(  # type: ignore[misc]
                    schedule, lane, is_on=True, by=BY))  # fmt: skip

    def revive(self) -> None:
        """What was given up is an operator's turn."""
        for uow_id in list(self.world.store.uows):
            uow = self.world.store.uows[uow_id]  # the reprocess of another one may have canceled it
            if uow.state is UowState.INVALID and uow.gave_up:
                self.world.apply("reprocess", str(uow.key))


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + SEEDS))
def test_whatever_happens_the_rules_hold_and_everything_gets_done(seed: int) -> None:
    history = History(seed, redefines=False)

    history.run(STEPS)

    history.finish_everything()


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + SEEDS))
def test_changed_definitions_break_no_rule_either(seed: int) -> None:
    history = History(seed, redefines=True)

    history.run(STEPS)

    history.finish_everything()
