"""The outages of a campaign: what each does to a server or a wire, and by what it must be told meanwhile."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import Final, NamedTuple

from tests.campaign.plant import BOXES, Plant

FLIGHT_SECONDS: Final = 1.0
"""So long a server hears nothing before it is killed: what was sent meanwhile is in flight."""

Act = Callable[[Plant], None]


class Fault(NamedTuple):
    """One outage. ``component``: what is away; ``says``: how a problem in ``status`` begins that tells of it.

    ``badge`` is what the console shows on whatever screen.
    """

    name: str
    component: str
    begin: Act
    end: Act
    says: str
    badge: str


def _broker(name: str, begin: Act, end: Act) -> Fault:
    return Fault(f"broker {name}", "broker", begin, end, "broker is down", "BROKER DOWN")


def _store(name: str, begin: Act, end: Act) -> Fault:
    return Fault(f"store {name}", "store", begin, end, "store is down", "STORE DOWN")


def _kill_broker(plant: Plant) -> None:
    plant.servers.broker.freeze()
    time.sleep(FLIGHT_SECONDS)
    plant.servers.broker.kill()


def _start_store(plant: Plant) -> None:
    plant.servers.store.start()


def _stop_store(plant: Plant) -> None:
    plant.servers.store.stop()


def _signal_store(plant: Plant, number: signal.Signals) -> None:
    plant.servers.store.signal(number)


def _kill_store(plant: Plant) -> None:
    _signal_store(plant, signal.SIGSTOP)
    time.sleep(FLIGHT_SECONDS)
    plant.servers.store.kill()


def _cut_off(plant: Plant) -> None:
    for wire in plant.servers.wires:
        plant.backstage.call(wire.hold)


def _reconnect(plant: Plant) -> None:
    for wire in plant.servers.wires:
        plant.backstage.call(wire.flow)


BROKER_FAULTS: Final = (
    _broker("stopped", lambda plant: plant.servers.broker.shut_down(), lambda plant: plant.servers.broker.start()),
    _broker("frozen", lambda plant: plant.servers.broker.freeze(), lambda plant: plant.servers.broker.thaw()),
    _broker("killed", _kill_broker, lambda plant: plant.servers.broker.start()),
)
STORE_FAULTS: Final = (
    _store("stopped", _stop_store, _start_store),
    _store(
        "frozen", lambda plant: _signal_store(plant, signal.SIGSTOP), lambda plant: _signal_store(plant, signal.SIGCONT)
    ),
    _store("killed", _kill_store, _start_store),
)
CUT_OFF: Final = Fault("box cut off", BOXES[1], _cut_off, _reconnect, f"box {BOXES[1]} is", f"{BOXES[1].upper()} DOWN")


def faults_of(backend: str) -> tuple[Fault, ...]:
    """Those that make sense there: a file has no server, and no wire."""
    return (*BROKER_FAULTS, *STORE_FAULTS, CUT_OFF) if backend.startswith("mongodb") else BROKER_FAULTS
