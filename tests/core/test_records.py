from __future__ import annotations

import msgspec

from synergy.core.records import Job, JobKey, LogLine, UnitOfWork, UowId, UowPatch, derive_uow_id
from synergy.core.states import JobState, UowState


def test_a_job_is_named_by_process_and_timeperiod() -> None:
    job = Job("FlightsHourly", "2013010114")
    assert job.key == JobKey("FlightsHourly", "2013010114")
    assert str(job.key) == "FlightsHourly@2013010114"
    assert job.state is JobState.EMBRYO


def test_keys_are_ordered_by_process_then_time() -> None:
    assert JobKey("A", "2014000000") < JobKey("B", "2013000000") < JobKey("B", "2014000000")


def test_the_id_of_a_unit_of_work_derives_from_what_it_is() -> None:
    assert derive_uow_id("FlightsHourly", None, "2013010114", 2) == "FlightsHourly@2013010114.2"
    assert derive_uow_id("Report", "mail", "20130101063000", 1) == "Report::mail@20130101063000.1"


def test_a_unit_of_work_knows_its_job() -> None:
    uow = UnitOfWork(UowId("A@2013010114.1"), "A", "2013010114", 1, "2013010114", "2013010115")
    assert uow.key == JobKey("A", "2013010114")
    assert msgspec.json.decode(msgspec.json.encode(uow), type=UnitOfWork) == uow


def test_what_a_record_leaves_at_its_default_is_not_written() -> None:
    assert msgspec.json.encode(Job("A", "2013010114")) == b'{"process_name":"A","timeperiod":"2013010114"}'


def test_a_line_of_a_log_is_an_array() -> None:
    assert msgspec.json.encode(LogLine(1.5, "stdout", "", "hello")) == b'[1.5,"stdout","","hello"]'


def test_a_patch_tells_unset_from_none() -> None:
    patch = UowPatch(UowId("A@2013010114.1"), UowState.IN_PROGRESS, 1, claimed_by=None)
    assert patch.claimed_by is None
    assert patch.end_id is msgspec.UNSET
    assert b'"claimed_by":null' in msgspec.json.encode(patch)
    assert b"end_id" not in msgspec.json.encode(patch)


def test_a_patch_changes_only_what_is_not_its_condition() -> None:
    patch = UowPatch(UowId("A@2013010114.1"), UowState.IN_PROGRESS, 1, "s1", state=UowState.REQUESTED, claimed_by=None)
    assert patch.changes() == {"state": UowState.REQUESTED, "claimed_by": None}
