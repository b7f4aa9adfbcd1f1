from __future__ import annotations

from synergy.core.ports.archive import KEYS, PAGE_RECORDS, ArchivedUow, ArchiveKind, key_of
from synergy.core.records import HistoryEntry, Job, UnitOfWork, UowId
from synergy.core.states import JobState

TOLD = HistoryEntry("Hourly", "2013010100", 1.0, JobState.EMBRYO, JobState.IN_PROGRESS, "scheduler", "due")


def test_a_record_is_known_by_the_fields_of_its_kind() -> None:
    assert key_of(ArchiveKind.JOB, Job("Hourly", "2013010100")) == ("Hourly", "2013010100")
    uow = UnitOfWork(UowId("Hourly@2013010100.1"), "Hourly", "2013010100", 1, "2013010100", "2013010101")
    assert key_of(ArchiveKind.UNIT_OF_WORK, ArchivedUow(uow)) == (uow.uow_id,)


def test_what_is_only_appended_is_known_by_its_order_alone() -> None:
    assert key_of(ArchiveKind.HISTORY, TOLD) == ()
    assert set(ArchiveKind) - set(KEYS) == {ArchiveKind.HISTORY}


def test_pages_of_every_kind_are_bounded() -> None:
    assert set(PAGE_RECORDS) == set(ArchiveKind)


def test_processes_come_before_the_jobs_whose_place_they_tell() -> None:
    kinds = list(ArchiveKind)
    assert kinds.index(ArchiveKind.PROCESS) < kinds.index(ArchiveKind.JOB)
