"""One line to choose one of a few values with the left and right keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from synergy.tui.model.forms import Option
from synergy.tui.widgets.colors import style_of


class Choice(Widget, can_focus=True):
    """Shows the value, what it means, and that there are others."""

    DEFAULT_CSS = "Choice { height: 1; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", show=False),
        Binding("right,space", "turn(1)", show=False),
    ]

    class Changed(Message):
        """Another value was chosen."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

    def __init__(
        self,
        options: Sequence[Option],
        *,
        arrows: tuple[str, str],
        value: str = "",
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self._options = tuple(options)
        self._arrows = arrows
        self._at = next((at for at, option in enumerate(self._options) if option.value == value), 0)

    @property
    def value(self) -> str:
        """The value chosen."""
        return self._options[self._at].value

    def action_turn(self, by: int) -> None:
        """Go on to the next value; behind the last comes the first."""
        self._at = (self._at + by) % len(self._options)
        self.refresh()
        self.post_message(self.Changed(self))

    def render_line(self, y: int) -> Strip:
        """Draw the line: ``‹ value ›  what it means  1/3``; a value that is empty is told by its meaning."""
        base = self.rich_style
        if y:
            return Strip.blank(self.size.width, base)
        option = self._options[self._at]
        left, right = self._arrows
        shown, meaning = (
            (option.value, option.label) if option.value and " " not in option.value else (option.label, "")
        )
        number = f"{self._at + 1}/{len(self._options)} "
        parts = [(f" {left} ", "key"), (shown, "bold"), (f" {right}", "key"), (f"  {meaning}", "hint")]
        used = sum(cell_len(text) for text, _ in parts)
        parts.append((" " * max(1, self.size.width - used - len(number)) + number, "hint"))
        segments = [Segment(text, base + style_of(color)) for text, color in parts]
        return Strip(segments).adjust_cell_length(self.size.width, base)
