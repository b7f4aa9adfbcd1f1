"""Lines that are folded to the width there is."""

from __future__ import annotations

import pytest

from synergy.tui.widgets.lines import fold_lines


@pytest.mark.parametrize("parts", [("-C /srv/" + "x" * 150,), ("! ", "no daemon answers on /srv/" + "x" * 150)])
def test_a_word_longer_than_a_line_is_broken_and_nothing_of_it_is_lost(parts: tuple[str, ...]) -> None:
    folded = ["".join(text for text, _ in line) for line in fold_lines([[(text, "") for text in parts]], 60, 8)]
    assert all(len(line) <= 60 for line in folded)
    assert "".join(folded).replace(" ", "") == "".join(parts).replace(" ", "")
    assert len(folded) == 4
