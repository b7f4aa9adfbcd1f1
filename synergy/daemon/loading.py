"""Reading the schedule from the store: at start-up, and again whenever a commit's outcome is unknown."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import islice
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from synergy.core.context import ProcessContext
from synergy.core.counting import counted
from synergy.core.engine import restore
from synergy.core.engine.schedule import Now, Schedule, Why
from synergy.core.engine.verbs import reopen
from synergy.core.errors import CallerError, InvalidDefinition
from synergy.core.ports import LeaderStore
from synergy.core.records import JobKey, ProcessOverride, UnitOfWork, UowId
from synergy.core.settings import Settings
from synergy.core.timetable.timetable import Node, Timetable

_NAMED = 3
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Deployment(Struct, frozen=True):
    """What a schedule is built from, besides the store."""

    context: ProcessContext
    settings: Settings


async def load_schedule(
    store: LeaderStore, deployment: Deployment, now: Now, *, accept_plan: bool, aside: Mapping[str, str] = _NOTHING
) -> Schedule:
    """Build the schedule from the store.

    Args:
        store: opened, and led by this daemon.
        deployment: the checked definitions and settings.
        now: the time at which it starts.
        accept_plan: whether finished jobs over unfinished ones, which a changed definition leaves, are reprocessed.
        aside: see restore.Stored.

    Raises:
        InvalidDefinition: the definitions do not fit what is stored, or would touch finished jobs.
        StoreDown, StoreCorrupt: see LeaderStore.
    """
    context, settings = deployment.context, deployment.settings
    timetable = Timetable(context, settings.synergy_start_timeperiod, settings.synergy_end_timeperiod)
    timetable.grow(now.schedule)
    overrides = {override.process_name: override for override in await store.overrides()}
    await _fill_columns(store, timetable, overrides)
    jobs = await store.active_jobs()
    uows = await _open_uows(store, {job.related_unit_of_work for job in jobs if job.related_unit_of_work})
    known = tuple(overrides.values())
    stored = restore.Stored(jobs, uows, known, await store.entries(), await store.directives(), aside)
    schedule = restore.restore(context, settings, timetable, stored, now)
    _remember_qualifiers(schedule)
    await _keep_house(store, schedule, accept_plan=accept_plan)
    return schedule


async def _fill_columns(store: LeaderStore, timetable: Timetable, overrides: dict[str, ProcessOverride]) -> None:
    for spec, column in zip(timetable.specs, timetable.columns, strict=True):
        known = overrides.get(spec.process_name)
        if known is not None and known.time_qualifier not in {None, spec.time_qualifier.value}:
            raise InvalidDefinition(
                f'process "{spec.process_name}": time_qualifier "{spec.time_qualifier}" was "{known.time_qualifier}"'
                " when its jobs were stored",
                remedy="keep the qualifier, or give the process a new name",
            )
        async for page in store.job_states(spec.process_name):
            try:
                column.load(page.timeperiods, page.codes)
            except CallerError as error:
                raise InvalidDefinition(
                    f'process "{spec.process_name}": its stored jobs do not fit time_qualifier'
                    f' "{spec.time_qualifier}": {error.message}',
                    remedy="keep the qualifier, or give the process a new name",
                ) from error
    timetable.settle()


async def _open_uows(store: LeaderStore, related: set[UowId]) -> tuple[UnitOfWork, ...]:
    uows = {uow.uow_id: uow for uow in await store.open_uows()}
    missing = [uow_id for uow_id in related if uow_id not in uows]
    for uow in await store.uows(missing):
        uows[uow.uow_id] = uow
    return tuple(sorted(uows.values(), key=lambda uow: (uow.timeperiod, uow.process_name)))


def _remember_qualifiers(schedule: Schedule) -> None:
    for lane in schedule.lanes:
        known = lane.override or ProcessOverride(lane.spec.process_name)
        if known.time_qualifier is None:
            lane.override = replace(known, time_qualifier=lane.spec.time_qualifier.value)
            schedule.outbox.overrides.append(lane.override)


async def _keep_house(store: LeaderStore, schedule: Schedule, *, accept_plan: bool) -> None:
    nodes = restore.finished_over_unfinished(schedule)
    if not nodes:
        return
    keys = {schedule.timetable.key(node): node for node in nodes}
    records = {keys[JobKey(job.process_name, job.timeperiod)]: job for job in await store.jobs(list(keys))}
    touched = restore.reprocess_targets(nodes, records)
    if not touched:
        return
    if not accept_plan:
        raise InvalidDefinition(
            f"the definitions would reprocess {counted(len(touched), 'finished job')} over unfinished ones:"
            f" {_names(schedule, touched)}",
            remedy="take the change back, or start with --accept-plan",
        )
    rest = [schedule.timetable.key(node) for node in restore.built_on(schedule, touched)]
    for job in await store.jobs(rest):
        touched[schedule.timetable.node(job.key)] = job
    reopen(schedule, touched, Why("housekeeping", because="changed definitions"))


def _names(schedule: Schedule, nodes: Collection[Node]) -> str:
    names = [str(schedule.timetable.key(node)) for node in islice(nodes, _NAMED)]
    return ", ".join(names) + (" …" if len(nodes) > _NAMED else "")
