"""Work in the background of a screen, which may be answered when the screen has just been left."""

from __future__ import annotations

from collections.abc import Coroutine

from textual.css.query import NoMatches
from textual.screen import Screen


class Working(Screen[None]):
    """Textual ends a screen's workers after it has taken its widgets away; in between they may still be answered."""

    @property
    def is_whole(self) -> bool:
        """Whether all widgets are there: mounted, and not being taken away."""
        return self.is_mounted and self.is_attached and self.display and self.app.is_running

    def work(self, doing: Coroutine[None, None, None], group: str, *, exclusive: bool = False) -> None:
        """Do something in the background; ``exclusive`` ends what its group was doing before."""
        self.run_worker(self._while_whole(doing), group=group, exclusive=exclusive)

    async def _while_whole(self, doing: Coroutine[None, None, None]) -> None:
        try:
            await doing
        except NoMatches:
            if self.is_whole:
                raise
