"""The way through ssh to a daemon elsewhere: the first login may ask at the terminal, those after a cut cannot."""

from __future__ import annotations

import shutil
import sys
from functools import partial
from typing import Final

from synergy.client import Command, ControlClient
from synergy.client.ssh import SSH, Address
from synergy.client.ssh_ending import explain, explain_reply
from synergy.core.errors import InvalidArgument, PeerError
from synergy.tui.doors import CLIENT

ASK_SECONDS: Final = 180.0
"""Somebody has to find and type a password, or compare a fingerprint."""
LOGIN_SECONDS: Final = 30.0


class SshDoor:
    """See Door. Made once the console is about to take the terminal: ssh asks there, and never into the screen."""

    def __init__(self, address: Address, *, read_only: bool) -> None:
        self._address = address
        self._read_only = read_only
        self._first: ControlClient | None = None

    async def enter(self) -> None:
        """See Door. It says where it goes: a login on a slow line takes its time."""
        if shutil.which(SSH) is None:
            remedy = "install it (Debian: apt-get install openssh-client), or start the console on the far machine"
            raise InvalidArgument(f"the command {SSH} is missing here", remedy=remedy)
        if sys.stderr.isatty():
            sys.stderr.write(f"connecting to {self._address.login} ...\n")
            sys.stderr.flush()
        self._first = await self._connect(may_ask=True)

    async def __call__(self) -> ControlClient:
        """See Door. The connection of ``enter`` is the first one."""
        first, self._first = self._first, None
        return first or await self._connect(may_ask=False)

    async def _connect(self, *, may_ask: bool) -> ControlClient:
        address = self._address
        why = partial(explain, address, could_ask=may_ask)
        command = Command(tuple(address.argv(may_ask=may_ask)), address.place, why)
        seconds = ASK_SECONDS if may_ask else LOGIN_SECONDS
        try:
            return await ControlClient.connect_command(command, CLIENT, read_only=self._read_only, timeout=seconds)
        except PeerError as problem:
            raise explain_reply(address, problem) from None
