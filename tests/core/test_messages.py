from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from synergy.core.errors import PeerError
from synergy.core.messages import (
    BoxMessage,
    CancelUow,
    JobFinished,
    KillUnproved,
    LogGrew,
    QueueLost,
    ReloadDefinitions,
    StatusMessage,
    SupervisorStarted,
    SwitchProcess,
    UowClaimed,
    UowFinished,
    UowMessage,
    box_queue,
    decode_box_message,
    decode_status,
    decode_uow_message,
    encode,
    process_queue,
)
from synergy.core.records import UnitOfWork, UowId
from synergy.core.states import JobState, UowState

UOW = UnitOfWork(UowId("A@2013010114.1"), "A", "2013010114", 1, "2013010114", "2013010115", state=UowState.PROCESSED)


def test_queues_are_named_after_the_process_and_the_box() -> None:
    assert process_queue("FlightsHourly") == "q_FlightsHourly"
    assert box_queue("box-1") == "q_utils_box-1"


def test_a_request_is_small() -> None:
    message = UowMessage("A", UOW.uow_id)
    assert encode(message) == b'{"process_name":"A","record_db_id":"A@2013010114.1"}'
    assert decode_uow_message(encode(message)) == message


@pytest.mark.parametrize(
    "message",
    [
        UowClaimed(UOW),
        UowFinished(UOW),
        LogGrew(UOW.uow_id, 1, 20),
        SupervisorStarted("s1", "box-1"),
        KillUnproved(UOW.uow_id, 1, (7, 8), "box-1"),
        QueueLost("box-1.7.0"),
    ],
)
def test_a_status_comes_back_as_what_it_was(message: StatusMessage) -> None:
    assert decode_status(encode(message)) == message


def test_what_others_read_of_a_finished_job_is_plain() -> None:
    text = encode(JobFinished("A", "2013010114", JobState.PROCESSED))
    assert text == b'{"type":"job_finished","process_name":"A","timeperiod":"2013010114","state":"state_processed"}'


@pytest.mark.parametrize(
    "message", [CancelUow(UOW.uow_id), SwitchProcess("Feed", is_on=False), ReloadDefinitions("ab")]
)
def test_a_boxs_message_comes_back_as_what_it_was(message: BoxMessage) -> None:
    assert decode_box_message(encode(message)) == message


@pytest.mark.parametrize("text", [b"", b"{}", b'{"type":"uow_lost"}', b'{"type":"log_grew","uow_id":7}', b"\xff"])
def test_what_cannot_be_understood_is_an_error_and_not_a_guess(text: bytes) -> None:
    with pytest.raises(PeerError, match="it cannot be read"):
        decode_status(text)


DEEP = b"[" * 100_000


@pytest.mark.parametrize("decode", [decode_status, decode_uow_message, decode_box_message])
@pytest.mark.parametrize("text", [DEEP, b'{"x":' + DEEP, b'{"process_name":"A","record_db_id":"A","x":' + DEEP])
def test_what_is_nested_beyond_all_measure_cannot_be_understood(decode: Callable[[bytes], object], text: bytes) -> None:
    with pytest.raises(PeerError, match="it cannot be read"):
        decode(text)


@pytest.mark.parametrize("decode", [decode_status, decode_uow_message, decode_box_message])
@pytest.mark.parametrize("text", [b'{"type":"\xc8"}', b'{"process_name":"\xff","record_db_id":"A"}', b'"\xed\xa0\x80"'])
def test_a_text_that_is_no_utf_8_cannot_be_understood(decode: Callable[[bytes], object], text: bytes) -> None:
    with pytest.raises(PeerError, match="it cannot be read"):
        decode(text)


@pytest.mark.parametrize("message", [UowClaimed, UowFinished])
@pytest.mark.parametrize("change", [{"process_name": "B"}, {"timeperiod": "noon"}, {"run": 2}, {"entry_name": "e"}])
def test_a_status_about_another_unit_of_work_than_it_says_is_refused(
    message: type[UowClaimed | UowFinished], change: dict[str, Any]
) -> None:
    with pytest.raises(PeerError, match="is not the unit of work of"):
        decode_status(encode(message(msgspec.structs.replace(UOW, **change))))
