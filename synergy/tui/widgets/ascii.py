"""The last resort of terminals without UTF-8: whatever is drawn, by us or by Textual, leaves as ASCII."""

from __future__ import annotations

from typing import Final

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_ALIKE: Final = {
    "…": "~", "—": "-", "–": "-", "·": "-", "›": ">", "×": "x", "“": '"', "”": '"', "▴": "^", "▾": "v",
    "▶": ">", "▼": "v", "→": ">", "←": "<", "↑": "^", "↓": "v", "─": "-", "━": "-", "│": "|", "┃": "|", "▌": "|",
    "█": "#", "⋮": ":", "≥": ">", "±": "+", "↵": "/",
}  # fmt: skip
_OTHER: Final = "?"
_BLOCKS: Final = range(0x2580, 0x25A0)
_LINES: Final = range(0x2500, 0x2580)


class AsciiFilter(LineFilter):
    """One character for one, so that nothing moves."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """See LineFilter."""
        del background
        return [at if at.text.isascii() else Segment(spell(at.text), at.style, at.control) for at in segments]


def spell(text: str) -> str:
    """The text in ASCII, with what looks most alike."""
    return "".join(sign if sign.isascii() else _spell(sign) for sign in text)


def _spell(sign: str) -> str:
    if sign in _ALIKE:
        return _ALIKE[sign]
    if ord(sign) in _LINES:
        return "+"
    return " " if ord(sign) in _BLOCKS else _OTHER
