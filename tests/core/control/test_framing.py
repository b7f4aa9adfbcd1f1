"""The control protocol's bytes: what is sent is understood, what is not understood is refused in words."""

from __future__ import annotations

import json
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synergy.core.control import framing, replies, requests
from synergy.core.control.events import Events, JobChanged, Lagged
from synergy.core.control.lines import MAX_LINE_BYTES
from synergy.core.control.methods import METHODS
from synergy.core.errors import CallerError, InvalidArgument, NotFound, PeerError, SynergyError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
MEMBERS = st.fixed_dictionaries(
    {},
    optional={
        "jsonrpc": st.sampled_from(["2.0", "1.0"]) | JSON,
        "id": st.integers() | st.text() | JSON,
        "method": st.sampled_from([*METHODS, "events"]) | JSON,
        "params": JSON,
        "result": JSON,
        "error": JSON,
    },
)
LINES = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()) | MEMBERS.map(msgspec.json.encode)


def refused(line: bytes) -> framing.Refused:
    frame = framing.decode_call(line)
    assert isinstance(frame, framing.Refused)
    return frame


def call(text: str) -> bytes:
    return text.encode()


@pytest.mark.parametrize("call_id", [0, 7, "a-1"])
def test_a_request_arrives_as_it_left(call_id: int | str) -> None:
    request = requests.Grid("hourly", "2013010100", 48, process_names=("FlightsHourly",))
    assert framing.decode_call(framing.encode_request(call_id, request)) == framing.Call(call_id, request)


def test_a_line_holds_no_newline_but_its_last() -> None:
    line = framing.encode_request(1, requests.SearchLog("A@2013010100", "two\nlines\r\n"))
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")


def test_a_request_without_parameters_may_leave_them_out() -> None:
    line = call('{"jsonrpc":"2.0","id":1,"method":"status"}')
    assert framing.decode_call(line) == framing.Call(1, requests.Status())


def test_a_reply_arrives_as_the_type_that_its_request_promises() -> None:
    frame = framing.decode_answer(framing.encode_reply(3, replies.Done("done", uow_id="A@2013010100.1")))
    assert isinstance(frame, framing.ReplyFrame)
    assert frame.id == 3
    done = framing.decode_reply(requests.Trigger("A"), frame.raw)
    assert done == replies.Done("done", uow_id="A@2013010100.1")


def test_fields_that_a_newer_daemon_adds_are_left_out() -> None:
    done = framing.decode_reply(requests.Trigger("A"), msgspec.Raw(b'{"message":"done","mood":"good"}'))
    assert done == replies.Done("done")


def test_a_reply_of_another_shape_is_the_daemons_fault() -> None:
    with pytest.raises(PeerError, match="reply to trigger is unreadable"):
        framing.decode_reply(requests.Trigger("A"), msgspec.Raw(b'{"message":7}'))


def test_an_error_arrives_with_its_id_and_class() -> None:
    frame = framing.decode_answer(framing.encode_error("x", NotFound("no job A", remedy="see ls")))
    assert isinstance(frame, framing.ErrorFrame)
    assert frame.id == "x"
    assert isinstance(frame.error, NotFound)


def test_an_error_about_the_connection_has_no_id() -> None:
    frame = framing.decode_answer(framing.encode_error(None, PeerError("enough")))
    assert isinstance(frame, framing.ErrorFrame)
    assert frame.id is None


def test_events_arrive_as_they_left() -> None:
    change = JobChanged("A", "2013010100", "state_embryo", "state_in_progress", "1")
    events = Events(4, "2026-01-01T00:00:00Z", "2013-01-01T00:00:00Z", (change, Lagged(3)))
    assert framing.decode_answer(framing.encode_events(events)) == framing.Notification(events)


def test_a_line_that_is_no_json_is_a_parse_error_without_id() -> None:
    frame = refused(b"GET / HTTP/1.1")
    assert (frame.id, frame.number) == (None, -32700)
    assert isinstance(frame.error, PeerError)


def test_a_list_is_refused_because_batches_are_not_served() -> None:
    frame = refused(b'[{"jsonrpc":"2.0","id":1,"method":"status"}]')
    assert (frame.id, frame.number) == (None, -32600)
    assert "object" in frame.error.message


def test_a_malformed_request_is_answered_to_its_id() -> None:
    frame = refused(call('{"jsonrpc":"2.0","id":5,"method":17}'))
    assert (frame.id, frame.number) == (5, -32600)


def test_another_version_of_json_rpc_is_refused() -> None:
    frame = refused(call('{"id":5,"method":"status"}'))
    assert frame.id == 5
    assert "jsonrpc" in frame.error.message


def test_a_request_without_id_is_refused_because_nobody_could_be_answered() -> None:
    frame = refused(call('{"jsonrpc":"2.0","method":"status"}'))
    assert "has no id" in frame.error.message


def test_an_unknown_method_is_named() -> None:
    frame = refused(call('{"jsonrpc":"2.0","id":5,"method":"explode"}'))
    assert frame.number == -32601
    assert isinstance(frame.error, InvalidArgument)
    assert '"explode"' in frame.error.message


@pytest.mark.parametrize(
    ("params", "named"),
    [('{"job":"A@1","depth":3}', "depth"), ("{}", "job"), ('{"job":1}', "$.job"), ("[1]", "object")],
)
def test_wrong_parameters_are_refused_and_named(params: str, named: str) -> None:
    frame = refused(call(f'{{"jsonrpc":"2.0","id":5,"method":"show","params":{params}}}'))
    assert (frame.id, frame.number) == (5, -32602)
    assert isinstance(frame.error, InvalidArgument)
    assert named in frame.error.message


def test_bytes_that_are_no_utf8_are_refused() -> None:
    assert isinstance(refused(b'{"jsonrpc":"2.0","id":5,"method":"\xff\xfe"}').error, PeerError)
    assert isinstance(refused(b'{"jsonrpc":"2.0","id":5,"method":"show","params":{"job":"\xff"}}').error, CallerError)


def test_brackets_without_end_are_refused() -> None:
    assert isinstance(refused(b"[" * 100_000).error, PeerError)


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense",
        b"[]",
        b"{}",
        b'{"jsonrpc":"1.0","id":1,"result":{}}',
        b'{"jsonrpc":"2.0","id":1}',
        b'{"jsonrpc":"2.0","result":{}}',
        b'{"jsonrpc":"2.0","method":"other","id":1,"result":{}}',
        b'{"jsonrpc":"2.0","method":"events","params":{"seq":1}}',
    ],
)
def test_what_no_daemon_of_ours_sends_is_a_protocol_error(line: bytes) -> None:
    with pytest.raises(PeerError):
        framing.decode_answer(line)


def test_a_request_over_the_limit_is_not_sent() -> None:
    with pytest.raises(InvalidArgument, match=r"request plan is \d+ bytes long"):
        framing.encode_request(1, requests.MakePlan("skip", ("x" * MAX_LINE_BYTES,)))


def test_a_reply_over_the_limit_is_not_sent() -> None:
    with pytest.raises(InvalidArgument, match="smaller page"):
        framing.encode_reply(1, replies.Done("x" * MAX_LINE_BYTES))


@given(LINES)
def test_whatever_a_client_sends_is_a_call_or_a_refusal(line: bytes) -> None:
    frame = framing.decode_call(line)
    assert isinstance(frame, framing.Call | framing.Refused)
    if isinstance(frame, framing.Refused):
        framing.decode_answer(framing.encode_error(frame.id, frame.error, frame.number))


@given(LINES)
def test_whatever_a_daemon_sends_is_an_answer_or_a_protocol_error(line: bytes) -> None:
    with suppress(PeerError):
        assert framing.decode_answer(line)


@given(LINES)
def test_whatever_a_reply_holds_it_is_typed_or_a_protocol_error(line: bytes) -> None:
    try:
        reply = framing.decode_reply(requests.Trigger("A"), msgspec.Raw(line))
    except PeerError:
        return
    assert isinstance(reply, replies.Done)


def test_a_request_with_undecodable_text_is_the_callers_fault() -> None:
    with pytest.raises(InvalidArgument, match="request trigger holds what cannot be sent"):
        framing.encode_request(1, requests.Trigger("caf\udce9"))


def test_a_reply_with_undecodable_text_is_an_error_and_no_crash() -> None:
    with pytest.raises(SynergyError, match="reply Done holds what cannot be sent"):
        framing.encode_reply(1, replies.Done("caf\udce9"))


def test_an_error_with_undecodable_text_is_still_told() -> None:
    frame = framing.decode_answer(framing.encode_error(1, NotFound("no job caf\udce9")))
    assert isinstance(frame, framing.ErrorFrame)
    assert frame.error.message == "no job caf?"
