from __future__ import annotations

import pytest

from synergy.core.states import JobState, UowState
from synergy.tui.model.glyphs import (
    CELL_LOOKS,
    INVALID,
    JOB_LOOKS,
    UNKNOWN,
    UOW_LOOKS,
    GlyphSet,
    look_of_cell,
    look_of_job,
    look_of_uow,
    speaks_utf8,
)


def test_states_are_told_apart_by_glyph_by_letter_and_by_word() -> None:
    for looks in ([*JOB_LOOKS.values(), INVALID, UNKNOWN], list(UOW_LOOKS.values())):
        for part in ("glyph", "ascii", "word"):
            shown = [getattr(look, part) for look in looks]
            assert len(set(shown)) == len(shown), part


def test_every_glyph_is_one_cell_and_every_ascii_one_is_ascii() -> None:
    for look in CELL_LOOKS.values():
        assert len(look.glyph) == len(look.ascii) == 1
        assert look.ascii.isascii()


def test_an_active_job_with_an_invalid_unit_of_work_looks_invalid() -> None:
    assert look_of_job(JobState.IN_PROGRESS, UowState.INVALID) is INVALID
    assert look_of_job(JobState.SKIPPED, UowState.INVALID) is JOB_LOOKS[JobState.SKIPPED]
    assert look_of_job(JobState.EMBRYO) is JOB_LOOKS[JobState.EMBRYO]


def test_a_state_of_a_newer_daemon_is_unknown_but_named() -> None:
    assert look_of_job("state_new").word == "state_new"
    assert look_of_uow("state_new").glyph == UNKNOWN.glyph
    assert look_of_cell("Z") is UNKNOWN


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"LANG": "C.UTF-8"}, True), ({"LANG": "en_US.utf8"}, True), ({"LANG": "C"}, False), ({}, False),
        ({"LANG": "C.UTF-8", "LC_ALL": "C"}, False), ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, True),
    ],
)  # fmt: skip
def test_the_locale_decides_about_ascii(environment: dict[str, str], expected: bool) -> None:  # noqa: FBT001
    assert speaks_utf8(environment) is expected


def test_a_glyph_set_has_one_form_of_each_sign() -> None:
    assert GlyphSet().labelled(INVALID) == "! invalid"
    assert GlyphSet(unicode=False).of(JOB_LOOKS[JobState.PROCESSED]) == "#"
    assert GlyphSet(unicode=False).choose("→", "->") == "->"
