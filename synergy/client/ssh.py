"""The way to a daemon on another machine: an address, and the ssh command that leads there and runs ``synergyd proxy``.

What ssh prints when that fails becomes a sentence of ours in ``ssh_ending``.
"""

from __future__ import annotations

import shlex
from typing import Final
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from synergy.core.errors import InvalidArgument

SSH: Final = "ssh"
PROGRAM: Final = "synergyd"
CONNECT_SECONDS: Final = 10
ALIVE_SECONDS: Final = 5
ALIVE_COUNT: Final = 3
_OPTIONS: Final = (
    f"ConnectTimeout={CONNECT_SECONDS}",
    # A line that is cut says nothing: ssh itself has to ask.
    f"ServerAliveInterval={ALIVE_SECONDS}",
    f"ServerAliveCountMax={ALIVE_COUNT}",
    # What an operator's own configuration may add for logging in by hand is in the way here.
    "ControlMaster=no",
    "ControlPath=none",  # a connection of theirs that is open already would not ask
    "ClearAllForwardings=yes",
    "RemoteCommand=none",
    "PermitLocalCommand=no",
)
_REMEDY: Final = "write ssh://user@host or ssh://user@host:port/folder"


class Address(Struct, frozen=True):
    """``ssh://user@host:port/folder``. What is None is left to ssh's configuration, or is the far user's home folder.

    ``program``: how synergyd is called there.
    """

    host: str
    user: str | None = None
    port: int | None = None
    folder: str | None = None
    program: str = PROGRAM

    @property
    def login(self) -> str:
        """Host and user, as ssh takes them."""
        return f"{self.user}@{self.host}" if self.user else self.host

    @property
    def place(self) -> str:
        """The host as people are told of it, with the port where it is not the usual one."""
        return f"{self.host} port {self.port}" if self.port else self.host

    @property
    def by_hand(self) -> str:
        """How an operator logs in there."""
        return shlex.join([SSH, *self._port, self.login])

    def on_host(self, words: str) -> str:
        """How an operator has the far synergyd do something, for the folder of this address."""
        folder = f" -C {shlex.quote(self.folder)}" if self.folder else ""
        return f"{self.by_hand} {shlex.quote(f'{self.program} {words}{folder}')}"

    def shell_line(self, command: str) -> str:
        """A synergyctl line as it works in a shell here; synergyctl lies where synergyd does."""
        program, blank, rest = command.partition(" ")
        place = self.program.rpartition("/")
        folder = f" -C {shlex.quote(self.folder)}" if self.folder else ""
        return f"{self.by_hand} {shlex.quote(f'{place[0]}{place[1]}{program}{folder}{blank}{rest}')}"

    def argv(self, *, may_ask: bool) -> list[str]:
        """The command: compressed, no terminal of its own. ``may_ask``: for a password, or whether to trust a host.

        The far shell reads its command line again, so that is quoted.
        """
        options = [word for option in (f"BatchMode={'no' if may_ask else 'yes'}", *_OPTIONS) for word in ("-o", option)]
        folder = ["-C", self.folder] if self.folder else []
        far = shlex.join([self.program, "proxy", *folder])
        return [SSH, "-C", "-T", "-a", "-x", *options, *self._port, "--", self.login, far]

    @property
    def _port(self) -> list[str]:
        return ["-p", str(self.port)] if self.port else []


def parse_address(text: str, program: str = PROGRAM) -> Address:
    """Read an address; ``/~/flights`` is a folder in the far user's home folder.

    Raises:
        InvalidArgument: it is none.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        message = f'"{text}" is no address: its port is no number up to 65535'
        raise InvalidArgument(message, remedy="write ssh://user@host:22/folder") from None
    host, user, path = _host(parts.netloc), unquote(parts.username or ""), unquote(parts.path)
    if parts.scheme != "ssh" or not host or host.startswith("-") or user.startswith("-"):
        raise InvalidArgument(f'"{text}" is no address', remedy=_REMEDY)
    if parts.password is not None:
        told = text.replace(f":{parts.password}@", ":…@")
        remedy = "leave it out: ssh asks for it, or better use a key"
        raise InvalidArgument(f'"{told}" holds a password, which others on this machine could read', remedy=remedy)
    if parts.query or parts.fragment:
        remedy = 'write "?" in a folder as %3F, and "#" as %23'
        raise InvalidArgument(f'"{text}" is no address: something follows its folder', remedy=remedy)
    if not (host + user + path).isprintable():
        raise InvalidArgument(f"{text!r} is no address: it holds characters that cannot be printed", remedy=_REMEDY)
    folder = path.removeprefix("/~/") if path.startswith("/~/") else path
    return Address(host, user or None, port or None, folder if folder.strip("/") else None, program)


def _host(place: str) -> str:
    """As it was written, while ``urlsplit`` makes it lower case: ssh tells its aliases apart by that."""
    host = place.rpartition("@")[2]
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
