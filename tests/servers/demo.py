"""The demo on private servers, which are started for it and stopped with it: what ``scripts/demo --backend`` runs."""

from __future__ import annotations

import argparse
import sys
from typing import Final

from tests.servers.private import run

BACKENDS: Final = ("embedded", "sqlite+rabbitmq", "mongodb+embedded", "mongodb+rabbitmq")


def main() -> int:
    """Run the demo; returns its exit code."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__, allow_abbrev=False)
    parser.add_argument("--backend", choices=BACKENDS, required=True)
    parser.add_argument("--boxes", type=int, default=None, help="supervisors (default: 2 with RabbitMQ, else 1)")
    options, rest = parser.parse_known_args()
    store, _, broker = options.backend.partition("+")
    servers = ["--store", "{mongodb}"] if store == "mongodb" else []
    servers += ["--broker", "{rabbitmq}"] if broker == "rabbitmq" else []
    boxes = options.boxes or (2 if broker == "rabbitmq" else 1)
    return run([sys.executable, "-m", "synergy.cli.synergyd", "demo", *servers, "--boxes", str(boxes), *rest])


if __name__ == "__main__":
    sys.exit(main())
