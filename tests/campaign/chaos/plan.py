"""Which faults happen when: drawn from a seed, so that the same one gives the same list. Pure.

Each fault takes hold of one resource (the daemon, a box's supervisor, the broker …) for a while; two that hold the same
one never overlap, all others may. What a fault still has to choose when it happens, such as which child, comes from its
``draw``.
"""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Final, NamedTuple

BACKENDS: Final = ("embedded", "mongodb+rabbitmq")
BOXES: Final = ("box-1", "box-2")
"""The second one only where there are servers: an embedded broker has one box."""
MEAN_GAP_SECONDS: Final = 1.6
"""Between the beginnings of two faults; while much is held there are fewer."""
LEASE_SECONDS: Final = 14.0
"""Of the deployment: some faults last longer."""


class Sort(NamedTuple):
    """A sort of fault. Seconds: how long it lasts, and how long its resource is left in peace after that.

    ``alone``: further resources that it holds as well.
    """

    kind: str
    resource: str
    weight: int
    shortest: float = 0.0
    longest: float = 0.0
    rest: float = 0.0
    alone: tuple[str, ...] = ()


class Fault(NamedTuple):
    """One fault. ``at`` and ``seconds`` count from the beginning of the plan; ``victim`` is a box or empty."""

    at: float
    kind: str
    resource: str
    seconds: float
    draw: int
    victim: str = ""


DAEMON: Final = (
    Sort("kill -9 daemon", "daemon", 6, rest=4.0),
    Sort("freeze daemon", "daemon", 4, 0.3, 11.0, rest=2.0),
    Sort("restart daemon", "daemon", 2, rest=4.0),
    Sort("stop daemon", "daemon", 2, rest=4.0),
    Sort("cut socket of daemon", "socket of daemon", 4),
    Sort("fill disk", "disk", 3, 0.5, 5.0, rest=4.0),
    Sort("operator", "operator", 8, rest=3.0),
    Sort("hold and release", "operator", 3, 0.5, 6.0, rest=3.0),
)
BOX: Final = (
    Sort("kill -9 supervisor", "supervisor", 6, rest=4.0),
    Sort("freeze supervisor", "supervisor", 4, 0.3, LEASE_SECONDS * 1.3, rest=2.0),
    Sort("kill -9 child", "child", 8, rest=0.2),
    Sort("freeze child", "child", 4, 0.2, 5.0),
    Sort("cut socket of supervisor", "socket of supervisor", 4),
    Sort("step clock", "clock", 4, 0.5, 4.0, rest=1.5, alone=("daemon",)),
)
EMBEDDED: Final = (
    Sort("kill -9 daemon and supervisor", "daemon", 3, rest=4.0, alone=("supervisor box-1",)),
    Sort("lock store", "store", 3, 0.5, 8.0, rest=2.0),
)
SERVERS: Final = (
    Sort("stop broker", "broker", 1, 0.5, 4.0, rest=5.0),
    Sort("kill -9 broker", "broker", 2, 0.5, 4.0, rest=5.0),
    Sort("freeze broker", "broker", 3, 0.5, 14.0, rest=3.0),
    Sort("broker short of memory", "broker", 2, 0.5, 5.0, rest=2.0),
    Sort("stop store", "store", 1, 0.5, 4.0, rest=4.0),
    Sort("kill -9 store", "store", 2, 0.5, 4.0, rest=4.0),
    Sort("freeze store", "store", 3, 0.5, 10.0, rest=3.0),
    Sort("cut wires of box-2", "wires", 4, rest=1.0),
    Sort("hold wires of box-2", "wires", 3, 0.5, LEASE_SECONDS * 1.3, rest=3.0),
    Sort("stop supervisor", "supervisor box-2", 2, rest=4.0),
)


def plan_faults(seed: int, seconds: float, backend: str) -> tuple[Fault, ...]:
    """All faults of a campaign, by their beginning; each is over within ``seconds``.

    Raises:
        ValueError: there is no such backend.
    """
    sorts = _sorts(backend)
    chance = random.Random(f"{seed} {backend}")  # noqa: S311 - moments, not secrets
    held_until: dict[str, float] = defaultdict(float)
    faults: list[Fault] = []
    at = 0.0
    while (at := at + chance.expovariate(1 / MEAN_GAP_SECONDS)) < seconds:
        free = [one for one in sorts if all(held_until[name] <= at for name in _holds(*one))]
        if not free:
            continue
        sort, victim = chance.choices(free, [one.weight for one, _ in free])[0]
        lasts = min(chance.uniform(sort.shortest, sort.longest), seconds - at)
        for name in _holds(sort, victim):
            held_until[name] = at + lasts + sort.rest
        faults.append(Fault(at, sort.kind, _resource(sort, victim), lasts, chance.getrandbits(32), victim))
    return tuple(faults)


def boxes_of(backend: str) -> tuple[str, ...]:
    """The boxes that a deployment on this backend has."""
    return BOXES[:1] if backend == BACKENDS[0] else BOXES


def _sorts(backend: str) -> list[tuple[Sort, str]]:
    if backend not in BACKENDS:
        raise ValueError(f'backend "{backend}" is none of {", ".join(BACKENDS)}')
    own = EMBEDDED if backend == BACKENDS[0] else SERVERS
    everywhere = [(sort, "") for sort in (*DAEMON, *own)]
    return everywhere + [(sort, box_id) for box_id in boxes_of(backend) for sort in BOX]


def _resource(sort: Sort, victim: str) -> str:
    return f"{sort.resource} {victim}".strip()


def _holds(sort: Sort, victim: str) -> tuple[str, ...]:
    return (_resource(sort, victim), *sort.alone)
