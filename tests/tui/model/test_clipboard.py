from __future__ import annotations

import base64
import re

import pytest

from synergy.tui.model.clipboard import MOST_BYTES, SCREEN_BYTES, sequences, told, why_not

TEXT = "FlightsDaily@2013010100 ✓"
BASE = base64.b64encode(TEXT.encode()).decode()


def test_a_terminal_is_told_the_text_in_base_64() -> None:
    assert sequences(TEXT, {}) == f"\x1b]52;c;{BASE}\a"


def test_in_tmux_it_is_told_both_to_tmux_and_to_the_terminal_around_it() -> None:
    assert sequences(TEXT, {"TMUX": "/run/tmux/default,1,0"}) == (
        f"\x1b]52;c;{BASE}\a\x1bPtmux;\x1b\x1b]52;c;{BASE}\a\x1b\\"
    )


def test_in_screen_it_is_passed_on_in_pieces_that_screen_takes() -> None:
    whole = sequences(TEXT * 50, {"STY": "1.pts"})
    pieces = re.findall("\x1bP(.*?)\x1b\\\\", whole, re.DOTALL)
    assert "".join(f"\x1bP{piece}\x1b\\" for piece in pieces) == whole
    assert len(pieces) > 1
    assert all(len(piece) <= SCREEN_BYTES for piece in pieces)
    assert "".join(pieces) == sequences(TEXT * 50, {})


def test_the_longest_text_makes_a_sequence_of_at_most_100_000_bytes() -> None:
    assert MOST_BYTES == 74_994
    assert why_not("x" * MOST_BYTES, {}) == ""
    assert len(sequences("x" * MOST_BYTES, {})) <= 100_000
    assert "74,995 bytes" in why_not("x" * (MOST_BYTES + 1), {})
    assert why_not("ä" * MOST_BYTES, {}) != ""


@pytest.mark.parametrize("terminal", ["linux", "dumb"])
def test_a_terminal_without_a_clipboard_is_told_so(terminal: str) -> None:
    assert why_not("x", {"TERM": terminal}) == "this terminal has no clipboard"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("A@1", "Copied: A@1"),
        ("a\nb\n", "Copied: a and 1 more line"),
        ("a\nb\nc", "Copied: a and 2 more lines"),
        ("x" * 90, f"Copied: {'x' * 79}…"),
    ],
)
def test_what_was_copied_is_told_in_one_line(text: str, line: str) -> None:
    assert told(text) == line
