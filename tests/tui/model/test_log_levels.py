from __future__ import annotations

import pytest

from synergy.tui.model.log_levels import STEPS, Level, LevelReader, next_step, stated_level


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("2026-11-23 08:33:27,123 ERROR flights.jobs: no such file", Level.ERROR),
        ("[WARNING] disk is nearly full", Level.WARNING),
        ("WARN  [main] c.e.App - slow", Level.WARNING),
        ("INFO:root:read 842 rows", Level.INFO),
        ("08:33 | DEBUG | jobs:12 - x", Level.DEBUG),
        ('{"at": "2026-11-23", "level": "error", "message": "x"}', Level.ERROR),
        ("ts=1 level=warn msg=slow", Level.WARNING),
        ("severity=CRITICAL", Level.CRITICAL),
        ("E1123 08:33:27.123456 7 main.cc:12] gone", Level.ERROR),
        ("<3>kernel: gone", Level.ERROR),
        ("<14>app: fine", Level.INFO),
        ("error: no such file", Level.ERROR),
        ("main.c:3:1: warning: unused", Level.WARNING),
        ("fatal: not a git repository", Level.CRITICAL),
        ("Traceback (most recent call last):", Level.ERROR),
        ("842 flights", Level.UNKNOWN),
        ("the word error stands in a sentence", Level.UNKNOWN),
        ("ERRORS=0", Level.UNKNOWN),
        ("a level of water", Level.UNKNOWN),
        ("", Level.UNKNOWN),
    ],
)
def test_a_level_is_known_from_the_usual_formats(text: str, level: Level) -> None:
    assert stated_level("", text) is level


def test_what_was_stored_with_a_line_counts_more_than_its_text() -> None:
    assert stated_level("WARNING", "ERROR in a sentence") is Level.WARNING
    assert stated_level("no level", "ERROR x") is Level.ERROR


def test_lines_of_a_traceback_are_as_bad_as_its_first() -> None:
    reader = LevelReader()
    lines = ["INFO a", "Traceback (most recent call last):", '  File "x.py", line 1', "ValueError: x", "842 rows"]
    assert [reader.read("stdout", "", line) for line in lines] == [
        Level.INFO, Level.ERROR, Level.ERROR, Level.ERROR, Level.UNKNOWN,
    ]  # fmt: skip


def test_each_stream_goes_on_from_its_own_last_line() -> None:
    reader = LevelReader()
    assert reader.read("log", "ERROR", "no") is Level.ERROR
    assert reader.read("stdout", "", "  indented") is Level.UNKNOWN
    assert reader.read("log", "", "  more of it") is Level.ERROR


def test_what_stderr_says_without_a_level_is_not_hidden_from_who_looks_for_warnings() -> None:
    assert LevelReader().read("stderr", "", "no such file") is Level.WARNING
    assert LevelReader().read("stderr", "", "DEBUG x") is Level.DEBUG


def test_the_key_steps_through_levels_and_back_to_all() -> None:
    level, seen = Level.UNKNOWN, []
    for _ in STEPS:
        level = next_step(level)
        seen.append(level)
    assert seen == [Level.INFO, Level.WARNING, Level.ERROR, Level.UNKNOWN]
    assert next_step(Level.CRITICAL) is Level.UNKNOWN
