from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from synergy.core.errors import InvalidArgument, WorldError
from synergy.core.records import UnitOfWork, UowId
from synergy.definitions import Result
from synergy.loading import init_project, load_project


def test_a_new_project_is_valid_as_it_is(tmp_path: Path) -> None:
    written = init_project(tmp_path / "new" / "flights")
    assert [path.name for path in written] == ["synergy.toml", "jobs.py"]
    project = load_project(tmp_path / "new" / "flights")
    assert [spec.process_name for spec in project.context.managed] == ["Hourly", "Daily"]
    assert project.context.trees[0].processes == ("Daily", "Hourly")
    assert project.context.warnings == ()


def test_the_jobs_of_a_new_project_work(tmp_path: Path) -> None:
    init_project(tmp_path)
    jobs = runpy.run_path(str(tmp_path / "jobs.py"))
    day = unit("2026112300", "2026112400")
    assert jobs["daily"](day) == Result("noop")
    assert jobs["hourly"](unit("2026112314", "2026112315")) == Result(processed=1)
    assert jobs["daily"](day) == Result(processed=1, aggregated=1)
    assert (tmp_path / "results" / "day-20261123").read_text() == f"{2026112314 % 97}\n"


def unit(timeperiod: str, end: str) -> UnitOfWork:
    return UnitOfWork(UowId(timeperiod), "P", timeperiod, 1, timeperiod, end)


def test_what_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "jobs.py").write_text("mine")
    with pytest.raises(InvalidArgument, match=r"jobs\.py exists already; name another folder"):
        init_project(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["jobs.py"]
    assert (tmp_path / "jobs.py").read_text() == "mine"


def test_other_files_in_the_folder_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "README").touch()
    assert len(init_project(tmp_path)) == 2


def test_a_place_that_cannot_hold_a_project_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidArgument, match="file is not a folder"):
        init_project(tmp_path / "file")
    with pytest.raises(WorldError, match="cannot be written: Not a directory"):
        init_project(tmp_path / "file" / "inside")
