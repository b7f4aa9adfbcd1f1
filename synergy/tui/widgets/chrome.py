"""The frame of every screen: the line on top, the keys at the bottom, and the line that is typed into."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Label

from synergy.tui.actions import Action
from synergy.tui.model.health import Line
from synergy.tui.widgets.lines import LinesView, shorten_line, width_of

KEY: str = "bold key"
OFF: str = "off"


class TopLine(LinesView):
    """Environment, breadcrumb, badges and schedule time, in one line."""

    def tell(self, left: Line, right: Line) -> None:
        """Show both ends; the left one gives way when there is no room for both."""
        left = shorten_line(left, self.size.width - width_of(right))
        self.show_lines([[*left, (" " * (self.size.width - width_of(left) - width_of(right)), ""), *right]])


class FooterLine(LinesView):
    """The keys that matter here, as many as fit."""

    def tell(self, actions: Sequence[Action], *, may_act: bool) -> None:
        """Show keys and labels; those that change things are dim while they are off."""
        line: Line = []
        room = self.size.width
        for action in actions:
            parts: Line = [(f" {action.key_label}", KEY), (f" {action.label} ", "")]
            if action.changes and not may_act:
                parts = [(text, OFF) for text, _ in parts]
            if width_of(parts) > room:
                continue
            room -= width_of(parts)
            line += parts
        self.show_lines([line])


class GhostText(Suggester):
    """Completes the typed line from what a screen knows."""

    def __init__(self, complete: Callable[[str], str | None]) -> None:
        super().__init__(use_cache=False, case_sensitive=False)
        self._complete = complete

    async def get_suggestion(self, value: str) -> str | None:
        """See Suggester; the value comes in lower case."""
        return self._complete(value)


class TypedLine(Horizontal):
    """Where a command, a filter or a search is typed; hidden otherwise."""

    class Typed(Message):
        """A line was entered; ``purpose`` says what it is."""

        def __init__(self, purpose: str, text: str) -> None:
            super().__init__()
            self.purpose = purpose
            self.text = text

    class Changed(Message):
        """The text changed while it is typed; a filter shows its effect at once."""

        def __init__(self, purpose: str, text: str) -> None:
            super().__init__()
            self.purpose = purpose
            self.text = text

    def __init__(self, complete: Callable[[str], str | None]) -> None:
        super().__init__()
        self._label = Label(":")
        self._input = Input(suggester=GhostText(complete), compact=True, select_on_focus=False)
        self._complete = complete
        self.purpose = ""
        self._refused: str | None = None
        self.display = False

    def compose(self) -> ComposeResult:
        """The prompt and the text."""
        yield self._label
        yield self._input

    @property
    def is_open(self) -> bool:
        """Whether it is visible."""
        return self.display

    def open(self, purpose: str, prompt: str, text: str = "") -> None:
        """Show it with a prompt and the text so far."""
        self.purpose = purpose
        self._refused = None
        self._label.update(prompt)
        self._input.cursor_blink = False
        self._input.select_on_focus = purpose != "command"  # what a command begins with is gone on with
        self._input.suggester = GhostText(self._complete) if purpose == "command" else None
        self.display = True
        self._input.value = text
        self._input.cursor_position = len(text)
        self.screen.set_focus(self._input)  # at once: what is typed right behind the key belongs here

    def close(self) -> None:
        """Hide it."""
        self.display = False
        self.purpose = ""

    def refuse(self) -> None:
        """The line stays, to be corrected; but the key that opens a command begins a new one behind it."""
        self._refused = self._input.value if self.purpose == "command" else None

    def _begun_anew(self, value: str) -> str:
        """What was typed behind that key; other keys may have come before this is heard."""
        if self._refused is None or not value.startswith(f"{self._refused}:"):
            return value
        return value[len(self._refused) + 1 :]

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Pass the line on."""
        event.stop()
        self.post_message(self.Typed(self.purpose, self._begun_anew(event.value)))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell what is typed so far."""
        event.stop()
        begun = self._begun_anew(self._input.value)
        if begun != self._input.value:
            self._refused = None
            self._input.value = begun
            self._input.cursor_position = len(begun)
        if self.is_open:
            self.post_message(self.Changed(self.purpose, event.value))
