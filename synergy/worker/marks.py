"""The marks by which a process is known as ours, and what a job is told through its environment and arguments.

A mark is an environment variable: it is inherited by every descendant, also by one that left its process group, its
session and its parent. Each started process carries SYNERGY_BOX (this box of this project); a unit of work's also
SYNERGY_UOW_ID and SYNERGY_ATTEMPT; a warm child's SYNERGY_CHILD; a daemon process's SYNERGY_DAEMON_PROCESS.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from synergy.core.definition_fields import PLACEHOLDERS
from synergy.core.records import UnitOfWork

BOX: Final = "SYNERGY_BOX"
UOW_ID: Final = "SYNERGY_UOW_ID"
ATTEMPT: Final = "SYNERGY_ATTEMPT"
CHILD: Final = "SYNERGY_CHILD"
DAEMON_PROCESS: Final = "SYNERGY_DAEMON_PROCESS"

_PLACEHOLDER: Final = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r")\}")


def box_mark(box_id: str, folder: Path) -> str:
    """This box of this project: two projects, or two boxes, on one machine never touch each other's processes."""
    digest = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    return f"{box_id}.{digest}"


def uow_environment(uow: UnitOfWork) -> dict[str, str]:
    """What an attempt is told: the placeholders, and everything else that the unit of work carries."""
    told: dict[str, str | None] = {
        UOW_ID: uow.uow_id,
        ATTEMPT: str(uow.attempt),
        "SYNERGY_PROCESS_NAME": uow.process_name,
        "SYNERGY_TIMEPERIOD": uow.timeperiod,
        "SYNERGY_START_TIMEPERIOD": uow.start_timeperiod,
        "SYNERGY_END_TIMEPERIOD": uow.end_timeperiod,
        "SYNERGY_ENTRY_NAME": uow.entry_name,
        "SYNERGY_START_ID": uow.start_id,
        "SYNERGY_END_ID": uow.end_id,
        "SYNERGY_SOURCE": uow.source,
        "SYNERGY_SINK": uow.sink,
        "SYNERGY_ARGUMENTS": msgspec.json.encode(uow.arguments).decode() if uow.arguments else None,
    }
    return {name: value for name, value in told.items() if value is not None}


def process_environment(folder: Path, box: str, extra: Mapping[str, str]) -> dict[str, str]:
    """The environment of a started process: ours, this interpreter's folder first in PATH, the project importable.

    Marks of whoever started the supervisor are left out, so that nobody takes our processes for theirs.
    """
    # The supervisor's own environment is the user's: what they exported reaches their jobs.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SYNERGY_")}
    environment["PATH"] = os.pathsep.join(_first(str(Path(sys.executable).parent), environment.get("PATH", os.defpath)))
    environment["PYTHONPATH"] = os.pathsep.join(_first(str(folder), environment.get("PYTHONPATH", "")))
    environment[BOX] = box
    environment.update(extra)
    return environment


def fill_placeholders(command: Sequence[str], uow: UnitOfWork) -> list[str]:
    """The command's arguments for one unit of work; braces around any other word are left as they are.

    A boundary that there is none of becomes empty.
    """
    values = {
        "process_name": uow.process_name,
        "timeperiod": uow.timeperiod,
        "start_timeperiod": uow.start_timeperiod,
        "end_timeperiod": uow.end_timeperiod,
        "start_id": uow.start_id or "",
        "end_id": uow.end_id or "",
        "uow_id": uow.uow_id,
        "attempt": str(uow.attempt),
    }
    return [_PLACEHOLDER.sub(lambda match: values[match[1]], argument) for argument in command]


def _first(folder: str, path: str) -> list[str]:
    return [folder, *(part for part in path.split(os.pathsep) if part and part != folder)]
