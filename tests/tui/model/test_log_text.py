from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synergy.tui.model.log_text import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("842 flights – grüße 日本", "842 flights – grüße 日本"),
        ("\x1b[1;31mERROR\x1b[0m no", "ERROR no"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]52;c;ZXZpbA==\x1b\\after", "after"),
        ("\x1b(Bplain\x1b7", "plain"),
        ("a\tb", "a   b"),
        ("one\ntwo\n", "one ↵ two"),
        ("bell\x07 and \x9b31m", "bell· and ·31m"),
        ("left\u202eright", "left·right"),
        ("no\xa0break", "no break"),
        ("\x1b", "·"),
    ],
)
def test_only_what_a_terminal_may_show_is_left(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    assert printable(text).isprintable()
