from __future__ import annotations

from pathlib import Path

from synergy.core.context import MachineKind
from synergy.core.machines import TABLES
from synergy.core.machines.drawing import draw

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "machines.md"


def test_the_documentation_is_drawn_from_the_tables() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == draw(), "stale: run .venv/bin/python scripts/diagrams"


def test_the_drawing_names_every_rule() -> None:
    drawn = draw()
    assert all(f"| {rule.name} |" in drawn for kind in MachineKind for rule in TABLES[kind].rules)
