"""Which exchange and which queue a message goes through, under which names and with which arguments (DOMAIN: 7).

A queue of a process hangs on both workers' exchanges: what the definitions call it decides where it is published, and a
daemon and a supervisor that do not agree on that for a moment lose nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from synergy.core.errors import InvalidArgument
from synergy.core.messages import BY_HAND, Q_JOB_STATUS, Q_UOW_STATUS, box_queue, process_queue

EX_MANAGED: Final = "ex_managed_worker"
EX_FREERUN: Final = "ex_freerun_worker"
EX_UTILS: Final = "ex_utils"
EXCHANGES: Final = (EX_MANAGED, EX_FREERUN, EX_UTILS)

Q_SET_ASIDE: Final = "q_@set_aside"
"""Where messages go that cannot be understood; as with BY_HAND, no process can have this name."""

MOST_ANNOUNCEMENTS: Final = 100_000
"""Of finished jobs the oldest make room when nobody listens."""
MOST_NAME_BYTES: Final = 255
MOST_DELIVERIES: Final = 1_000_000_000
"""Newer servers drop a message of a quorum queue after 20 deliveries; a full box gives back what it has far oftener."""

_BOX_PREFIX: Final = box_queue("")


class Topology(Struct, frozen=True):
    """The names and kinds of one deployment.

    ``prefix`` begins every name, so that deployments can share a virtual host. ``freerun`` names the freerun processes.
    """

    prefix: str = ""
    quorum: bool = False
    freerun: frozenset[str] = frozenset()

    def name(self, short: str) -> str:
        """The name of an exchange or queue on the server.

        Raises:
            InvalidArgument: it is too long for the protocol.
        """
        name = self.prefix + short
        if len(name.encode()) > MOST_NAME_BYTES:
            raise InvalidArgument(f"the name {name[:60]}… has more than {MOST_NAME_BYTES} bytes", remedy="shorten it")
        return name

    def exchange(self, queue: str) -> str:
        """The exchange, by its short name, through which this queue is published to."""
        if _is_utility(queue):
            return EX_UTILS
        process_name = queue.removeprefix(process_queue(""))
        return EX_FREERUN if process_name == BY_HAND or process_name in self.freerun else EX_MANAGED

    def bindings(self, queue: str) -> tuple[str, ...]:
        """The exchanges, by their short names, that the queue hangs on."""
        return (EX_UTILS,) if _is_utility(queue) else (EX_MANAGED, EX_FREERUN)

    def arguments(self, queue: str) -> Mapping[str, str | int]:
        """What the queue is declared with."""
        arguments: dict[str, str | int] = {}
        if self.quorum:
            arguments |= {"x-queue-type": "quorum", "x-delivery-limit": MOST_DELIVERIES}
        if queue == Q_JOB_STATUS:
            arguments["x-max-length"] = MOST_ANNOUNCEMENTS
        return arguments


def _is_utility(queue: str) -> bool:
    return queue in {Q_UOW_STATUS, Q_JOB_STATUS, Q_SET_ASIDE} or queue.startswith(_BOX_PREFIX)
