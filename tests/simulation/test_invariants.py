"""Each of these rules can be broken: what breaks it is told, and what only looks like that is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from synergy.core.audit_chain import START, chained
from synergy.core.ports import Batch
from synergy.core.records import AuditEntry, EntryRecord, ProcessOverride
from tests.contract.store.samples import NOW, claim, finish, hold, uow, uow_id
from tests.simulation.audited import AUDIT, CHAIN, Audited
from tests.simulation.children import SimProcess
from tests.simulation.invariants import HELD
from tests.simulation.loop import Host, VirtualLoop
from tests.simulation.shelf import Shelf
from tests.simulation.world import World

ENTRY = EntryRecord("Report", "mail", "every 60", run="jobs:mail")


class Scene:
    """A box whose supervisor has claimed a unit of work, in a world where nothing happens by itself."""

    def __init__(self) -> None:
        self.world = World(VirtualLoop(), 1)
        self.supervisor = Host(self.world.loop, "s1")
        shelf = self.world.shelf
        shelf.commit(Batch(shelf.take_term("daemon-1", None), new_uows=(uow(1),)))
        (self.uow,) = shelf.claim([claim(1)])

    def new_process(self) -> SimProcess:
        machine = self.world.boxes["box-1"].machine
        return self.supervisor.context.run(machine.spawn, "command", {})

    def rules_broken_by(self, process: SimProcess) -> list[str]:
        """When it begins to work on what was claimed."""
        process.machine.begin(process, self.uow)
        process.machine.rest(process)
        return [one.rule for one in self.world.broken]


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = Scene()
    yield made
    made.world.loop.bury()


def test_what_is_held_may_begin(scene: Scene) -> None:
    assert scene.rules_broken_by(scene.new_process()) == []


def test_what_was_given_back_must_not_begin(scene: Scene) -> None:
    scene.world.shelf.release([uow_id(1)], "s1")
    assert scene.rules_broken_by(scene.new_process()) == [HELD]


def test_what_has_finished_must_not_begin(scene: Scene) -> None:
    scene.world.shelf.finish([finish(1)])
    assert scene.rules_broken_by(scene.new_process()) == [HELD]


def test_only_what_began_before_its_supervisor_stood_still_is_excused(scene: Scene) -> None:
    scene.world.shelf.release([uow_id(1)], "s1")
    scene.supervisor.freeze()
    assert scene.rules_broken_by(scene.new_process()) == []

    scene.supervisor.thaw()
    scene.world.later(1.0, scene.world.loop.stop)
    scene.world.loop.run_forever()
    assert scene.rules_broken_by(scene.new_process()) == [HELD]


def rules_broken_by(*batches: Batch) -> list[str]:
    """Stored one after the other."""
    found: list[str] = []
    audited = Audited(Shelf(), lambda rule, _text: found.append(rule))
    for batch in batches:
        audited.check(batch)
    return found


@pytest.mark.parametrize(
    ("before", "batch", "verb", "target"),
    [
        (Batch(1), Batch(1, overrides=(ProcessOverride("Hourly", is_on=False),)), "deactivate", "Hourly"),
        (Batch(1), Batch(1, entries=(replace(ENTRY, by_hand=True),)), "freerun add", "Report::mail"),
        (Batch(1, entries=(ENTRY,)), Batch(1, entries=(replace(ENTRY, is_on=False),)), "freerun set", "Report::mail"),
        (Batch(1, entries=(ENTRY,)), Batch(1, entries=(replace(ENTRY, deleted=True),)), "freerun rm", "Report::mail"),
        (Batch(1), Batch(1, directives=(hold(),)), "hold", "Hourly"),
    ],
)
def test_a_change_without_its_own_audit_line_is_told(before: Batch, batch: Batch, verb: str, target: str) -> None:
    def with_line(verb: str) -> Batch:
        return replace(batch, audit=chained([AuditEntry(NOW, "ann", verb, target)], START))

    assert rules_broken_by(before, batch) == [AUDIT]
    assert rules_broken_by(before, with_line("skip")) == [AUDIT]
    assert rules_broken_by(before, with_line(verb)) == []


def test_an_entry_that_fires_needs_no_audit_line() -> None:
    fired = replace(ENTRY, last_firing=NOW, related_unit_of_work=uow_id(1))
    assert rules_broken_by(Batch(1, entries=(ENTRY,)), Batch(1, entries=(fired,))) == []


def test_a_hold_ends_by_itself_or_by_an_audited_release() -> None:
    audit = chained([AuditEntry(NOW, "ann", "hold", "Hourly")], START)
    held = Batch(1, directives=(hold(),), audit=audit)
    over = replace(hold(), lifted=NOW, outcome="its time was up")

    assert rules_broken_by(held, Batch(1, directives=(over,))) == []
    assert rules_broken_by(held, Batch(1, directives=(replace(over, outcome="released by ann"),))) == [AUDIT]
    assert rules_broken_by(held, Batch(1, directives=(replace(over, until=NOW),))) == [AUDIT]


def test_a_line_that_does_not_follow_the_last_one_is_told() -> None:
    audit = chained([AuditEntry(NOW, "ann", verb, "all") for verb in ("gc flush", "gc refresh")], START)
    assert rules_broken_by(Batch(1, audit=audit)) == []
    assert rules_broken_by(Batch(1, audit=audit[1:])) == [CHAIN]
