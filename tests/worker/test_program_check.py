from __future__ import annotations

from pathlib import Path

import pytest

from synergy.core.context import DaemonSpec, FreerunSpec, ManagedSpec, ProcessContext, Work
from synergy.core.timeperiods import Qualifier
from synergy.worker.program_check import missing_programs


def missing(folder: Path, *command: str, **fields: object) -> tuple[str, ...]:
    work = Work(command=command, **fields)  # type: ignore[arg-type] # fields of the work
    context = ProcessContext(managed=(ManagedSpec("Daily", Qualifier.DAILY, "Main", work),), freerun=(), trees=())
    return missing_programs(context, folder, "box-1")


def test_a_program_that_is_nowhere_is_told(tmp_path: Path) -> None:
    assert missing(tmp_path, "nosuchcmd", "-v") == (
        "Daily: its command is not executable: nosuchcmd; install it on this box (box-1), or correct the command",
    )


def test_programs_of_entries_and_daemon_processes_are_looked_for_too(tmp_path: Path) -> None:
    work = Work(command=("nosuchcmd",))
    context = ProcessContext(
        managed=(),
        freerun=(FreerunSpec("Mail", "ops", "every 9", work),),
        trees=(),
        daemons=(DaemonSpec("Feed", work),),
    )

    told = missing_programs(context, tmp_path, "box-1")

    assert [line.partition(": ")[0] for line in told] == ["Mail::ops", "Feed"]


def test_programs_of_the_path_the_project_and_a_path_of_its_own_are_found(tmp_path: Path) -> None:
    own = tmp_path / "tools" / "mine"
    own.parent.mkdir()
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)

    assert missing(tmp_path, "true") == ()
    assert missing(tmp_path, "tools/mine") == ()
    assert missing(tmp_path, "./mine", cwd="tools") == ()
    assert missing(tmp_path, "mine", env={"PATH": str(own.parent)}) == ()


def test_a_working_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert f"folder {tmp_path}/gone does not exist" in missing(tmp_path, "true", cwd="gone")[0]


@pytest.mark.parametrize(
    ("command", "fields"),
    [((), {"run": "jobs:work"}), (("{process_name}",), {}), (("nosuchcmd",), {"present_on_boxes": ("box-2",)})],
)
def test_what_this_box_cannot_know_is_not_told(
    tmp_path: Path, command: tuple[str, ...], fields: dict[str, object]
) -> None:
    assert missing(tmp_path, *command, **fields) == ()
