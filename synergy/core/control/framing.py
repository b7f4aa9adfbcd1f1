"""The control protocol as bytes, without I/O: JSON-RPC 2.0, one object per line, UTF-8.

The daemon reads with ``decode_call``, which never raises: whatever arrives is a call or a refusal that can be answered.
A client reads with ``decode_answer``, which raises ``PeerError`` for what no daemon of ours would send. Parameters are
decoded into the request's own type, so that an unknown field or a wrong value is refused before a handler sees it.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, TypeVar

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from synergy.core.control.events import Events
from synergy.core.control.faults import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    Fault,
    to_error,
    to_fault,
)
from synergy.core.control.lines import MAX_LINE_BYTES
from synergy.core.control.methods import METHODS
from synergy.core.control.replies import Reply
from synergy.core.control.requests import Request
from synergy.core.errors import InvalidArgument, PeerError, SynergyError

CallId = int | str
R = TypeVar("R")
EVENTS_METHOD: Final = "events"
_VERSION: Final = "2.0"
_SAME_VERSION: Final = "use the same version on both sides"


class Call(Struct, frozen=True):
    """A well-formed request."""

    id: CallId
    request: Request[Any]


class Refused(Struct, frozen=True):
    """A line that is no request we serve; ``number`` is its JSON-RPC code, ``id`` None when it named none."""

    id: CallId | None
    error: SynergyError
    number: int


class ReplyFrame(Struct, frozen=True):
    """An answer; decode ``raw`` into the reply of the request that had this id."""

    id: CallId
    raw: Raw


class ErrorFrame(Struct, frozen=True):
    """A refusal, as the error that it was raised as; ``id`` None: it is about the whole connection."""

    id: CallId | None
    error: SynergyError


class Notification(Struct, frozen=True):
    """Events of a subscription."""

    events: Events


def encode_request(call_id: CallId, request: Request[Any]) -> bytes:
    """The line that asks.

    Raises:
        InvalidArgument: it is longer than a line may be, or holds text that is no UTF-8.
    """
    try:
        method, params = _encode(request.method), _encode(request)
    except ValueError as error:
        message = f"request {request.method} holds what cannot be sent: {error}"
        raise InvalidArgument(message, remedy="write names and texts in UTF-8") from None
    line = b'{"jsonrpc":"2.0","id":%b,"method":%b,"params":%b}\n' % (_encode(call_id), method, params)
    return _checked(line, f"request {request.method}", "name fewer targets at once")


def encode_reply(call_id: CallId, reply: Reply) -> bytes:
    """The line that answers.

    Raises:
        InvalidArgument: it is longer than a line may be.
        SynergyError: it holds text that is no UTF-8.
    """
    try:
        line = b'{"jsonrpc":"2.0","id":%b,"result":%b}\n' % (_encode(call_id), _encode(reply))
    except ValueError as error:
        message = f"reply {type(reply).__name__} holds what cannot be sent: {error}"
        raise SynergyError(message, remedy="look at the record itself") from None
    return _checked(line, f"reply {type(reply).__name__}", "ask for a smaller page")


def encode_error(call_id: CallId | None, error: SynergyError, number: int | None = None) -> bytes:
    """The line that refuses; ``number`` is the JSON-RPC code, None: by the kind of the error."""
    return b'{"jsonrpc":"2.0","id":%b,"error":%b}\n' % (_encode(call_id), _encode(to_fault(error, number)))


def encode_events(events: Events) -> bytes:
    """The line that notifies; the same bytes serve every subscriber."""
    return b'{"jsonrpc":"2.0","method":"events","params":%b}\n' % _encode(events)


def decode_call(line: bytes) -> Call | Refused:
    """What a client sent; never raises."""
    try:
        envelope = _decode_envelope(line)
    except _UNDECODABLE as error:
        return _malformed(line, error)
    if envelope.jsonrpc != _VERSION:
        problem = PeerError(f'jsonrpc "{envelope.jsonrpc}" is not served', remedy='send "jsonrpc": "2.0"')
        return Refused(envelope.id, problem, INVALID_REQUEST)
    if envelope.id is None:
        problem = PeerError(f'request "{envelope.method}" has no id', remedy="send an integer or a text")
        return Refused(None, problem, INVALID_REQUEST)
    if envelope.method not in METHODS:
        unknown = InvalidArgument(f'method "{envelope.method}" is unknown', remedy=_SAME_VERSION)
        return Refused(envelope.id, unknown, METHOD_NOT_FOUND)
    try:
        return Call(envelope.id, _request_decoder(envelope.method).decode(envelope.params))
    except _UNDECODABLE as error:
        wrong = InvalidArgument(f"parameters of {envelope.method} are refused: {_lowered(error)}", remedy=_SAME_VERSION)
        return Refused(envelope.id, wrong, INVALID_PARAMS)


def decode_answer(line: bytes) -> ReplyFrame | ErrorFrame | Notification:
    """What a daemon sent.

    Raises:
        PeerError: it is none of the three.
    """
    try:
        envelope = _decode_answer(line)
        if envelope.method == EVENTS_METHOD and envelope.jsonrpc == _VERSION:
            return Notification(_decode_events(envelope.params))
    except _UNDECODABLE as error:
        raise PeerError(f"the daemon sent an unreadable line: {_lowered(error)}", remedy=_SAME_VERSION) from None
    if envelope.jsonrpc == _VERSION and envelope.method is None:
        if envelope.error is not None:
            return ErrorFrame(envelope.id, to_error(envelope.error))
        if envelope.id is not None and not isinstance(envelope.result, UnsetType):
            return ReplyFrame(envelope.id, envelope.result)
    raise PeerError("the daemon sent a line that is no reply, error or event", remedy=_SAME_VERSION)


def decode_reply(request: Request[R], raw: Raw) -> R:
    """The reply to a request, typed; fields that a newer daemon adds are left out.

    Raises:
        PeerError: it has not the shape that the request promises.
    """
    try:
        reply: R = _reply_decoder(request.method).decode(raw)
    except _UNDECODABLE as error:
        message = f"the daemon's reply to {request.method} is unreadable: {_lowered(error)}"
        raise PeerError(message, remedy=_SAME_VERSION) from None
    return reply


class _Envelope(Struct, frozen=True):
    method: str
    jsonrpc: str = ""
    id: CallId | None = None
    params: Raw = Raw(b"{}")


class _AnswerEnvelope(Struct, frozen=True):
    jsonrpc: str = ""
    method: str | None = None
    id: CallId | None = None
    result: Raw | UnsetType = UNSET
    error: Fault | None = None
    params: Raw = Raw(b"{}")


class _OnlyId(Struct, frozen=True):
    id: CallId | None = None


def _malformed(line: bytes, error: Exception) -> Refused:
    """A refusal that still finds its caller when only the id is readable."""
    try:
        call_id = _decode_id(line).id
    except _UNDECODABLE:
        call_id = None
    problem = PeerError(f"the line is no request: {_lowered(error)}", remedy="send one JSON-RPC 2.0 object per line")
    is_json = isinstance(error, msgspec.ValidationError)
    return Refused(call_id, problem, INVALID_REQUEST if is_json else PARSE_ERROR)


def _checked(line: bytes, what: str, remedy: str) -> bytes:
    if len(line) > MAX_LINE_BYTES:
        raise InvalidArgument(f"{what} is {len(line)} bytes long, the limit is {MAX_LINE_BYTES}", remedy=remedy)
    return line


def _lowered(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return text[:1].lower() + text[1:]


_UNDECODABLE: Final = (msgspec.MsgspecError, ValueError, RecursionError)
"""msgspec raises ValueError for bytes that are no UTF-8, RecursionError for brackets without end."""

_encode: Final = msgspec.json.Encoder().encode
_decode_envelope: Final = msgspec.json.Decoder(_Envelope).decode
_decode_answer: Final = msgspec.json.Decoder(_AnswerEnvelope).decode
_decode_events: Final = msgspec.json.Decoder(Events).decode
_decode_id: Final = msgspec.json.Decoder(_OnlyId).decode


@cache
def _request_decoder(method: str) -> msgspec.json.Decoder[Request[Any]]:
    """Made when first needed: a program asks a few of the methods, and each decoder costs it start-up time."""
    return msgspec.json.Decoder(METHODS[method])


@cache
def _reply_decoder(method: str) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(METHODS[method].reply)
