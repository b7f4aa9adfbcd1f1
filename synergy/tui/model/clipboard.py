"""How a text gets into the clipboard of the operator's own machine: xterm's OSC 52, also through tmux and screen.

A terminal answers nothing, and one that does not know the sequence drops it: nobody can know that it worked.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Final

MOST_BYTES: Final = (100_000 - len("\x1b]52;c;\a")) // 4 * 3
"""The longest text: longer sequences are dropped silently. The limit is hterm's: OSC_52_MAX_SEQUENCE in osc52.sh."""

SCREEN_BYTES: Final = 252
"""GNU screen passes on at most 256 bytes at a time, four of them its own (hterm's osc52.sh)."""

_NO_CLIPBOARD: Final = frozenset({"linux", "dumb", "vt100", "vt220"})
"""Terminals that have no clipboard at all."""


def sequences(text: str, environment: Mapping[str, str]) -> str:
    """What is written to the terminal.

    In tmux both as it is, which works with ``set-clipboard on``, and passed through, which works with
    ``allow-passthrough on``: twice the same text does no harm.
    """
    plain = f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\a"
    if environment.get("TMUX"):
        inner = plain.replace("\x1b", "\x1b\x1b")
        return f"{plain}\x1bPtmux;{inner}\x1b\\"
    if environment.get("STY"):
        parts = (plain[at : at + SCREEN_BYTES] for at in range(0, len(plain), SCREEN_BYTES))
        return "".join(f"\x1bP{part}\x1b\\" for part in parts)
    return plain


def why_not(text: str, environment: Mapping[str, str]) -> str:
    """Why the terminal cannot take it; empty: it can, as far as one knows."""
    if environment.get("TERM", "") in _NO_CLIPBOARD:
        return "this terminal has no clipboard"
    size = len(text.encode())
    return (
        f"{size:,} bytes are too many for a terminal's clipboard, {MOST_BYTES:,} at most" if size > MOST_BYTES else ""
    )


def told(text: str) -> str:
    """What was copied, in one line."""
    first, _, rest = text.strip("\n").partition("\n")
    more = rest.count("\n") + 1 if rest else 0
    shown = first if len(first) <= 80 else first[:79] + "…"
    return f"Copied: {shown}" + (f" and {more} more line{'' if more == 1 else 's'}" if more else "")
