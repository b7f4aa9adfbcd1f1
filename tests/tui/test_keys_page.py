from __future__ import annotations

from pathlib import Path

from synergy.tui.actions import ACTIONS
from synergy.tui.keys_page import draw

PAGE = Path(__file__).parents[2] / "docs" / "keys.md"


def test_the_page_of_keys_is_not_stale() -> None:
    assert PAGE.read_text(encoding="utf-8") == draw(), "run scripts/diagrams"


def test_every_action_stands_on_the_page() -> None:
    text = draw()
    assert [action.action_id for action in ACTIONS if action.help not in text] == []
