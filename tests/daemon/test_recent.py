"""What is kept of that which was told."""

from __future__ import annotations

from synergy.daemon.recent import RecentLines


def test_what_was_told_behind_a_number_comes_in_its_order() -> None:
    recent = RecentLines()
    for seq in (1, 2, 4):
        recent.keep(seq, b"%d\n" % seq, seq)
    assert recent.after(1) == (b"2\n4\n", 6)
    assert recent.after(4) == (b"", 0)


def test_over_its_bound_the_oldest_lines_go_and_who_needs_them_is_told_so() -> None:
    recent = RecentLines(most_bytes=10)
    for seq in range(1, 8):
        recent.keep(seq, b"12345", 1)
    assert recent.after(5) == (b"1234512345", 2)
    assert recent.after(4) is None


def test_what_is_forgotten_cannot_be_taken_up() -> None:
    recent = RecentLines()
    recent.keep(1, b"1\n", 1)
    recent.forget(2)
    assert recent.after(1) is None
    assert recent.after(2) == (b"", 0)
