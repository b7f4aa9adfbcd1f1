"""The styles of what is drawn line by line; Textual's stylesheet colours the rest with the same values.

Taken from the 256 colours that a terminal has over ssh. The selection is blue; success is green, so neither is taken
for the other.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rich.style import Style

HEADER: Final = Style.parse("bold #afafd7")
SELECTED: Final = Style.parse("bold on #005f87")
SELECTED_BLURRED: Final = Style.parse("on #303030")
MARKED: Final = Style.parse("italic underline")
CURSOR_CELL: Final = Style.parse("bold #ffffff on #0087d7")
MARKED_CELL: Final = Style.parse("on #5f5f00")
MATCH: Final = Style.parse("bold #121212 on #ffd75f")
GREY: Final = Style.parse("#8a8a8a")


@lru_cache(maxsize=256)
def style_of(color: str) -> Style:
    """A Rich style by its name, parsed once."""
    return Style.parse(color) if color else Style.null()
