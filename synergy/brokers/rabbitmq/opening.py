"""From the settings to a broker: the same for the daemon and for supervisors, so that they meet."""

from __future__ import annotations

import os
from typing import Final

from synergy.brokers.rabbitmq.address import Address
from synergy.brokers.rabbitmq.broker import Options, RabbitBroker
from synergy.brokers.rabbitmq.topology import Topology
from synergy.loading import Project
from synergy.passwords import read_password

PASSWORD_VARIABLE: Final = "SYNERGY_MQ_PASSWORD"  # noqa: S105 - its name


def rabbit_broker(project: Project) -> RabbitBroker:
    """The broker that the settings name, not started yet.

    Raises:
        InvalidDefinition: its URL or its password's file is wrong.
    """
    settings = project.settings
    password_file = project.folder / settings.mq_password_file if settings.mq_password_file else None
    password = read_password(PASSWORD_VARIABLE, os.environ, "mq_password_file", password_file)
    ca_file = project.folder / settings.mq_ca_file if settings.mq_ca_file else None
    topology = Topology(
        prefix=settings.mq_queue_prefix or "",
        quorum=settings.mq_queue_type == "quorum",
        freerun=frozenset(spec.process_name for spec in project.context.freerun),
    )
    return RabbitBroker(
        Address.parse(settings.broker, password, ca_file),
        Options(topology, settings.mq_timeout_seconds, settings.mq_heartbeat_seconds),
    )
