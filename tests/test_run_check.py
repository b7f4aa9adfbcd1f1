from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from synergy.core.definition_fields import Definition, Kind
from synergy.run_check import missing_callables


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    importlib.invalidate_caches()


def problems_of(run: object, boxes: object = (".*",)) -> tuple[str, ...]:
    importlib.invalidate_caches()
    fields = {"process_name": "A", "run": run, "present_on_boxes": boxes}
    return missing_callables([Definition(Kind.MANAGED, fields, "jobs.py:3")], "box-1")


def test_what_is_there_is_found_without_running_the_module(folder: Path) -> None:
    (folder / "rc_one.py").write_text(
        "import os.path as p, json\nraise SystemExit\nclass C:\n def m(self): ...\nasync def co(): ...\nx = y = 1\n"
    )
    for name in ("C.m", "co", "x", "y", "p", "json"):
        assert problems_of(f"rc_one:{name}") == ()


def test_a_callable_that_is_not_there_is_told_with_the_one_that_is(folder: Path) -> None:
    (folder / "rc_two.py").write_text("def hourly(uow): ...\n")
    assert problems_of("rc_two:hourl") == (
        'jobs.py:3: A: run "rc_two:hourl": module rc_two has no "hourl"; did you mean "hourly"?',
    )


def test_a_module_that_is_not_there_is_told(folder: Path) -> None:
    (problem,) = problems_of("rc_nowhere:work")
    assert problem.startswith('jobs.py:3: A: run "rc_nowhere:work": module rc_nowhere cannot be found; correct it')
    assert "cannot be found: ModuleNotFoundError" in problems_of("rc_nowhere.jobs:work")[0]
    (folder / "rc_pack").mkdir()
    (folder / "rc_pack" / "__init__.py").write_text("1 / 0\n")
    assert "rc_pack.jobs cannot be found: ZeroDivisionError" in problems_of("rc_pack.jobs:work")[0]


def test_a_module_with_a_mistake_is_told_with_its_line(folder: Path) -> None:
    (folder / "rc_three.py").write_text("\nx = (\n")
    assert "rc_three.py:2: '(' was never closed" in problems_of("rc_three:x")[0]


@pytest.mark.parametrize("source", [b"globals()['x'] = 1\n", b"from os import *\n", b"# \xff\n"])
def test_a_module_whose_names_cannot_be_known_is_taken_at_its_word(folder: Path, source: bytes) -> None:
    (folder / "rc_four.py").write_bytes(source)
    assert problems_of("rc_four:x") == ()
    assert problems_of("sys:anything") == ()


@pytest.mark.parametrize("boxes", [["other"], ["box-["], 7, [7]])
def test_work_of_other_boxes_is_not_looked_for(boxes: object) -> None:
    assert problems_of("rc_nowhere:work", boxes) == ()


@pytest.mark.parametrize("run", [None, 7, "rc_nowhere"])
def test_what_is_no_run_is_told_elsewhere(run: object) -> None:
    assert problems_of(run) == ()


def test_a_module_is_looked_at_once(folder: Path) -> None:
    (folder / "rc_five.py").write_text("def a(): ...\n")
    fields = {"process_name": "A", "run": "rc_five:b", "present_on_boxes": [".*"]}
    both = [Definition(Kind.MANAGED, fields, "jobs.py:1"), Definition(Kind.MANAGED, fields, "jobs.py:2")]
    assert len(missing_callables(both, "box-1")) == 2
