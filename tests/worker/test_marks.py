"""Marks, placeholders and environments."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from synergy.core.records import UnitOfWork, derive_uow_id
from synergy.worker import marks

UOW = UnitOfWork(
    derive_uow_id("Report", "mail", "20130101063000", 1),
    "Report",
    "20130101063000",
    1,
    "20130101063000",
    "20130101063000",
    entry_name="mail",
    arguments={"to": "all"},
)


def test_only_known_placeholders_are_filled() -> None:
    command = ["awk", "{print $1}", "{uow_id}", "--at={timeperiod}-{attempt}"]
    filled = marks.fill_placeholders(command, UOW)
    assert filled == ["awk", "{print $1}", "Report::mail@20130101063000.1", "--at=20130101063000-1"]


def test_boundaries_are_handed_to_commands_and_empty_where_there_are_none() -> None:
    command = ["--from={start_id}", "--to={end_id}"]
    bounded = replace(UOW, start_id="7", end_id="100")
    assert marks.fill_placeholders(command, bounded) == ["--from=7", "--to=100"]
    assert marks.fill_placeholders(command, UOW) == ["--from=", "--to="]
    told = marks.uow_environment(bounded)
    assert (told["SYNERGY_START_ID"], told["SYNERGY_END_ID"]) == ("7", "100")


def test_a_job_is_told_what_there_is_to_tell() -> None:
    told = marks.uow_environment(UOW)
    assert told["SYNERGY_ENTRY_NAME"] == "mail"
    assert told["SYNERGY_ARGUMENTS"] == '{"to":"all"}'
    assert "SYNERGY_START_ID" not in told


def test_marks_of_whoever_started_us_are_not_handed_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SYNERGY_UOW_ID", "another")
    monkeypatch.setenv("HOME_OF_USERS", "kept")
    monkeypatch.setenv("PATH", f"/usr/bin{os.pathsep}{Path(sys.executable).parent}")
    environment = marks.process_environment(tmp_path, "box", {"EXTRA": "1"})
    assert "SYNERGY_UOW_ID" not in environment
    assert environment["HOME_OF_USERS"] == "kept"
    assert environment["SYNERGY_BOX"] == "box"
    assert environment["EXTRA"] == "1"
    assert environment["PATH"] == f"{Path(sys.executable).parent}{os.pathsep}/usr/bin"
    assert environment["PYTHONPATH"].split(os.pathsep)[0] == str(tmp_path)


def test_two_projects_on_one_box_have_different_marks(tmp_path: Path) -> None:
    assert marks.box_mark("box-1", tmp_path) != marks.box_mark("box-1", tmp_path / "other")
