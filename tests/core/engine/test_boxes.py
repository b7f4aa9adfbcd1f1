"""Daemon processes switched on one box by hand."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from synergy.core.audit_chain import START
from synergy.core.context import DaemonSpec, Work
from synergy.core.engine import changes
from synergy.core.engine.changes import BoxSwitch, By
from synergy.core.errors import CallerError, IllegalState, NotFound
from synergy.core.records import BoxProcess
from tests.core.engine.contexts import context_of, spec
from tests.core.engine.world import World


def world_of(*daemons: DaemonSpec) -> World:
    """A world with these daemon processes."""
    return World(replace(context_of(spec("MainHourly", "Main")), daemons=daemons))


def switch(world: World, box_id: str, process_name: str, *, is_on: bool) -> str:
    """Switch it, with box-1 and box-2 known."""
    known = BoxProcess(box_id, process_name, is_on=not is_on)
    wish = BoxSwitch(box_id, process_name, is_on, known, ("box-1", "box-2"))
    return changes.switch_on_box(world.schedule, wish, By("ann", "c1", "why"))


FEED = DaemonSpec("Feed", Work(command=("feed",), present_on_boxes=("box-1",)))


@pytest.mark.parametrize(("is_on", "verb"), [(True, "box start"), (False, "box stop")])
def test_a_switch_is_stored_and_audited(*, is_on: bool, verb: str) -> None:
    world = world_of(FEED)

    assert "Feed" in switch(world, "box-1", "Feed", is_on=is_on)

    batch = world.schedule.outbox.batch(1, START)
    assert [(row.box_id, row.process_name, row.is_on) for row in batch.box_processes] == [("box-1", "Feed", is_on)]
    (line,) = batch.audit
    assert (line.actor, line.verb, line.target, line.reason) == ("ann", verb, "Feed on box-1", "why")
    assert (line.before, line.after) == (("off", "on") if is_on else ("on", "off"))
    assert world.schedule.outbox.needs_commit()


@pytest.mark.parametrize(
    ("box_id", "process_name", "error", "text"),
    [
        ("box-1", "Feet", NotFound, 'did you mean "Feed"'),
        ("spare", "Feed", NotFound, "known are: box-1, box-2"),
        ("box-2", "Feed", IllegalState, "present_on_boxes: box-1"),
    ],
)
def test_what_cannot_be_switched_is_told_with_what_can(
    box_id: str, process_name: str, error: type[CallerError], text: str
) -> None:
    world = world_of(FEED)
    with pytest.raises(error, match=text):
        switch(world, box_id, process_name, is_on=True)
    assert not world.schedule.outbox.needs_commit()


def test_without_any_daemon_process_that_is_said() -> None:
    with pytest.raises(NotFound, match="there is none"):
        switch(world_of(), "box-1", "Feed", is_on=True)
