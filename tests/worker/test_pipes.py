"""A supervisor that may open no more files tells so, and loses none for it."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from synergy.core.context import Work
from synergy.core.records import UnitOfWork, derive_uow_id
from synergy.worker.command import CommandProcess, NotExecutable
from synergy.worker.pipes import open_pipes
from tests.worker.workshop import make_site

UOW = UnitOfWork(derive_uow_id("A", None, "2013010100", 1), "A", "2013010100", 1, "2013010100", "2013010101")


def lowest_free() -> int:
    free = os.dup(0)
    os.close(free)
    return free


@contextmanager
def room_for(files: int) -> Iterator[None]:
    """Only so many more files may be opened."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    held = [os.dup(0) for _ in range(files)]
    last = lowest_free()
    for fd in held:
        os.close(fd)
    resource.setrlimit(resource.RLIMIT_NOFILE, (last, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


@pytest.mark.parametrize("files", [0, 2])
async def test_pipes_that_cannot_all_be_opened_are_closed_again(files: int) -> None:
    before = lowest_free()
    with room_for(files), pytest.raises(OSError, match="Too many open files"):
        open_pipes({"stdout": lambda _: None, "stderr": lambda _: None})
    assert lowest_free() == before


@pytest.mark.parametrize("files", [0, 3, 5])
async def test_a_command_without_pipes_is_not_executable(tmp_path: Path, files: int) -> None:
    site = make_site(tmp_path, {"A": (work := Work(command=("true",)))})
    before = lowest_free()
    with room_for(files), pytest.raises(NotExecutable, match=r"not executable: .*Too many open files"):
        CommandProcess(site, UOW, work, lambda _stream, _texts: None)
    assert lowest_free() == before
