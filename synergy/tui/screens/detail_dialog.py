"""All of one thing, in lines that may be long: an event of a history, an entry of the audit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Label

from synergy.tui.model.health import Line
from synergy.tui.places import Copy
from synergy.tui.widgets.lines import LinesView


class DetailDialog(ModalScreen[None]):
    """Any of esc, enter and d closes it; c copies what it says."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,d,q", "dismiss", "close", show=False),
        Binding("c", "copy", "copy", show=False),
    ]

    def __init__(self, title: str, lines: Sequence[Line]) -> None:
        super().__init__()
        self._title = title
        self._lines = list(lines)

    def compose(self) -> ComposeResult:
        """The lines, scrolled if they are too many."""
        with Vertical(classes="dialog wide") as dialog:
            dialog.border_title = self._title
            with VerticalScroll(id="detail-scroll"):
                yield LinesView(self._lines, fold=True, indent=8, id="detail-lines")
            yield Label("esc closes · c copies", markup=False, classes="faint")

    def on_mount(self) -> None:
        """More may have been said meanwhile."""
        self.tell(self._lines)

    def tell(self, lines: Sequence[Line]) -> None:
        """Say more, or other things; nobody is told who has closed it."""
        self._lines = list(lines)
        for view in self.query(LinesView):
            view.show_lines(self._lines)

    def action_copy(self) -> None:
        """Copy all of it."""
        self.post_message(Copy(self.query_one("#detail-lines", LinesView).text))
        self.query_one(Label).update("Copied.")
