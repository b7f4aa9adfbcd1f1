"""What a program printed, as a terminal may show it: no escape sequence of a job's reaches the operator's terminal."""

from __future__ import annotations

import re
from typing import Final

TAB: Final = 4
LINE_END: Final = "↵"
"""Stands for a line end within what is one line of the log."""

_ESCAPE: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")


def printable(text: str) -> str:
    """The text with colours taken out, tabs as blanks, and a dot for whatever else cannot be shown."""
    if text.isprintable():
        return text
    text = _ESCAPE.sub("", text).rstrip("\n").expandtabs(TAB)
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else _stand_in(sign) for sign in text)


def _stand_in(sign: str) -> str:
    if sign == "\n":
        return f" {LINE_END} "
    return " " if sign.isspace() else "·"
