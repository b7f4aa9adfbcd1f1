"""How a user names things: ``PROCESS@TIMEPERIOD``, ``PROCESS@FROM..TO``, ``PROCESS::ENTRY``, a unit of work's id."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from synergy.core.errors import InvalidArgument
from synergy.core.records import JobKey, UowId

_NAME: Final = r"[A-Za-z0-9_.\-]+"
_PERIOD: Final = r"((?:(?!\.\.)[^@])+)"
"""What stands for a timeperiod. Whether it is one, and what else to write, is told where the process is known."""

_RANGE: Final = re.compile(rf"({_NAME})@{_PERIOD}\.\.{_PERIOD}")
_UOW: Final = re.compile(rf"({_NAME})(::{_NAME})?@\d+\.\d+")
_JOB: Final = re.compile(rf"({_NAME})@{_PERIOD}")
_ENTRY: Final = re.compile(rf"({_NAME})::({_NAME})")


class JobRange(Struct, frozen=True):
    """Jobs of one process, both ends included; one job when they are the same."""

    process_name: str
    from_timeperiod: str
    to_timeperiod: str


class EntryTarget(Struct, frozen=True):
    """A freerun entry."""

    process_name: str
    entry_name: str


class UowTarget(Struct, frozen=True):
    """A unit of work."""

    uow_id: UowId


Target = JobRange | EntryTarget | UowTarget


def parse_target(text: str) -> Target:
    """Read one target.

    Raises:
        InvalidArgument: it is spelled in none of the four ways.
    """
    text = text.strip()
    if match := _RANGE.fullmatch(text):
        return JobRange(*match.groups())
    if _UOW.fullmatch(text):
        return UowTarget(UowId(text))
    if match := _JOB.fullmatch(text):
        return JobRange(match[1], match[2], match[2])
    if (entry := parse_entry(text)) is not None:
        return entry
    raise InvalidArgument(
        f'target "{text}" cannot be read',
        remedy="write PROCESS@TIMEPERIOD, PROCESS@FROM..TO, PROCESS::ENTRY or the id of a unit of work",
    )


def parse_job(text: str) -> JobKey:
    """Read the name of one job.

    Raises:
        InvalidArgument: it is not ``PROCESS@TIMEPERIOD``.
    """
    if match := _JOB.fullmatch(text.strip()):
        return JobKey(match[1], match[2])
    raise InvalidArgument(f'job "{text}" cannot be read', remedy="write PROCESS@TIMEPERIOD")


def parse_entry(text: str) -> EntryTarget | None:
    """Read the name of a freerun entry; None when it is spelled otherwise."""
    match = _ENTRY.fullmatch(text.strip())
    return EntryTarget(match[1], match[2]) if match else None
