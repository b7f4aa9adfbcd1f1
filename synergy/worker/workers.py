"""What a heartbeat tells of the processes of a box: warm children, commands and daemon processes."""

from __future__ import annotations

from synergy.core.ports import Clock
from synergy.core.records import WorkerInfo
from synergy.worker.children import ChildPool
from synergy.worker.daemons import Daemons
from synergy.worker.process_table import resident_bytes
from synergy.worker.slots import Slots


def describe_workers(pool: ChildPool, slots: Slots, daemons: Daemons, clock: Clock) -> tuple[WorkerInfo, ...]:
    """One row a process; ``since`` is when its unit of work began, in real time, 0 for an idle child."""
    offset = clock.real_time() - clock.monotonic()
    children = [
        WorkerInfo(
            pid=child.pid,
            kind="child",
            process_name=child.unit.uow.process_name if child.unit else None,
            uow_id=child.unit.uow.uow_id if child.unit else None,
            since=child.unit.begun + offset if child.unit else 0.0,
            rss_bytes=resident_bytes(child.pid),
            detail=f"{child.served} served",
        )
        for child in pool.children
    ]
    commands = [
        WorkerInfo(
            pid=unit.execution.pid,
            kind="command",
            process_name=unit.uow.process_name,
            uow_id=unit.uow.uow_id,
            since=unit.begun + offset,
            rss_bytes=resident_bytes(unit.execution.pid),
        )
        for unit in slots.units
        if unit.execution is not None and unit.work.command
    ]
    return (*children, *commands, *daemons.workers())
