"""The bordered panel of a screen: title on top, freshness at the bottom, dimmed while what it shows is stale."""

from __future__ import annotations

from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Region


class Panel(Vertical):
    """Textual repaints a whole widget when its border's title changes; this one repaints only the border's line."""

    def tell_title(self, text: str) -> None:
        """Say what is shown."""
        title = Content(text)
        if title != self._border_title:
            self._border_title = title
            self.refresh(Region(-1, -1, max(1, self.outer_size.width), 1))

    def tell_freshness(self, text: str, *, stale: bool) -> None:
        """Say how fresh it is."""
        subtitle = Content(text)
        if subtitle != self._border_subtitle:
            before = self._border_subtitle.cell_length if self._border_subtitle else 0
            self._border_subtitle = subtitle
            width = max(before, subtitle.cell_length) + 6
            self.refresh(Region(-1, self.size.height, min(width, max(1, self.outer_size.width)), 1))
        self.set_class(stale, "-stale")

    @property
    def title_text(self) -> str:
        """The title, as it is read."""
        return self._border_title.plain.strip() if self._border_title else ""

    @property
    def freshness_text(self) -> str:
        """The freshness, as it is read."""
        return self._border_subtitle.plain.strip() if self._border_subtitle else ""
