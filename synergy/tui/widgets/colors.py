"""Looks meanings up in the theme that the app shows now, for what is drawn line by line; see model/palettes.py.

The selection is drawn over the row's own colours: a glyph and a word still tell the state, and both can be read.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rich.style import Style
from textual._context import active_app
from textual.color import Color, ColorParseError
from textual.theme import Theme

from synergy.tui.model.palettes import Palette, palette_of, title_style

HEADER: Final = "heading"
SELECTED: Final = "selected"
SELECTED_BLURRED: Final = "rest"
MARKED: Final = "italic underline"
CURSOR_CELL: Final = "cursor"
MARKED_CELL: Final = "marked"
MATCH: Final = "match"
GREY: Final = "faint"

_PLAIN: Final = Style.null()


def look_now() -> tuple[str, bool]:
    """The theme of the app that is drawing, and whether it may use colours: what is drawn must be drawn anew for."""
    app = active_app.get(None)
    return ("", True) if app is None else (app.theme, not app.no_color)


def style_of(meaning: str) -> Style:
    """A Rich style for words like ``bold problem``, parsed once per theme."""
    return _style(meaning, *look_now()) if meaning else _PLAIN


def title_of(color: str | None) -> str:
    """How the environment's name is drawn; a colour that is none counts as none."""
    try:
        known = Color.parse(color).hex6.lower() if color else None
    except ColorParseError:
        known = None
    return title_style(_palette(*look_now()), known)


def theme_of(palette: Palette) -> Theme:
    """The palette as Textual's stylesheet wants it; each meaning is a variable of the same name."""
    colors = palette.colors
    return Theme(
        name=palette.name,
        primary=colors["key"],
        secondary=colors["held"],
        accent=colors["key"],
        foreground=colors["text"],
        background=colors["ground"],
        surface=colors["surface"],
        panel=colors["bar"],
        success=colors["good"],
        warning=colors["warning"],
        error=colors["problem"],
        dark=palette.is_dark,
        variables={
            **{name: color for name, color in colors.items() if name != "text"},
            "scrollbar-background": colors["surface"],
            "veil": palette.veil,
        },
    )


@lru_cache(maxsize=1024)
def _style(meaning: str, theme: str, colored: bool) -> Style:  # noqa: FBT001 - as look_now tells it
    return Style.parse(_palette(theme, colored).spell(meaning))


def _palette(theme: str, colored: bool) -> Palette:  # noqa: FBT001 - as look_now tells it
    return palette_of(theme, colored=colored)
