"""The states of jobs and units of work: the words that are stored, sent and shown.

Values are stored in users' databases: a name may be added, never renamed.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, TypeVar

from synergy.core.errors import InvalidArgument


class JobState(StrEnum):
    """The state of one job: a process at one timeperiod."""

    EMBRYO = "state_embryo"
    IN_PROGRESS = "state_in_progress"
    FINAL_RUN = "state_final_run"
    PROCESSED = "state_processed"
    SKIPPED = "state_skipped"
    NOOP = "state_noop"

    @property
    def word(self) -> str:
        """The state as people read it: ``processed``, ``in progress``."""
        return self.value.removeprefix("state_").replace("_", " ")

    @property
    def is_finished(self) -> bool:
        """True for processed, skipped and noop."""
        return self in FINISHED_JOB_STATES


class UowState(StrEnum):
    """The state of one unit of work."""

    REQUESTED = "state_requested"
    IN_PROGRESS = "state_in_progress"
    PROCESSED = "state_processed"
    NOOP = "state_noop"
    CANCELED = "state_canceled"
    INVALID = "state_invalid"

    @property
    def word(self) -> str:
        """The state as people read it: ``requested``, ``in progress``."""
        return self.value.removeprefix("state_").replace("_", " ")

    @property
    def is_finished(self) -> bool:
        """True for processed, noop and canceled; an invalid unit of work will be retried."""
        return self in FINISHED_UOW_STATES


FINISHED_JOB_STATES: Final = frozenset({JobState.PROCESSED, JobState.SKIPPED, JobState.NOOP})
FINISHED_UOW_STATES: Final = frozenset({UowState.PROCESSED, UowState.NOOP, UowState.CANCELED})

JOB_STATES: Final = tuple(JobState)
"""Job states by their code: the one byte that stands for a state in the timetable's columns and in the store."""

JOB_CODES: Final = {state: code for code, state in enumerate(JOB_STATES)}
"""The code, 0–5, of each job state."""

State = TypeVar("State", JobState, UowState)


def parse_state(kind: type[State], text: str) -> State:
    """Read a state from a filter: either form (``state_skipped``, ``skipped``, ``In progress``), any case.

    Raises:
        InvalidArgument: the text names no state of this kind; the message lists those that exist.
    """
    name = text.strip().lower().replace(" ", "_").replace("-", "_").removeprefix("state_")
    try:
        return kind(f"state_{name}")
    except ValueError:
        known = ", ".join(state.word for state in kind)
        raise InvalidArgument(f'state "{text}" is unknown', remedy=f"use one of: {known}") from None
