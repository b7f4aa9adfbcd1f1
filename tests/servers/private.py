"""Runs a command beside private servers, which are started for it and stopped with it.

Usage: python -m tests.servers.private COMMAND…   where {mongodb}, {mongodb-standalone} and {rabbitmq} stand for URLs:
a database of its own, and a virtual host. Only what is named is started.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from tests.servers.mongodb import MongoServer, new_database
from tests.servers.rabbitmq import RabbitNode


def run(command: Sequence[str]) -> int:
    """The command's exit code. TERM ends it as an interrupt does: first the command, then the servers."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with ExitStack() as stack:
        urls: dict[str, str] = {}
        wanted = [name for name in SERVERS if any(f"{{{name}}}" in word for word in command)]
        for name in wanted:
            urls[name] = SERVERS[name](stack)
        child = stack.enter_context(subprocess.Popen([_filled(word, urls) for word in command]))
        stack.callback(child.terminate)
        return child.wait()


def _filled(word: str, urls: Mapping[str, str]) -> str:
    for name, url in urls.items():
        word = word.replace(f"{{{name}}}", url)
    return word


def _mongodb(stack: ExitStack, *, standalone: bool) -> str:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="syn-db-"))
    server = MongoServer(Path(folder), standalone=standalone)
    server.start()
    stack.callback(server.kill)
    return server.url(new_database())


def _rabbitmq(stack: ExitStack) -> str:
    node = RabbitNode()
    stack.callback(node.stop)
    node.start()
    return node.url()


SERVERS: Final[dict[str, Callable[[ExitStack], str]]] = {
    "mongodb": lambda stack: _mongodb(stack, standalone=False),
    "mongodb-standalone": lambda stack: _mongodb(stack, standalone=True),
    "rabbitmq": _rabbitmq,
}


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
