"""The demo on private servers, which are started for it and stopped with it: what ``scripts/demo --backend`` runs."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from tests.servers.mongodb import MongoServer, new_database
from tests.servers.rabbitmq import RabbitNode

BACKENDS: Final = ("embedded", "sqlite+rabbitmq", "mongodb+embedded", "mongodb+rabbitmq")


def main() -> int:
    """Run the demo; returns its exit code. TERM ends it as an interrupt does: first the demo, then its servers."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__, allow_abbrev=False)
    parser.add_argument("--backend", choices=BACKENDS, required=True)
    parser.add_argument("--boxes", type=int, default=None, help="supervisors (default: 2 with RabbitMQ, else 1)")
    options, rest = parser.parse_known_args()
    with ExitStack() as stack:
        urls: list[str] = []
        if options.backend.startswith("mongodb"):
            urls += ["--store", _mongodb(stack)]
        if options.backend.endswith("rabbitmq"):
            urls += ["--broker", _rabbitmq(stack)]
        boxes = options.boxes or (2 if options.backend.endswith("rabbitmq") else 1)
        command = [sys.executable, "-m", "synergy.cli.synergyd", "demo", *urls, "--boxes", str(boxes), *rest]
        demo = stack.enter_context(subprocess.Popen(command))
        stack.callback(demo.terminate)
        return demo.wait()


def _mongodb(stack: ExitStack) -> str:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="syn-db-"))
    server = MongoServer(Path(folder), standalone=False)
    server.start()
    stack.callback(server.kill)
    return server.url(new_database())


def _rabbitmq(stack: ExitStack) -> str:
    node = RabbitNode()
    stack.callback(node.stop)
    node.start()
    return node.url()


if __name__ == "__main__":
    sys.exit(main())
