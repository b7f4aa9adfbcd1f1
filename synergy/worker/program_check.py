"""Whether the programs of a project's commands are on this box, found out as a supervisor here would find them.

Only a warning: a program may be installed later, or only where the supervisor runs, or be made by an earlier job.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from synergy.core.context import ProcessContext, Work
from synergy.worker.command import NotExecutable, resolve_program
from synergy.worker.marks import process_environment


def missing_programs(context: ProcessContext, folder: Path, box_id: str) -> tuple[str, ...]:
    """A warning for each command present on this box whose program or working folder is not there."""
    return tuple(_missing(context, folder, box_id))


def _missing(context: ProcessContext, folder: Path, box_id: str) -> Iterator[str]:
    for name, work in _works(context):
        if not work.command or "{" in work.command[0] or not _is_here(work, box_id):
            continue
        path = process_environment(folder, "", work.env)["PATH"]
        try:
            resolve_program(list(work.command), folder / (work.cwd or ""), path)
        except NotExecutable as error:
            yield f"{name}: its command is {error}; install it on this box ({box_id}), or correct the command"


def _works(context: ProcessContext) -> Iterator[tuple[str, Work]]:
    yield from ((spec.process_name, spec.work) for spec in context.managed)
    yield from ((f"{spec.process_name}::{spec.entry_name}", spec.work) for spec in context.freerun)
    yield from ((spec.process_name, spec.work) for spec in context.daemons)


def _is_here(work: Work, box_id: str) -> bool:
    return any(re.fullmatch(pattern, box_id) for pattern in work.present_on_boxes)
