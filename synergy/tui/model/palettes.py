"""What colours mean, and how each theme draws each meaning; the only place of the console that names colours.

Models tell meanings (``processed``, ``bold problem``); widgets and the stylesheet look them up in the theme of the
moment. Every colour is one of the 256 that a terminal has over ssh, so that more colours would look the same; where
there are only 16, a theme has a form of its own instead of what happens to lie nearest.
"""

# ruff: noqa: E501 - one meaning, one line
from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

THEMES: Final = ("dark", "light", "high-contrast", "color-blind")
"""The themes' names, the usual one first."""

FEW: Final = "-16"
"""What the name of a theme ends with where the terminal has 16 colours."""

_COLUMNS: Final = (*THEMES, *(f"{theme}{FEW}" for theme in THEMES))

_COLORS: Final[Mapping[str, tuple[str, ...]]] = {
    # meaning            dark       light      contrast   blind      and each with 16 colours
    "ground":            ("#121212", "#ffffff", "#000000", "#000000", "#000000", "#ffffff", "#000000", "#000000"),
    "surface":           ("#1c1c1c", "#eeeeee", "#000000", "#121212", "#000000", "#ffffff", "#000000", "#000000"),
    "bar":               ("#262626", "#dadada", "#000000", "#262626", "#000000", "#aaaaaa", "#000000", "#000000"),
    "field":             ("#303030", "#dadada", "#303030", "#303030", "#0000aa", "#aaaaaa", "#0000aa", "#0000aa"),
    "field-focus":       ("#3a3a3a", "#ffffff", "#4e4e4e", "#3a3a3a", "#0000aa", "#ffffff", "#0000aa", "#0000aa"),
    "edge":              ("#444444", "#9e9e9e", "#ffffff", "#585858", "#aaaaaa", "#555555", "#ffffff", "#aaaaaa"),
    "edge-stale":        ("#af5f00", "#af5f00", "#ffaf00", "#d75f00", "#aa5500", "#aa0000", "#ffff55", "#aa5500"),
    "scrollbar":         ("#5f5f5f", "#9e9e9e", "#ffffff", "#5f5f5f", "#aaaaaa", "#555555", "#ffffff", "#aaaaaa"),
    "selected-ground":   ("#005f87", "#005faf", "#ffff00", "#005faf", "#00aaaa", "#0000aa", "#ffff55", "#00aaaa"),
    "selected-text":     ("#ffffff", "#ffffff", "#000000", "#ffffff", "#000000", "#ffffff", "#000000", "#000000"),
    "rest-ground":       ("#303030", "#dadada", "#3a3a3a", "#303030", "#0000aa", "#aaaaaa", "#0000aa", "#0000aa"),
    "rest-text":         ("#ffffff", "#000000", "#ffffff", "#ffffff", "#ffffff", "#000000", "#ffffff", "#ffffff"),
    "cursor-ground":     ("#005fd7", "#005fd7", "#ffff00", "#ffffff", "#aaaaaa", "#0000aa", "#ffff55", "#aaaaaa"),
    "cursor-text":       ("#ffffff", "#ffffff", "#000000", "#000000", "#000000", "#ffffff", "#000000", "#000000"),
    "marked-ground":     ("#5f5f00", "#ffd787", "#5f00d7", "#5f5f00", "#aa00aa", "#aa00aa", "#aa00aa", "#aa00aa"),
    "marked-text":       ("#ffffff", "#000000", "#ffffff", "#ffffff", "#ffffff", "#ffffff", "#ffffff", "#ffffff"),
    "match-ground":      ("#ffd75f", "#ffd75f", "#ffff00", "#ffd75f", "#00aa00", "#00aa00", "#ffff55", "#00aa00"),
    "match-text":        ("#121212", "#000000", "#000000", "#000000", "#000000", "#000000", "#000000", "#000000"),
    "badge-text":        ("#121212", "#ffffff", "#000000", "#000000", "#000000", "#ffffff", "#000000", "#000000"),
    "title-ground":      ("#005f87", "#005faf", "#005faf", "#005faf", "#0000aa", "#0000aa", "#0000aa", "#0000aa"),
    "text":              ("#d0d0d0", "#1c1c1c", "#ffffff", "#d0d0d0", "#aaaaaa", "#000000", "#ffffff", "#aaaaaa"),
    "faint":             ("#8a8a8a", "#585858", "#d0d0d0", "#949494", "#aaaaaa", "#555555", "#ffffff", "#aaaaaa"),
    "hint":              ("#bcbcbc", "#444444", "#ffffff", "#bcbcbc", "#aaaaaa", "#000000", "#ffffff", "#aaaaaa"),
    "off":               ("#585858", "#9e9e9e", "#8a8a8a", "#585858", "#555555", "#aaaaaa", "#aaaaaa", "#555555"),
    "heading":           ("#afafd7", "#005f87", "#ffffff", "#afafd7", "#ffffff", "#0000aa", "#ffffff", "#ffffff"),
    "key":               ("#87afff", "#0000af", "#87d7ff", "#87afff", "#55ffff", "#0000aa", "#55ffff", "#55ffff"),
    "good":              ("#5faf5f", "#005f00", "#00d700", "#5fafff", "#00aa00", "#0000aa", "#55ff55", "#5555ff"),
    "warning":           ("#ffaf5f", "#875f00", "#ffaf00", "#ffd700", "#ffff55", "#aa00aa", "#ffff55", "#ffff55"),
    "problem":           ("#ff5f5f", "#af0000", "#ff8787", "#ff5f00", "#ff5555", "#aa0000", "#ff5555", "#ff5555"),
    "held":              ("#87afd7", "#005f87", "#87d7ff", "#87afd7", "#00aaaa", "#0000aa", "#55ffff", "#00aaaa"),
    "sealed":            ("#d7af87", "#875f00", "#ffd7af", "#d7af87", "#ffff55", "#aa00aa", "#ffff55", "#ffff55"),
    "batch":             ("#af87ff", "#8700d7", "#d787ff", "#af87ff", "#ff55ff", "#0000aa", "#ff55ff", "#ff55ff"),
    "draining":          ("#d787ff", "#8700af", "#ff87ff", "#d787ff", "#ff55ff", "#aa00aa", "#ff55ff", "#ff55ff"),
    "stderr":            ("#ff875f", "#af0000", "#ffaf87", "#ff875f", "#ff5555", "#aa0000", "#ff5555", "#ff5555"),
    "logged":            ("#87afaf", "#005f5f", "#afd7d7", "#87afaf", "#00aaaa", "#0000aa", "#55ffff", "#00aaaa"),
    "embryo":            ("#8a8a8a", "#626262", "#ffffff", "#949494", "#aaaaaa", "#555555", "#ffffff", "#aaaaaa"),
    "in-progress":       ("#5fd7ff", "#005fd7", "#00d7ff", "#afffff", "#55ffff", "#5555ff", "#55ffff", "#55ffff"),
    "final-run":         ("#af87ff", "#8700d7", "#d787ff", "#875fff", "#ff55ff", "#5555ff", "#ff55ff", "#ff55ff"),
    "processed":         ("#5faf5f", "#005f00", "#00d700", "#5fafff", "#00aa00", "#0000aa", "#55ff55", "#5555ff"),
    "skipped":           ("#ffaf5f", "#875f00", "#ff8700", "#ffd700", "#ffff55", "#aa00aa", "#ffff55", "#ffff55"),
    "noop":              ("#87afaf", "#5f5f87", "#afafd7", "#afaf5f", "#00aaaa", "#555555", "#aaaaaa", "#aa5500"),
    "invalid":           ("#ff5f5f", "#af0000", "#ff8787", "#ff5f00", "#ff5555", "#aa0000", "#ff5555", "#ff5555"),
    "requested":         ("#d7d7af", "#5f5f00", "#ffff87", "#ffffaf", "#ffffff", "#000000", "#ffffff", "#ffffff"),
    "unloaded":          ("#444444", "#bcbcbc", "#8a8a8a", "#585858", "#555555", "#aaaaaa", "#aaaaaa", "#555555"),
}  # fmt: skip

STATES: Final = ("embryo", "in-progress", "final-run", "processed", "skipped", "noop", "invalid", "requested")
"""The meanings that must be told apart among each other."""

BADGES: Final = ("held", "sealed", "draining", "problem", "warning")
"""Meanings that are also drawn as a badge, ``badge-held``: dark or light text on the colour."""

_PAIRS: Final = ("selected", "rest", "cursor", "marked", "match")
"""Meanings that are a ground and a text; ``rest`` is the row or place in a widget that has not the focus."""


class Palette(NamedTuple):
    """The colours of one theme. ``inks``: what Rich is told for each meaning that models and widgets may name."""

    name: str
    colors: Mapping[str, str]
    inks: Mapping[str, str]

    @property
    def veil(self) -> str:
        """What lies over a screen below a dialog; 16 colours have none for what is a little darker than light."""
        if self.is_dark:
            return "#000000 60%"
        return "#000000 0%" if self.name.endswith(FEW) else "#000000 25%"

    @property
    def is_dark(self) -> bool:
        """Whether its ground is dark."""
        return self.colors["ground"] < "#8"

    def spell(self, meaning: str) -> str:
        """What Rich is told for words like ``bold problem``; what is no meaning is passed on."""
        return " ".join(self.inks.get(word, word) for word in meaning.split())


@lru_cache(maxsize=len(_COLUMNS) * 2)
def palette_of(name: str, *, colored: bool = True) -> Palette:
    """A theme's palette by its name, the usual one's when there is none of that name.

    Without colours (``NO_COLOR``) whatever would stand on a ground of its own is reversed; what is chosen in a widget
    that has not the focus is underlined, for only the focus may look like it.
    """
    column = _COLUMNS.index(name) if name in _COLUMNS else 0
    colors = {meaning: row[column] for meaning, row in _COLORS.items()}
    inks = {meaning: color if colored else "default" for meaning, color in colors.items()}
    for pair in _PAIRS:
        alone = "bold underline" if pair == "rest" else "bold reverse"
        inks[pair] = f"bold {colors[f'{pair}-text']} on {colors[f'{pair}-ground']}" if colored else alone
    for badge in BADGES:
        inks[f"badge-{badge}"] = f"bold {colors['badge-text']} on {colors[badge]}" if colored else "bold reverse"
    return Palette(_COLUMNS[column], colors, inks)


def theme_for(theme: str, color_system: str | None) -> str:
    """The form of a theme that fits what the terminal can do, as Rich calls it: ``standard`` is 16 colours."""
    return theme + FEW if color_system == "standard" else theme


def title_style(palette: Palette, color: str | None) -> str:
    """The environment's name on its own colour, in black or white, whichever can be read better."""
    ground = color or palette.colors["title-ground"]
    if palette.inks["text"] == "default":
        return "bold reverse"
    return f"bold {'#ffffff' if contrast('#ffffff', ground) >= contrast('#000000', ground) else '#000000'} on {ground}"


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, ``#rrggbb``, from 1 to 21, as the Web Content Accessibility Guidelines 2.1 define it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    parts = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
