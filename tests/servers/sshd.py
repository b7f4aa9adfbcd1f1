"""A private ssh server for tests: on loopback and a free port, with keys and settings in a temporary folder.

It lets in the user who runs the tests, by keys of its own; nobody's own keys or known hosts are read or written.
"""

from __future__ import annotations

import getpass
import os
import shlex
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psutil

from tests.servers.rabbitmq import free_ports
from tests.waiting import poll

PROGRAM: Final = Path("/usr/sbin/sshd")
HOST: Final = "synergy-test"
"""What the client knows it by, whatever port leads there."""
SEPARATION_FOLDER: Final = Path("/run/sshd")
PASSPHRASE: Final = "open sesame"  # noqa: S105 - of a key that lives for one test


class SshServer:
    """The server, and how a client of it is called: the ``ssh`` of ``path`` knows only its files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_ports(1)[0]
        self.user = getpass.getuser()
        self._process: subprocess.Popen[bytes] | None = None
        for name, phrase in {"host_key": "", "key": "", "locked_key": PASSPHRASE, "other_key": ""}.items():
            _make_key(folder / name, phrase)
        self.allow("key", "locked_key")
        self.use("key")
        self.know()

    @property
    def address(self) -> str:
        """Where it is, without a folder."""
        return f"ssh://{self.user}@127.0.0.1:{self.port}"

    @property
    def path(self) -> str:
        """For PATH: a client behind it has no other keys, known hosts or settings than ours."""
        return f"{self.folder / 'bin'}:{os.environ['PATH']}"

    def allow(self, *keys: str, before: str = "") -> None:
        """Let in who has one of these keys; ``before`` is run in the far shell before any command."""
        option = f'command="{before}; eval \\"$SSH_ORIGINAL_COMMAND\\"" ' if before else ""
        lines = [option + (self.folder / f"{key}.pub").read_text() for key in keys]
        (self.folder / "authorized_keys").write_text("".join(lines))

    def use(self, key: str) -> None:
        """Have the client show this key only."""
        settings = {
            "IdentityFile": self.folder / key, "IdentitiesOnly": "yes", "IdentityAgent": "none",
            "HostKeyAlias": HOST, "UserKnownHostsFile": self.folder / "known_hosts",
            "GlobalKnownHostsFile": "/dev/null",
        }  # fmt: skip
        (self.folder / "config").write_text("".join(f'{name} "{value}"\n' for name, value in settings.items()))
        program = self.folder / "bin" / "ssh"
        program.parent.mkdir(exist_ok=True)
        real = shutil.which("ssh")
        program.write_text(f'#!/bin/sh\nexec {real} -F {shlex.quote(str(self.folder / "config"))} "$@"\n')
        program.chmod(0o755)

    def know(self, key: str | None = "host_key") -> None:
        """What the client takes the host's key for; None: it has never seen it."""
        known = self.folder / "known_hosts"
        known.unlink(missing_ok=True)
        if key is not None:
            known.write_text(f"{HOST} {(self.folder / f'{key}.pub').read_text()}")

    def start(self) -> None:
        """Start it; returns when it answers."""
        if os.geteuid() == 0:
            SEPARATION_FOLDER.mkdir(mode=0o755, exist_ok=True)
        settings = {
            "Port": self.port, "ListenAddress": "127.0.0.1", "HostKey": self.folder / "host_key", "PidFile": "none",
            "AuthorizedKeysFile": self.folder / "authorized_keys", "StrictModes": "no", "UsePAM": "no",
            "PasswordAuthentication": "no", "KbdInteractiveAuthentication": "no", "PermitRootLogin": "yes",
        }  # fmt: skip
        config = self.folder / "sshd_config"
        config.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        with (self.folder / "sshd.log").open("wb") as log:
            self._process = subprocess.Popen([PROGRAM, "-D", "-e", "-f", config], stdin=subprocess.DEVNULL, stderr=log)
        poll(self._answers, what=f"sshd answers; see {self.folder}/sshd.log")

    def cut(self) -> None:
        """End all connections, as a network would that fails; the next one is taken."""
        if self._process is not None:
            for session in psutil.Process(self._process.pid).children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    session.kill()

    def stop(self) -> None:
        """End it and all connections."""
        self.cut()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1.0) as connection:
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False


@contextmanager
def ssh_server(folder: Path) -> Iterator[SshServer]:
    """A server that runs."""
    server = SshServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _make_key(path: Path, phrase: str) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", phrase, "-C", "test", "-f", path], check=True)
