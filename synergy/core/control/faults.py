"""Errors on their way over the wire: the class leaves as its stable code and arrives as the same class."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from synergy.core.errors import CallerError, InvalidDefinition, PeerError, SynergyError

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
CALLER_ERROR: Final = -32000
WORLD_ERROR: Final = -32001
"""The numbers of JSON-RPC 2.0 (section 5.1), then our own; programs should go by the stable code in ``data``."""


class FaultData(Struct, frozen=True, omit_defaults=True):
    """What JSON-RPC leaves to us: ``code`` is the error's stable code, ``exit_code`` what synergyctl exits with."""

    code: str
    message: str
    remedy: str = ""
    exit_code: int = 1
    problems: tuple[str, ...] = ()


class Fault(Struct, frozen=True, omit_defaults=True):
    """The error object of JSON-RPC; foreign programs send it without our ``data``."""

    code: int
    message: str
    data: FaultData | None = None


def to_fault(error: SynergyError, number: int | None = None) -> Fault:
    """What is sent for an error; ``number`` is its JSON-RPC code, None: by its branch of the tree."""
    problems = error.problems if isinstance(error, InvalidDefinition) else ()
    clean = tuple(_sendable(problem) for problem in problems)
    data = FaultData(error.code, _sendable(error.message), _sendable(error.remedy), error.exit_code, clean)
    return Fault(_number(error) if number is None else number, _sendable(str(error)), data)


def to_error(fault: Fault) -> SynergyError:
    """The error that was sent, of the class that it left as; one we do not know becomes a PeerError."""
    data = fault.data
    if data is None:
        return PeerError(f"the daemon answered with error {fault.code}: {fault.message}")
    kind = _KINDS.get(data.code)
    if kind is None:
        return PeerError(
            f'the daemon answered with the unknown error "{data.code}": {data.message}',
            remedy=data.remedy or "use the same version on both sides",
        )
    if issubclass(kind, InvalidDefinition):
        return kind(data.message, remedy=data.remedy, problems=data.problems)
    return kind(data.message, remedy=data.remedy)


def _number(error: SynergyError) -> int:
    if isinstance(error, CallerError):
        return CALLER_ERROR
    if isinstance(error, PeerError):
        return INVALID_REQUEST
    return INTERNAL_ERROR if type(error) is SynergyError else WORLD_ERROR


def _sendable(text: str) -> str:
    """The text without what UTF-8 cannot hold, such as undecodable bytes of a file name."""
    return text.encode("utf-8", "replace").decode()


def _tree(kind: type[SynergyError]) -> Iterator[type[SynergyError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _tree(child)


def kinds_by_code(root: type[SynergyError]) -> dict[str, type[SynergyError]]:
    """The class that each code stands for: what refines another one and keeps its code arrives as that."""
    return {kind.code: kind for kind in reversed([*_tree(root)])}


_KINDS: Final = kinds_by_code(SynergyError)
