"""How a state looks: a glyph, a colour and a word, so that none of the three carries the meaning alone.

The theme says what colour a meaning has; the ASCII glyphs are for locales without UTF-8.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from synergy.core.states import JOB_STATES, JobState, UowState


class Look(NamedTuple):
    """One state as it is shown. ``color`` is a meaning of model/palettes.py."""

    glyph: str
    ascii: str
    color: str
    word: str


UNKNOWN: Final = Look("—", "?", "faint", "unknown")
COVERED: Final = Look("┄", "-", "off", "covered by a later checkpoint")
NO_PERIOD: Final = Look(" ", " ", "off", "no such period")
NOT_LOADED: Final = Look("░", ":", "unloaded", "not loaded yet")
INVALID: Final = Look("!", "!", "invalid", "invalid")

JOB_LOOKS: Final[Mapping[JobState, Look]] = {
    JobState.EMBRYO: Look("·", ".", "embryo", JobState.EMBRYO.word),
    JobState.IN_PROGRESS: Look("▸", ">", "in-progress", JobState.IN_PROGRESS.word),
    JobState.FINAL_RUN: Look("◆", "*", "final-run", JobState.FINAL_RUN.word),
    JobState.PROCESSED: Look("■", "#", "processed", JobState.PROCESSED.word),
    JobState.SKIPPED: Look("○", "o", "skipped", JobState.SKIPPED.word),
    JobState.NOOP: Look("×", "x", "noop", JobState.NOOP.word),
}

UOW_LOOKS: Final[Mapping[UowState, Look]] = {
    UowState.REQUESTED: Look("◇", "~", "requested", UowState.REQUESTED.word),
    UowState.IN_PROGRESS: Look("▸", ">", "in-progress", UowState.IN_PROGRESS.word),
    UowState.PROCESSED: Look("■", "#", "processed", UowState.PROCESSED.word),
    UowState.NOOP: Look("×", "x", "noop", UowState.NOOP.word),
    UowState.CANCELED: Look("○", "o", "skipped", UowState.CANCELED.word),
    UowState.INVALID: INVALID,
}

EMBRYO_CELL: Final = "0"
INVALID_CELL: Final = "6"
COVERED_CELL: Final = "-"
ABSENT_CELL: Final = " "
UNLOADED_CELL: Final = "?"

CELL_LOOKS: Final[Mapping[str, Look]] = {
    **{str(code): JOB_LOOKS[state] for code, state in enumerate(JOB_STATES)},
    INVALID_CELL: INVALID,
    COVERED_CELL: COVERED,
    ABSENT_CELL: NO_PERIOD,
    UNLOADED_CELL: NOT_LOADED,
}
"""The look of each character of a grid row."""


def look_of_job(state: str, uow_state: str | None = None) -> Look:
    """The look of a job by its stored state name; an active job whose unit of work is invalid looks invalid."""
    try:
        job_state = JobState(state)
    except ValueError:
        return UNKNOWN._replace(word=state)
    if uow_state == UowState.INVALID and not job_state.is_finished:
        return INVALID
    return JOB_LOOKS[job_state]


def look_of_uow(state: str) -> Look:
    """The look of a unit of work by its stored state name."""
    try:
        return UOW_LOOKS[UowState(state)]
    except ValueError:
        return UNKNOWN._replace(word=state)


def look_of_cell(cell: str) -> Look:
    """The look of one character of a grid row; a character this console does not know is shown as unknown."""
    return CELL_LOOKS.get(cell, UNKNOWN)


def speaks_utf8(environment: Mapping[str, str]) -> bool:
    """Whether the locale says UTF-8; LC_ALL wins over LC_CTYPE, that over LANG, as in every other program."""
    locale = environment.get("LC_ALL") or environment.get("LC_CTYPE") or environment.get("LANG") or ""
    return "utf8" in locale.lower().replace("-", "")


class GlyphSet(NamedTuple):
    """The glyphs of one terminal: the beautiful ones, or ASCII where the locale has no others."""

    unicode: bool = True

    def of(self, look: Look) -> str:
        """One character."""
        return look.glyph if self.unicode else look.ascii

    def labelled(self, look: Look) -> str:
        """Glyph and word: ``■ processed``."""
        return f"{self.of(look)} {look.word}"

    def choose(self, glyph: str, ascii_form: str) -> str:
        """A sign of the frame that is no state."""
        return glyph if self.unicode else ascii_form
