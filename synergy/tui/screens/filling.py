"""How a screen has a form filled in that leads to no verb's plan: typed, looked at, tried out, shown, and then done."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.tui.model.formats import read_stamp
from synergy.tui.model.forms import Seen, Sheet
from synergy.tui.model.wishes import Given
from synergy.tui.screens.tabular import Tabular


class Filling(Tabular):
    """A table of things that are made or changed in a form."""

    def fill_in(
        self, sheet: Sheet, look: Callable[[Given], Seen], request: Callable[[Given], q.Change[r.Done]]
    ) -> None:
        """Have a form filled in, and make the change that it is about. Who leaves the plan is back in the form."""
        self.work(self._filled(sheet, look, request), "changing", exclusive=True)

    async def _filled(
        self, sheet: Sheet, look: Callable[[Given], Seen], request: Callable[[Given], q.Change[r.Done]]
    ) -> None:
        from synergy.tui.screens.form_dialog import FormDialog  # noqa: PLC0415 - no part of the first picture

        told: tuple[str, ...] = ()

        async def try_out(given: Given) -> None:
            nonlocal told
            told = await self.preview(request(given))

        while True:
            given = await self.app.push_screen_wait(FormDialog(sheet, self.desk.style.glyphs, try_out, look))
            if given is None:
                return
            wanted = replace(request(given), reason=given.get("reason") or None)
            if await self.settle(f"{sheet.title}?", wanted, told):
                return
            sheet = sheet.filled(given)

    @property
    def now(self) -> str:
        """Schedule time as it was heard last."""
        return self.desk.view.schedule_time

    @property
    def schedule_seconds(self) -> float:
        """The daemon's schedule time as it was heard last, in seconds since the epoch."""
        stamp = read_stamp(self.now)
        return stamp.timestamp() if stamp else 0.0
