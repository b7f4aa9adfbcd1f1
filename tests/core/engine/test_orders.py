"""Holds, the drain and seals: what they keep from happening, and how they end."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from synergy.core.context import BlockingType, MachineKind
from synergy.core.engine.freeruns import NEVER, next_entry_firing, put_entry
from synergy.core.engine.orders import drain_of, hold_of, seal_of
from synergy.core.engine.plans import draft
from synergy.core.engine.verbs import Acceptance, check_current, check_seals
from synergy.core.errors import IllegalState, InvalidArgument, NotFound, NotPermitted, PlanStale
from synergy.core.records import JobKey
from synergy.core.states import JobState, UowState
from synergy.core.wishes import Scope, Wish
from tests.core.engine import rules
from tests.core.engine.contexts import context_of, entry, settings_of, spec
from tests.core.engine.world import World

HOUR = "MainHourly@2013013020"


def world_of(*, at: str = "2013013101", concurrency: int = 4, **fields: object) -> World:
    world = World(
        context_of(
            spec("MainMonthly", "Main"),
            spec("MainDaily", "Main", blocking_type=BlockingType.CHILDREN),
            spec("MainHourly", "Main", concurrency=concurrency, **fields),
            spec("ReportDaily", "Report", blocking_type=BlockingType.CHILDREN),
            dependent_on={"Report": ("Main",)},
            entries=(entry("often", "every 1800"), replace(entry("late", "every 1800"), misfire="skip")),
        ),
        settings_of(),
    )
    world.now = world.now._replace(real=world.now.real + 100.0)
    if at is not None:
        world.go_to(at)
    return world


def held(world: World) -> list[str]:
    return [one.reach for one in world.schedule.orders.directives.values()]


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_held_process_starts_nothing_until_it_is_released(concurrency: int) -> None:
    world = world_of(at="2013013020", concurrency=concurrency)
    plan = world.apply("hold", "MainHourly")
    assert plan.affects == {"MainHourly": 1}
    world.go_to("2013013101")
    assert not any(name.startswith("MainHourly") for name in world.queue)

    world.restart()
    assert held(world) == ["MainHourly"]
    assert not any(name.startswith("MainHourly") for name in world.queue)

    world.apply("release", "MainHourly")
    assert any(name.startswith("MainHourly") for name in world.queue)
    assert world.store.directives["p1"].outcome == "released by ann"
    assert held(world) == []
    world.work()
    assert world.state(HOUR) is JobState.PROCESSED
    rules.check_memory(world)


def test_periods_to_come_can_be_held_and_the_others_pass() -> None:
    world = world_of(at="2013013020")
    world.apply("hold", "MainHourly@2013013021", "MainHourly@2013013023..2013013100")
    world.go_to("2013013103")
    world.work()

    assert world.state("MainHourly@2013013022") is JobState.PROCESSED
    assert world.state("MainHourly@2013013021") is JobState.EMBRYO
    assert world.state("MainHourly@2013013100") is JobState.EMBRYO
    assert world.state("MainHourly@2013013101") is JobState.PROCESSED

    world.apply("release", "MainHourly@2013013021", "p1-1")
    world.work()
    assert world.state("MainHourly@2013013023") is JobState.PROCESSED


@pytest.mark.parametrize(
    ("target", "lanes"),
    [
        ("Main", {"MainMonthly", "MainDaily", "MainHourly"}),
        ("Main@2013013000", {"MainDaily", "MainHourly"}),
        ("Main@2013010000", {"MainMonthly", "MainDaily", "MainHourly"}),
        ("Main@2013013020..2013013022", {"MainHourly"}),
        ("Main@2013013021..", {"MainHourly"}),
        ("MainDaily@2013013000", {"MainDaily"}),
    ],
)
def test_what_lies_in_the_periods_of_a_tree_is_held(target: str, lanes: set[str]) -> None:
    world = world_of()
    world.apply("hold", target)
    keys = [
        JobKey("MainMonthly", "2013010000"), JobKey("MainDaily", "2013013000"), JobKey("MainHourly", "2013013022")
    ]  # fmt: skip
    nodes = [world.schedule.timetable.node(key) for key in keys]

    assert {key.process_name for key, node in zip(keys, nodes, strict=True)
            if hold_of(world.schedule.lanes[node.process], node.ordinal)} == lanes  # fmt: skip


def test_a_hold_lifts_itself_when_its_time_has_come() -> None:
    world = world_of(at="2013013020")
    world.apply("hold", "MainHourly", until=world.now.real + 500.0)
    world.go_to("2013013023")
    assert not any(name.startswith("MainHourly") for name in world.queue)

    world.tick(600.0, 0.0)
    assert any(name.startswith("MainHourly") for name in world.queue)
    assert world.store.directives["p1"].outcome == "its time was up"
    with pytest.raises(InvalidArgument, match="until lies in the past"):
        draft(world.schedule, Wish("hold", ("MainHourly",), until=world.now.real - 1.0))
    for until in (1e18, float("inf")):
        with pytest.raises(InvalidArgument, match="is no date; leave it out"):
            draft(world.schedule, Wish("hold", ("MainHourly",), until=until))


@pytest.mark.parametrize(
    ("verb", "target", "problem"),
    [
        ("hold", "Main", "Main is held already; release it first"),
        ("release", "MainDaily", r"MainDaily is held by p1 \(Main\); release p1"),
        ("release", "ReportDaily", "ReportDaily is not held; see: synergyctl directives"),
        ("release", "p9", 'no process or tree is called "p9"'),
        ("hold", "Nope", 'no process or tree is called "Nope"'),
        ("hold", "Main Hourly", "cannot be read"),
        ("hold", "MainHourly@2013013023..2013013020", "is empty"),
        ("hold", "MainDaily@2013013023", "2013013023"),
        ("hold", "MainDaily@2013-01-30", '"2013-01-30" is no daily timeperiod; write it as 2026112300'),
        ("hold", "MainDaily@2013013000..31", '"31" is no daily timeperiod'),
        ("hold", "MainDaily@..2013013000", "cannot be read"),
        ("hold", "Main@17", "17"),
        ("resume", "", "does not drain"),
        ("seal", "Main", "has no timeperiod"),
        ("unseal", "Main@2013013000", "is not sealed"),
        ("batch pause", "b1", 'no batch "b1"'),
    ],
)
def test_what_makes_no_sense_is_refused(verb: str, target: str, problem: str) -> None:
    world = world_of()
    world.apply("hold", "Main")
    with pytest.raises((IllegalState, InvalidArgument, NotFound), match=problem):
        draft(world.schedule, Wish(verb, (target,)))  # type: ignore[arg-type] # from the table


def test_what_failed_is_not_offered_again_while_it_is_held() -> None:
    world = world_of()
    attempt = world.claim(world.related(HOUR).uow_id)
    assert attempt is not None
    world.finish(attempt, UowState.INVALID)
    world.settle()
    world.apply("hold", "MainHourly")
    world.tick(4_000.0, 0.0)
    world.settle(collect=True)
    assert world.related(HOUR).state is UowState.INVALID

    world.apply("release", "MainHourly")
    world.settle(collect=True)
    world.tick(4_000.0, 0.0)
    world.settle(collect=True)
    world.work()
    assert world.state(HOUR) is JobState.PROCESSED


def test_a_continuous_job_that_is_held_goes_on_with_the_next_firing() -> None:
    world = world_of(at="2013013020", state_machine=MachineKind.CONTINUOUS)
    world.tick(60.0)
    world.work()
    run = world.job(HOUR).run
    world.apply("hold", "MainHourly")
    world.tick(120.0)
    assert world.job(HOUR).run == run
    world.apply("release", "MainHourly")
    world.tick(120.0)
    assert world.job(HOUR).run == run + 1


def test_a_drained_daemon_starts_nothing_and_resumes_with_everything() -> None:
    world = world_of(at="2013013021")
    world.work()
    runs = world.runs.copy()
    world.apply("drain")
    assert drain_of(world.schedule) is not None
    assert next_entry_firing(world.schedule) == NEVER
    with pytest.raises(IllegalState, match="drains already"):
        draft(world.schedule, Wish("drain"))
    with pytest.raises(IllegalState, match=r"is held by p1 \(everything\); synergyctl resume"):
        draft(world.schedule, Wish("release", ("MainHourly",)))

    world.go_to("2013013103")
    world.work()
    assert world.runs == runs
    assert [name for name in world.queue if "late" in name] == []

    world.apply("resume")
    world.work()
    assert world.state("MainHourly@2013013023") is JobState.PROCESSED
    assert len([uow for uow in world.store.uows.values() if uow.entry_name == "often"]) >= 1
    late = [uow.timeperiod for uow in world.store.uows.values() if uow.entry_name == "late"]
    assert late == ["20130130210000"]


def test_an_entry_that_is_off_does_not_fire_after_a_drain() -> None:
    world = world_of()
    late = world.schedule.entries["Free", "late"].record
    world.settle(lambda schedule: put_entry(schedule, replace(late, is_on=False)))
    world.work()
    for verb in ("drain", "resume"):
        world.apply(verb)
        world.go_to("2013013103" if verb == "drain" else "2013013105")

    assert world.schedule.entries["Free", "late"].next_firing == NEVER
    assert not any("late" in name for name in world.queue)


def test_a_failed_entry_is_not_offered_while_the_daemon_drains() -> None:
    world = world_of(at="2013013021")
    (uow_id,) = (uow_id for uow_id in world.queue if "often" in uow_id)
    attempt = world.claim(uow_id)
    assert attempt is not None
    world.apply("drain")
    world.die("s1")
    world.settle(collect=True)
    assert [one.uow_id for one in world.running] == []


def sealed_world() -> World:
    world = world_of(at="2013020203")
    world.work()
    return world


@pytest.mark.parametrize("target", ["Main@2013010000", "MainMonthly@2013010000"])
def test_nothing_under_a_seal_changes_unless_it_is_broken(target: str) -> None:
    world = sealed_world()
    world.apply("seal", target)
    assert seal_of(world.schedule, world.schedule.timetable.node(JobKey("MainHourly", "2013013020"))) is not None
    world.restart()

    plan = draft(world.schedule, Wish("reprocess", ("MainHourly@2013013020", "MainHourly@2013020100")))
    assert set(plan.sealed) == {HOUR, "MainDaily@2013013000", "MainMonthly@2013010000"}  # February is open
    with pytest.raises(NotPermitted, match=f"reprocess would change sealed jobs: {HOUR}"):
        check_seals(plan, Acceptance("p9", "ann", breaks_seal=True))
    check_seals(plan, Acceptance("p9", "ann", "late data", breaks_seal=True))
    check_seals(draft(world.schedule, Wish("reprocess", ("MainHourly@2013020100",))), Acceptance("p9", "ann"))

    with pytest.raises(IllegalState, match="is sealed already"):
        draft(world.schedule, Wish("seal", ("Main@2013010000",)))
    world.apply("unseal", target)
    assert draft(world.schedule, Wish("reprocess", (HOUR,))).sealed == ()


def test_a_plan_that_was_made_before_a_seal_is_stale() -> None:
    world = sealed_world()
    plan = draft(world.schedule, Wish("reprocess", (HOUR,)))
    world.apply("seal", "Main@2013010000")

    with pytest.raises(PlanStale, match=f"{HOUR} is sealed by now"):
        check_current(world.schedule, plan)


def test_a_seal_within_another_one_leaves_the_rest_of_that_sealed() -> None:
    world = sealed_world()
    world.apply("seal", "Main@2013013000", HOUR, "MainHourly@2013020100")

    def seal_at(hour: str) -> str | None:
        found = seal_of(world.schedule, world.schedule.timetable.node(JobKey("MainHourly", hour)))
        return None if found is None else found.reach

    day = "Main@2013013000..2013013023"
    assert [seal_at(hour) for hour in ("2013013020", "2013013021", "2013013100")] == [day, day, None]
    assert [seal_at(hour) for hour in ("2013020100", "2013020101")] == ["Main@2013020100", None]
    world.apply("unseal", "Main@2013013000")
    assert [seal_at(hour) for hour in ("2013013020", "2013013021")] == ["Main@2013013020", None]


def test_a_seal_is_known_by_its_id_too() -> None:
    world = sealed_world()
    world.apply("seal", "Main@2013013000")
    world.apply("unseal", "p1")
    assert world.schedule.orders.seals == {}


@pytest.mark.parametrize(
    ("target", "problem"),
    [("Main@2013013000", "2 jobs of it not finished|of it not finished"), ("Main@2013020000", "is not over")],
)
def test_only_what_is_over_and_finished_is_sealed(target: str, problem: str) -> None:
    world = world_of(at="2013020103")
    with pytest.raises(IllegalState, match=problem):
        draft(world.schedule, Wish("seal", (target,)))


def test_a_plan_about_directives_grows_stale_when_they_change() -> None:
    world = world_of()
    plan = draft(world.schedule, Wish("hold", ("Main",)))
    check_current(world.schedule, plan)
    world.apply("hold", "Main")

    with pytest.raises(PlanStale, match="Main is held already"):
        check_current(world.schedule, plan)
    release = draft(world.schedule, Wish("release", ("Main", "MainDaily@2013013000")))
    world.apply("hold", "MainDaily@2013013000")
    with pytest.raises(PlanStale, match="hold of MainDaily@2013013000 has changed"):
        check_current(world.schedule, release)


def test_what_is_held_elsewhere_only_is_not_held() -> None:
    world = world_of()
    world.apply("hold", "MainHourly@2013013022..")

    with pytest.raises(IllegalState, match=f"{HOUR} is not held"):
        draft(world.schedule, Wish("release", (HOUR,)))


def test_a_narrow_skip_over_unfinished_children_is_left_alone_by_a_start() -> None:
    world = world_of(at="2013013022")

    world.apply("skip", "MainDaily@2013013000", scope=Scope(alone=True))

    assert world.job("MainDaily@2013013000").accepted_by_hand
    world.restart()
    assert world.state("MainDaily@2013013000") is JobState.SKIPPED


def test_a_skip_of_a_day_with_all_that_is_below_it_is_no_decree() -> None:
    world = world_of(at="2013013101")

    world.apply("skip", "MainDaily@2013013000")

    assert not world.job("MainDaily@2013013000").accepted_by_hand


def test_a_finish_that_a_start_finds_starts_nothing_that_is_held() -> None:
    world = World(context_of(spec("MainDaily", "Main"), spec("MainHourly", "Main", concurrency=4)), settings_of())
    world.go_to("2013013101")
    claimed = {uow_id: world.claim(uow_id) for uow_id in sorted(world.queue)}
    day = next(attempt for uow_id, attempt in claimed.items() if attempt and uow_id.startswith("MainDaily"))
    world.finish(day)
    world.settle()
    world.apply("drain")
    for attempt in list(world.running):
        world.finish(attempt)
    world.mail.clear()

    world.restart()

    assert world.queue == set()
    world.apply("resume")
    assert world.queue >= {"MainDaily@2013013000.2"}  # once more, now that its hours are finished
