"""What the status counts as a problem."""

from __future__ import annotations

from collections.abc import Sequence

from synergy.core.control import replies
from synergy.core.engine import changes
from synergy.core.ports import BrokerState
from synergy.core.states import UowState
from synergy.daemon.leases import Away
from synergy.daemon.views import health
from synergy.daemon.views.concerns import Surroundings
from tests.core.engine.contexts import context_of, settings_of, spec
from tests.core.engine.why_scenes import drained, in_batch
from tests.core.engine.world import BY, World


def world_of(**settings: object) -> World:
    world = World(context_of(spec("MainHourly", "Main")), settings_of(**settings))
    world.settle()
    return world


def status_of(world: World, age_seconds: float = 0.0, *away: Away, survivors: Sequence[str] = ()) -> replies.Status:
    """The status without any living supervisor, of a daemon of this age."""
    now = world.now.real
    around = Surroundings(
        daemon_id="d1", pid=7, started=now - age_seconds, state="running",
        store_url="sqlite:", store_problem=None, store_since=now,
        broker_url=world.schedule.settings.broker, broker=BrokerState(up=True, since=now, detail="answers"),
        speed=1.0, supervisors=(), away=away, uow_counts={}, counted_at=None, term=1, survivors=survivors,
    )  # fmt: skip
    return health.status(world.schedule, around)


def test_the_supervisor_of_a_young_daemon_is_starting() -> None:
    status = status_of(world_of(lease_seconds=30.0), age_seconds=29.0)

    assert status.problems == ()
    assert status.notes == ("the supervisor is starting",)


def test_a_supervisor_that_never_came_is_a_problem() -> None:
    status = status_of(world_of(lease_seconds=30.0), age_seconds=30.0)

    assert status.problems == ("no supervisor is alive: nothing can run",)
    assert status.about == ("workers",)
    assert status.notes == ()


def test_how_many_processes_are_off_is_told() -> None:
    world = world_of()
    assert status_of(world).inactive == 0

    world.settle(lambda schedule: changes.switch(schedule, world.lane("MainHourly"), BY, is_on=False))

    assert status_of(world).inactive == 1


def test_what_outlives_kill_is_a_problem() -> None:
    status = status_of(world_of(lease_seconds=30.0), survivors=("MainHourly@2013010100.1: process 7 outlives KILL",))

    assert status.problems == ("MainHourly@2013010100.1: process 7 outlives KILL",)
    assert status.about == ("MainHourly@2013010100.1",)


def test_an_invalid_job_is_named_with_the_unit_of_work_whose_attempts_are_counted() -> None:
    world = world_of()
    world.go_to("2013013022")
    world.work(UowState.INVALID, most=1)
    [uow] = [uow for uow in world.store.uows.values() if uow.state is UowState.INVALID]

    assert f"{uow.key} is invalid: exit 1 ({uow.uow_id}, attempt 1)" in status_of(world).problems


def test_supervisors_that_nobody_keeps_are_missed_at_once() -> None:
    status = status_of(world_of(broker="amqp://localhost/"))

    assert status.problems == ("no supervisor is alive yet: nothing can run",)


def test_boxes_that_give_no_sign_of_life_are_named_with_what_comes_of_it() -> None:
    silent, lost = Away("box-1", "here", 11.2, is_lost=False), Away("box-2", "there", 40.0, is_lost=True)
    status = status_of(world_of(lease_seconds=20.0), 0.0, silent, lost)

    assert status.boxes_down == ("box-1", "box-2")
    assert status.about == ("box:box-1", "box:box-2")
    assert status.problems == (
        "box box-1 is silent: no heartbeat from here for 11 s; after 20 s its work is offered to others",
        "box box-2 is down: no heartbeat from there for 40 s; its work is offered to others",
    )


def test_a_paused_batch_is_a_problem_that_says_how_it_goes_on() -> None:
    running, paused = in_batch(), in_batch(paused=True)

    told = "batch p1 is paused (4 jobs left): synergyctl batch resume p1 --yes"
    assert told not in status_of(running).problems
    assert told in status_of(paused).problems


def test_since_when_it_drains_is_told_as_all_other_times_are() -> None:
    told = status_of(drained()).draining

    assert told == "by ann since 2027-01-15 08:00:00: maintenance"
