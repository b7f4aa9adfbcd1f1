"""How each fault is done to the servers, and to the wires by which the second box reaches them. See acts."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from tests.campaign.chaos.acts import Act
from tests.campaign.chaos.field import Field
from tests.campaign.chaos.operator import Operator
from tests.campaign.chaos.plan import Fault
from tests.campaign.servers import Servers

FLIGHT_SECONDS: Final = 0.3
"""So long a server hears nothing before it is killed: what was sent meanwhile is in flight."""

Do = Callable[[Servers], object]


def _while(begin: Do, end: Do) -> Act:
    @contextmanager
    def act(field: Field, _operator: Operator, _fault: Fault) -> Iterator[str]:
        begin(field.servers)
        try:
            yield ""
        finally:
            end(field.servers)

    return act


def _kill_broker(servers: Servers) -> None:
    servers.broker.freeze()
    time.sleep(FLIGHT_SECONDS)
    servers.broker.kill()


def _kill_store(servers: Servers) -> None:
    servers.store.signal(signal.SIGSTOP)
    time.sleep(FLIGHT_SECONDS)
    servers.store.kill()


@contextmanager
def _cut_wires(field: Field, _operator: Operator, _fault: Fault) -> Iterator[str]:
    for wire in field.servers.wires:
        field.backstage.call(wire.cut)
    yield ""


@contextmanager
def _hold_wires(field: Field, _operator: Operator, _fault: Fault) -> Iterator[str]:
    for wire in field.servers.wires:
        field.backstage.call(wire.hold)
    try:
        yield ""
    finally:
        for wire in field.servers.wires:
            field.backstage.call(wire.flow)


OUTSIDE: Final[dict[str, Act]] = {
    "stop broker": _while(lambda servers: servers.broker.shut_down(), lambda servers: servers.broker.start()),
    "kill -9 broker": _while(_kill_broker, lambda servers: servers.broker.start()),
    "freeze broker": _while(lambda servers: servers.broker.freeze(), lambda servers: servers.broker.thaw()),
    "broker short of memory": _while(
        lambda servers: servers.broker.be_short_of_memory(short=True),
        lambda servers: servers.broker.be_short_of_memory(short=False),
    ),
    "stop store": _while(lambda servers: servers.store.stop(), lambda servers: servers.store.start()),
    "kill -9 store": _while(_kill_store, lambda servers: servers.store.start()),
    "freeze store": _while(
        lambda servers: servers.store.signal(signal.SIGSTOP), lambda servers: servers.store.signal(signal.SIGCONT)
    ),
    "cut wires of box-2": _cut_wires,
    "hold wires of box-2": _hold_wires,
}
"""Each kind of fault that is one of servers."""
