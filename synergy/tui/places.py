"""What a screen asks of the app: to show another place."""

from __future__ import annotations

from textual.message import Message

from synergy.tui.model.trail import Place


class GoTo(Message):
    """Show another place; ``inside``: it is reached from here, and back comes back here."""

    def __init__(self, place: Place, *, inside: bool = False, filter_source: str = "") -> None:
        super().__init__()
        self.place = place
        self.inside = inside
        self.filter_source = filter_source


class Copy(Message):
    """Put a text into the operator's clipboard."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Wear(Message):
    """Show everything in another theme."""

    def __init__(self, theme: str) -> None:
        super().__init__()
        self.theme = theme


class Redraw(Message):
    """Draw the whole screen again, whatever stands on the terminal: something else may have written there."""


class GoBack(Message):
    """Leave this place; ``last``: for the view before, wherever it was."""

    def __init__(self, *, last: bool = False) -> None:
        super().__init__()
        self.last = last
