"""Why a way through ssh ended: ssh's exit code and complaint, or the far synergyd's, as a sentence with its remedy.

ssh ends with 255 for failures of its own; otherwise the code is that of the far command, or of the far shell when it
finds none.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from typing import Final

from synergy.client.ssh import Address
from synergy.core.errors import DaemonUnreachable, InvalidDefinition, NotPermitted, PeerError, SynergyError

OWN_FAILURE: Final = 255
NOT_EXECUTABLE: Final = 126
NOT_FOUND: Final = 127
UNREACHABLE: Final = 9
USAGE: Final = 2

_METHODS: Final = re.compile(r"permission denied \(([^)]*)\)", re.IGNORECASE)
_OURS: Final = "error: "


def explain(address: Address, code: int | None, complaint: str, *, could_ask: bool) -> SynergyError:
    """The reason of an end. ``complaint``: the end of standard error; ``could_ask``: ssh might ask the operator."""
    if code == OWN_FAILURE:
        return _of_ssh(address, complaint, could_ask=could_ask)
    if code in {NOT_FOUND, NOT_EXECUTABLE}:
        what = "is not found" if code == NOT_FOUND else "cannot be run"
        remedy = "install Synergy there, or say where it is: --synergyd /opt/synergy/bin/synergyd"
        return DaemonUnreachable(f"{address.program} {what} on {address.place}", remedy=remedy)
    return _of_synergyd(address, code, complaint)


def explain_reply(address: Address, problem: PeerError) -> SynergyError:
    """An answer that is none: another version, or a far shell that prints something before synergyd begins."""
    if "unreadable line" not in problem.message:
        return PeerError(f"{address.place}: {problem.message}", remedy=problem.remedy)
    remedy = f"its shell must print nothing for a command; look with: {address.by_hand} true"
    return PeerError(f"{address.place} answers with something else than the daemon", remedy=remedy)


def _of_ssh(address: Address, complaint: str, *, could_ask: bool) -> SynergyError:
    text = complaint.lower()
    for word, told in _SSH.items():
        if word in text:
            return told(address, complaint)
    if "permission denied" in text or "too many authentication failures" in text:
        return _denied(address, complaint, could_ask=could_ask)
    last = _last_line(complaint)
    message = f"the line to {address.place} ended" + (f": {last}" if last else "")
    return DaemonUnreachable(message, remedy=f"try: {address.by_hand}")


def _denied(address: Address, complaint: str, *, could_ask: bool) -> SynergyError:
    methods = _METHODS.search(complaint)
    who = address.user or "you"
    message = f"{address.place} does not let {who} in" + (f" (it takes {methods[1]})" if methods else "")
    asks = methods is not None and ("password" in methods[1] or "keyboard-interactive" in methods[1])
    if asks and not could_ask:
        remedy = "a password can be given at the start only: leave with :q and start again, or use a key (ssh-copy-id)"
    else:
        remedy = f"try: {address.by_hand}"
    return NotPermitted(message, remedy=remedy)


def _changed(address: Address, complaint: str) -> SynergyError:
    del complaint
    known = f"[{address.host}]:{address.port}" if address.port and address.port != 22 else address.host
    remedy = f"ask who runs it; only if it was set up anew: ssh-keygen -R {shlex.quote(known)}"
    return NotPermitted(f"{address.place} has another host key than before: it may not be that machine", remedy=remedy)


def _unverified(address: Address, complaint: str) -> SynergyError:
    del complaint
    remedy = f"compare its fingerprint and accept it once: {address.by_hand}"
    return NotPermitted(f"the host key of {address.place} is not known here, and was not accepted", remedy=remedy)


def _unknown(address: Address, complaint: str) -> SynergyError:
    del complaint
    remedy = "check its name, or its entry in ~/.ssh/config"
    return DaemonUnreachable(f'host "{address.host}" is unknown', remedy=remedy)


def _refused(address: Address, complaint: str) -> SynergyError:
    del complaint
    remedy = "check host and port, and whether sshd runs there"
    return DaemonUnreachable(f"no ssh server answers on {address.place}: connection refused", remedy=remedy)


def _unreachable(address: Address, complaint: str) -> SynergyError:
    reason = _last_line(complaint).rpartition(": ")[2].lower()
    return DaemonUnreachable(f"{address.place} cannot be reached: {reason}", remedy="check network, VPN and firewall")


def _silent(address: Address, complaint: str) -> SynergyError:
    del complaint
    return DaemonUnreachable(f"{address.place} does not answer any more", remedy="check the network")


_SSH: Final[dict[str, Callable[[Address, str], SynergyError]]] = {
    "host identification has changed": _changed,
    "host key verification failed": _unverified,
    "could not resolve hostname": _unknown,
    "connection refused": _refused,
    "connection timed out": _unreachable,
    "operation timed out": _unreachable,
    "no route to host": _unreachable,
    "network is unreachable": _unreachable,
    "not responding": _silent,
}
"""What ssh complains of, in lower case. The first one counts: a changed host key fails the verification too."""


def _of_synergyd(address: Address, code: int | None, complaint: str) -> SynergyError:
    ours = [line.removeprefix(_OURS) for line in complaint.splitlines() if line.startswith(_OURS)]
    told = ours[-1].strip() if ours else _last_line(complaint)
    what = told.partition("; ")[0]
    if code == UNREACHABLE:
        return DaemonUnreachable(f"{address.place}: {what}", remedy=f"start it there: {address.on_host('start')}")
    if code == USAGE and what.endswith("does not exist"):
        remedy = f"name the project's folder: ssh://{address.login}{f':{address.port}' if address.port else ''}/FOLDER"
        return InvalidDefinition(f"{address.place}: {what}", remedy=remedy)
    if code == USAGE:
        remedy = f"see: {address.on_host('check')}"
        return InvalidDefinition(f"{address.place}: {told}", remedy="" if "; " in told else remedy)
    message = f"the far {address.program} on {address.place} ended" + (f": {told}" if told else "")
    return DaemonUnreachable(message, remedy=f"see: {address.on_host('status')}")


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else ""
