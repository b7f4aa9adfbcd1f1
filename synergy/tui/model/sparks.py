"""How figures came to where they are, as one line of small bars; digits of height in plain ASCII."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from synergy.tui.model.glyphs import GlyphSet

_BARS: Final = "▁▂▃▄▅▆▇█"
_ASCII: Final = "_.:-=+*#"


def spark(values: Sequence[float], width: int, glyphs: GlyphSet, *, full: float = 0.0) -> str:
    """The newest ``width`` values, the newest on the right; ``full``: what fills a bar unless a value is above it."""
    shown = values[-width:] if width > 0 else ()
    top = max([full, *shown], default=0.0)
    bars = glyphs.choose(_BARS, _ASCII)
    most = len(bars) - 1
    return "".join(bars[round(most * max(0.0, value) / top) if top else 0] for value in shown).rjust(width)
