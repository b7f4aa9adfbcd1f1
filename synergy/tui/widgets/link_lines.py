"""Lines of which each leads to a screen: the overview's head, with a cursor of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from synergy.tui.actions import moves
from synergy.tui.model.health import Line, Told
from synergy.tui.widgets.colors import SELECTED, style_of
from synergy.tui.widgets.lines import LinesView, fold_lines, shorten_line


class LinkLines(LinesView, can_focus=True):
    """Shows what is told, folded; the cursor stands on one of those that lead somewhere."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(move.keys, move.verb, move.help, show=False)
        for move in moves("cursor_up", "cursor_down", "first", "last")
    ]

    class Below(Message):
        """The cursor was to go down from the last line."""

    class Chosen(Message):
        """A line was clicked twice."""

    def __init__(self, *, indent: int, id: str | None = None) -> None:  # noqa: A002
        super().__init__(fold=True, indent=indent, id=id)
        self._told: tuple[Told, ...] = ()
        self._owners: list[int] = []
        self._cursor = 0

    def show_told(self, told: Sequence[Told]) -> None:
        """Show these; the cursor stays on the line that leads to the same place, or near."""
        before = self.told
        self._told = tuple(told)
        same = next((at for at, each in enumerate(told) if before and each.way and each.way == before.way), None)
        self._cursor = same if same is not None else self._near(self._cursor)
        self.show_lines([each.line for each in told])

    @property
    def told(self) -> Told | None:
        """What the cursor stands on."""
        return self._told[self._cursor] if self._cursor < len(self._told) else None

    def go_to(self, *, last: bool) -> None:
        """Put the cursor on the first or last line that leads somewhere."""
        steps = self._steps
        self._go(steps[-1 if last else 0] if steps else 0)

    def action_cursor_up(self) -> None:
        """One line up."""
        self._go(next((at for at in reversed(self._steps) if at < self._cursor), self._cursor))

    def action_cursor_down(self) -> None:
        """One line down; from the last one to what stands below."""
        below = next((at for at in self._steps if at > self._cursor), None)
        if below is None:
            self.post_message(self.Below())
        else:
            self._go(below)

    def action_first(self) -> None:
        """To the first line."""
        self.go_to(last=False)

    def action_last(self) -> None:
        """To the last line."""
        self.go_to(last=True)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor there; twice goes in."""
        if event.y < len(self._owners) and self._owners[event.y] in self._steps:
            self._go(self._owners[event.y])
            if event.chain == 2:
                self.post_message(self.Chosen())

    def on_focus(self) -> None:
        """Show the cursor."""
        self._cursor = self._near(self._cursor)
        self.refresh()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.refresh()

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many as there are lines."""
        del container, viewport
        return len(self._folded(width)[0])

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        strip = super().render_line(y)
        chosen = self.has_focus and y < len(self._owners) and self._owners[y] == self._cursor
        return strip.apply_style(style_of(SELECTED)) if chosen else strip

    @property
    def _steps(self) -> list[int]:
        return [at for at, told in enumerate(self._told) if told.leads is not None]

    def _near(self, index: int) -> int:
        return min(self._steps, key=lambda at: abs(at - index), default=0)

    def _go(self, index: int) -> None:
        if index != self._cursor:
            self._cursor = index
            self.refresh()

    def _folded(self, width: int) -> tuple[list[Line], list[int]]:
        lines: list[Line] = []
        owners: list[int] = []
        for at, told in enumerate(self._told):
            own = [shorten_line(told.line, width)] if told.is_cut else fold_lines([told.line], width, self._indent)
            lines += own
            owners += [at] * len(own)
        return lines, owners

    def _lay_out(self) -> None:
        before = self._lines
        self._lines, self._owners = self._folded(self.size.width)
        if len(before) != len(self._lines):
            self.refresh(layout=True)
        elif before != self._lines:
            self.refresh()
