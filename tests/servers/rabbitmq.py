"""A private RabbitMQ node for tests: on loopback and free ports, in a temporary folder, ended by its process ids.

A node takes some six seconds to start. So one is shared by a whole session, and a virtual host of its own keeps each
test to itself; only tests that stop, freeze or kill a node start another.
"""

from __future__ import annotations

import itertools
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pika

from tests.waiting import poll

PROGRAM: Final = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""Not the one in the path: that changes to a user who may not write into our folder."""
USER: Final = "synergy"
PASSWORD: Final = "not:a@secret/"  # noqa: S105 - of a node that lives for one test run
START_SECONDS: Final = 60.0
ASK_SECONDS: Final = 20.0


class RabbitNode:
    """One node and its port mapper. ``tls``: it also listens with a certificate of its own."""

    def __init__(self, *, tls: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="syn-mq-"))
        self.port, self.tls_port, self._dist_port, self._mapper_port = free_ports(4)
        self._tls = tls
        self._name = f"syn{self.port}@localhost"
        self._cookie = secrets.token_hex(8)
        self._vhosts = itertools.count(1)
        self._mapper: subprocess.Popen[bytes] | None = None
        self._node: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The node's process."""
        assert self._node is not None
        return self._node.pid

    @property
    def ca_file(self) -> Path:
        """The certificate that it is to be trusted by."""
        return self.folder / "cert.pem"

    def start(self) -> None:
        """Start it (again, with what it kept); returns when it works."""
        assert PROGRAM.exists(), f"{PROGRAM} is missing: apt-get install rabbitmq-server, as scripts/test does"
        if self._mapper is None:
            self._prepare()
            self._mapper = self._spawn("epmd", "-port", str(self._mapper_port), "-address", "127.0.0.1")
        self._node = self._spawn(str(PROGRAM))
        poll(self._works, START_SECONDS, "the RabbitMQ node works")

    def stop(self) -> None:
        """End node and port mapper, and remove the folder. May be called twice."""
        self.kill()
        if self._mapper is not None:
            self._mapper.kill()
            self._mapper.wait()
            self._mapper = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self) -> None:
        """End the node as a power cut would."""
        if self._node is not None:
            for number in (signal.SIGKILL, signal.SIGCONT):
                with suppress(ProcessLookupError):
                    self._node.send_signal(number)
            self._node.wait()
            self._node = None

    def shut_down(self) -> None:
        """Have the node end in order; ``start`` brings it back with all that it kept."""
        assert self._node is not None
        self.ask("init:stop()")
        self._node.wait(START_SECONDS)
        self._node = None

    def freeze(self) -> None:
        """Have it answer nothing, with its connections open."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def url(self, vhost: str = "/", port: int | None = None, scheme: str = "amqp") -> str:
        """Where it answers."""
        user = f"{USER}:{PASSWORD.replace('@', '%40').replace('/', '%2F').replace(':', '%3A')}"
        return f"{scheme}://{user}@localhost:{port or self.port}/{vhost.replace('/', '%2F')}"

    def new_vhost(self) -> str:
        """An empty virtual host."""
        name = f"v{next(self._vhosts)}"
        self.ask(f'rabbit_vhost:add(<<"{name}">>, <<"test">>)')
        self.permit(USER, name)
        return name

    def permit(self, user: str, vhost: str, configure: str = ".*") -> None:
        """Let a user do everything there, but configure only what matches."""
        self.ask(
            f'rabbit_auth_backend_internal:set_permissions(<<"{user}">>, <<"{vhost}">>, '
            f'<<"{configure}">>, <<".*">>, <<".*">>, <<"test">>)'
        )

    def drop_vhost(self, vhost: str) -> None:
        """Remove a virtual host with all that is in it."""
        self.ask(f'rabbit_vhost:delete(<<"{vhost}">>, <<"test">>)')

    def unsettled(self, vhost: str) -> dict[str, int]:
        """How many messages of each queue are handed out and not acknowledged."""
        return self._counts(vhost, "messages_unacknowledged")

    def waiting(self, vhost: str) -> dict[str, int]:
        """How many messages of each queue wait, or are handed out and not acknowledged."""
        return self._counts(vhost, "messages")

    def _counts(self, vhost: str, item: str) -> dict[str, int]:
        told = self.ask(
            '[binary_to_list(element(4, proplists:get_value(name, Q))) ++ " " ++ '
            f"integer_to_list(proplists:get_value({item}, Q)) || "
            f'Q <- rabbit_amqqueue:info_all(<<"{vhost}">>, [name, {item}])]'
        )
        rows = [row.strip().strip('"').rsplit(" ", 1) for row in told.strip("[]").split(",") if row.strip()]
        return {name: int(count) for name, count in rows}

    def delete_queue(self, vhost: str, queue: str) -> None:
        """Delete a queue under its users."""
        with self._channel(vhost) as channel:
            channel.queue_delete(queue)

    def put(self, vhost: str, queue: str, *bodies: bytes) -> None:
        """Put messages into a queue past every adapter."""
        with self._channel(vhost) as channel:
            for body in bodies:
                channel.basic_publish("", queue, body)

    def take(self, vhost: str, queue: str) -> list[tuple[bytes, dict[str, str]]]:
        """Take all that waits in a queue: bodies and headers."""
        found: list[tuple[bytes, dict[str, str]]] = []
        with self._channel(vhost) as channel:
            while True:
                method, properties, body = channel.basic_get(queue, auto_ack=True)
                if method is None:
                    return found
                found.append((body, properties.headers))

    @contextmanager
    def _channel(self, vhost: str) -> Iterator[Any]:
        credentials = pika.PlainCredentials(USER, PASSWORD)
        parameters = pika.ConnectionParameters("127.0.0.1", self.port, vhost, credentials)
        with pika.BlockingConnection(parameters) as connection:
            yield connection.channel()

    def settle_quorum_queues(self) -> None:
        """Have it store now which quorum queues it has; version 3.10 does so every three minutes.

        One that is declared less than that before the power fails has no leader ever after, and nothing of it is left.
        """
        self.ask("[dets:sync(Table) || Table <- dets:all()]")

    def be_short_of_memory(self, *, short: bool) -> None:
        """Raise or clear the memory alarm."""
        self.ask(f"vm_memory_monitor:set_vm_memory_high_watermark({'0.0000001' if short else '0.4'})")

    def ask(self, expression: str) -> str:
        """Evaluate an Erlang expression on the node; its value as text.

        Raises:
            AssertionError: the node does not answer, or the expression failed.
        """
        done = subprocess.run(
            ["erl_call", "-n", self._name, "-c", self._cookie, "-e"],
            input=f"{expression}.\n", capture_output=True, text=True, check=False, timeout=ASK_SECONDS, env=self._env(),
        )  # fmt: skip
        assert done.returncode == 0, f"{expression}: {done.stdout}{done.stderr}"
        assert done.stdout.startswith("{ok, "), f"{expression}: {done.stdout}"
        return done.stdout[len("{ok, ") : -1]

    def _works(self) -> bool:
        assert self._node is not None
        assert self._node.poll() is None, (self.folder / "out").read_text(errors="replace")
        try:
            return self.ask("rabbit:is_running()") == "true"
        except AssertionError:
            return False

    def _prepare(self) -> None:
        home = self.folder / "home"
        home.mkdir()
        cookie = home / ".erlang.cookie"
        cookie.write_text(self._cookie)
        cookie.chmod(0o400)
        (self.folder / "plugins").write_text("[].\n")
        lines = [
            f"listeners.tcp.1 = 127.0.0.1:{self.port}",
            f"default_user = {USER}",
            f"default_pass = {PASSWORD}",
            "disk_free_limit.absolute = 1MB",
            "log.file.level = warning",
        ]
        if self._tls:
            self._make_certificate()
            lines += [
                f"listeners.ssl.1 = 127.0.0.1:{self.tls_port}",
                f"ssl_options.cacertfile = {self.ca_file}",
                f"ssl_options.certfile = {self.ca_file}",
                f"ssl_options.keyfile = {self.folder / 'key.pem'}",
            ]
        (self.folder / "rabbitmq.conf").write_text("\n".join([*lines, ""]))

    def _make_certificate(self) -> None:
        subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
        files = ["-keyout", str(self.folder / "key.pem"), "-out", str(self.ca_file)]
        key = ["-newkey", "rsa:2048", "-nodes", "-days", "2"]
        subprocess.run(["openssl", "req", "-x509", *key, *subject, *files], check=True, capture_output=True)

    def _spawn(self, *command: str) -> subprocess.Popen[bytes]:
        with (self.folder / "out").open("ab") as out:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=self._env(), start_new_session=True
            )

    def _env(self) -> dict[str, str]:
        folder = self.folder
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "ERL_EPMD_PORT": str(self._mapper_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": self._name,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            # With this its script becomes the node, so that the process we started is the one to stop.
            "RABBITMQ_ALLOW_INPUT": "1",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput -kernel inet_dist_use_interface {127,0,0,1} +sbwt none",
        }


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens on now, all different."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports: list[int] = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
