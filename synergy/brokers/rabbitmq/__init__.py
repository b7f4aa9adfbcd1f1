"""RabbitMQ: queues that outlive the daemon, for supervisors on any number of boxes.

pika is imported by ``link`` alone. ``topology``, ``window``, ``ledger`` and ``pauses`` compute and touch nothing.
"""

from synergy.brokers.rabbitmq.address import Address
from synergy.brokers.rabbitmq.broker import Options, RabbitBroker
from synergy.brokers.rabbitmq.opening import rabbit_broker

__all__ = ["Address", "Options", "RabbitBroker", "rabbit_broker"]
