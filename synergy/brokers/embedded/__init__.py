"""The embedded broker: queues in the daemon's memory, served to supervisors on a Unix socket.

Nothing is kept on disk. What a queue held is in the store: units of work that are requested, and finishes that were not
applied yet; a daemon that starts offers the former again and reads the latter. So a queue is never longer than the
store says there is work, and memory needs no other bound.
"""

from synergy.brokers.embedded.broker import EmbeddedBroker
from synergy.brokers.embedded.client import EmbeddedBrokerClient
from synergy.brokers.embedded.queues import SetAside

__all__ = ["EmbeddedBroker", "EmbeddedBrokerClient", "SetAside"]
