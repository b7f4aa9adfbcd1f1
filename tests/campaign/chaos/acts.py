"""How each fault is done to the deployment's own processes. An act is a context: the fault lasts as long as its block.

It yields what it did, for the story. What finds nobody to happen to raises NoVictim.
"""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Final

from synergy.worker.marks import BOX, box_mark
from synergy.worker.process_table import ProcessId, carries, read_row, read_table, send_signal
from tests.campaign.chaos.field import Field
from tests.campaign.chaos.operator import Operator, some_change, some_hold
from tests.campaign.chaos.plan import Fault
from tests.campaign.chaos.sockets import cut_one


class NoVictim(Exception):
    """There is nobody to whom the fault could happen now."""


Act = Callable[[Field, Operator, Fault], AbstractContextManager[str]]
Find = Callable[[Field, Fault], ProcessId]


def _daemon(field: Field, _fault: Fault) -> ProcessId:
    return _known(field.main.daemon_pid, "no daemon runs")


def _supervisor(field: Field, fault: Fault) -> ProcessId:
    return _known(field.boxes[fault.victim].supervisor_pid, "no supervisor runs")


def _child(field: Field, fault: Fault) -> ProcessId:
    deployment = field.boxes[fault.victim]
    mark = box_mark(fault.victim, deployment.folder)
    supervisor = deployment.supervisor_pid
    rows = [row for row in read_table().values() if not row.is_zombie and row.pid != supervisor]
    children = sorted(row.id for row in rows if carries(row.pid, {BOX: mark}))
    if not children:
        raise NoVictim("no child runs")
    return random.Random(fault.draw).choice(children)  # noqa: S311 - no secrets


def _known(pid: int | None, otherwise: str) -> ProcessId:
    row = read_row(pid) if pid is not None else None
    if row is None:
        raise NoVictim(otherwise)
    return row.id


def _kill(find: Find) -> Act:
    @contextmanager
    def act(field: Field, _operator: Operator, fault: Fault) -> Iterator[str]:
        process = find(field, fault)
        send_signal(process, signal.SIGKILL)
        yield f"pid {process.pid}"

    return act


def _freeze(find: Find) -> Act:
    @contextmanager
    def act(field: Field, _operator: Operator, fault: Fault) -> Iterator[str]:
        process = find(field, fault)
        send_signal(process, signal.SIGSTOP)
        try:
            yield f"pid {process.pid}"
        finally:
            send_signal(process, signal.SIGCONT)

    return act


@contextmanager
def _kill_both(field: Field, _operator: Operator, fault: Fault) -> Iterator[str]:
    killed = [_daemon(field, fault)]
    with suppress(NoVictim):
        killed.append(_supervisor(field, fault._replace(victim=next(iter(field.boxes)))))
    for process in killed:
        send_signal(process, signal.SIGKILL)
    yield f"pids {', '.join(str(process.pid) for process in killed)}"


def _cut(find: Find) -> Act:
    @contextmanager
    def act(field: Field, _operator: Operator, fault: Fault) -> Iterator[str]:
        process = find(field, fault)
        try:
            name = cut_one(process.pid, random.Random(fault.draw))  # noqa: S311 - no secrets
        except OSError as error:
            raise NoVictim(f"no socket can be taken: {error.strerror}") from error
        if name is None:
            raise NoVictim("no connection is open")
        yield name

    return act


@contextmanager
def _restart(field: Field, _operator: Operator, _fault: Fault) -> Iterator[str]:
    yield f"exit {field.main.synergyd('restart', expect=None).returncode}"


@contextmanager
def _stop_daemon(field: Field, _operator: Operator, _fault: Fault) -> Iterator[str]:
    yield f"exit {field.main.synergyd('stop', '--now', expect=None).returncode}"


@contextmanager
def _stop_supervisor(field: Field, _operator: Operator, fault: Fault) -> Iterator[str]:
    box_id = fault.resource.rpartition(" ")[2]
    done = field.boxes[box_id].synergyd("supervisor", "stop", "--now", expect=None)
    yield f"{box_id}, exit {done.returncode}"


@contextmanager
def _lock_store(field: Field, _operator: Operator, _fault: Fault) -> Iterator[str]:
    with field.lock_store():
        yield ""


@contextmanager
def _fill_disk(field: Field, _operator: Operator, _fault: Fault) -> Iterator[str]:
    with field.full_disk():
        yield "files cannot grow" if field.no_disk else "no room left"


@contextmanager
def _step_clock(field: Field, _operator: Operator, fault: Fault) -> Iterator[str]:
    if fault.victim not in field.clocks:
        raise NoVictim("libfaketime is not installed")
    seconds = random.Random(fault.draw).choice([-7200, -600, -30, -3, 3, 30, 600, 7200])  # noqa: S311 - no secrets
    field.clocks[fault.victim].step(seconds)
    try:
        yield f"{fault.victim} by {seconds:+d} s"
    finally:
        field.clocks[fault.victim].step(0)


@contextmanager
def _operate(field: Field, operator: Operator, fault: Fault) -> Iterator[str]:
    words = some_change(fault.draw, field.schedule_hours, operator.batches())
    yield f"{' '.join(words)}: {operator.change(words, f'chaos-{fault.draw}')}"


@contextmanager
def _hold(field: Field, operator: Operator, fault: Fault) -> Iterator[str]:
    target = some_hold(fault.draw, field.schedule_hours)
    try:
        yield f"{target}: {operator.change(['hold', target], f'hold-{fault.draw}')}"
    finally:
        operator.change(["release", target], f"release-{fault.draw}")


INSIDE: Final[dict[str, Act]] = {
    "kill -9 daemon": _kill(_daemon),
    "freeze daemon": _freeze(_daemon),
    "restart daemon": _restart,
    "stop daemon": _stop_daemon,
    "cut socket of daemon": _cut(_daemon),
    "kill -9 supervisor": _kill(_supervisor),
    "freeze supervisor": _freeze(_supervisor),
    "kill -9 child": _kill(_child),
    "freeze child": _freeze(_child),
    "cut socket of supervisor": _cut(_supervisor),
    "kill -9 daemon and supervisor": _kill_both,
    "stop supervisor": _stop_supervisor,
    "lock store": _lock_store,
    "fill disk": _fill_disk,
    "step clock": _step_clock,
    "operator": _operate,
    "hold and release": _hold,
}
"""Each kind of fault that needs no server."""
