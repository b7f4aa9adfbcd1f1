"""What a heartbeat tells of the processes of a box: warm children, commands and daemon processes."""

from __future__ import annotations

from synergy.core.ports import Clock
from synergy.core.records import WorkerInfo
from synergy.worker.child_process import ChildProcess
from synergy.worker.children import ChildPool
from synergy.worker.daemons import Daemons
from synergy.worker.footprints import Footprint, Footprints
from synergy.worker.slots import Slots
from synergy.worker.unit import Unit


def describe_workers(
    pool: ChildPool, slots: Slots, daemons: Daemons, clock: Clock, footprints: Footprints
) -> tuple[WorkerInfo, ...]:
    """One row a process; ``since`` is when its unit of work began, in real time, 0 for an idle child."""
    offset = clock.real_time() - clock.monotonic()
    children = [_child(child, offset, footprints.of(child.pid)) for child in pool.children]
    commands = [
        _command(unit, unit.execution.pid, offset, footprints.of(unit.execution.pid))
        for unit in slots.units
        if unit.execution is not None and unit.work.command
    ]
    return (*children, *commands, *daemons.workers(footprints))


def _child(child: ChildProcess, offset: float, footprint: Footprint) -> WorkerInfo:
    unit = child.unit
    return WorkerInfo(
        pid=child.pid,
        kind="child",
        process_name=unit.uow.process_name if unit else None,
        uow_id=unit.uow.uow_id if unit else None,
        since=unit.begun + offset if unit else 0.0,
        rss_bytes=footprint.rss_bytes,
        detail=f"{child.served} served",
        cpu_percent=footprint.cpu_percent,
    )


def _command(unit: Unit, pid: int, offset: float, footprint: Footprint) -> WorkerInfo:
    return WorkerInfo(
        pid=pid,
        kind="command",
        process_name=unit.uow.process_name,
        uow_id=unit.uow.uow_id,
        since=unit.begun + offset,
        rss_bytes=footprint.rss_bytes,
        cpu_percent=footprint.cpu_percent,
    )
