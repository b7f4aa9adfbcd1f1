"""What an operator chooses about the console itself: a saved view, and how everything looks."""

from __future__ import annotations

import asyncio

from synergy.core.errors import InvalidArgument
from synergy.tui.commands import Choose, parse_place
from synergy.tui.desk import Desk
from synergy.tui.model.filters import EVERYTHING, Filter
from synergy.tui.model.settings import check_theme, check_view_name
from synergy.tui.model.trail import HOME, Place
from synergy.tui.model.views import line_to, view_called
from synergy.tui.places import GoTo, Wear
from synergy.tui.screens.working import Working
from synergy.tui.settings_file import keep_view


class Choosing(Working):
    """Does what ``:view`` and ``:theme`` say."""

    desk: Desk
    place: Place = HOME
    wanted: Filter = EVERYTHING

    def choose(self, command: Choose) -> None:
        """Go to a view, save this one, or look otherwise.

        Raises:
            InvalidArgument: there is no such view or theme, or the name is none.
        """
        match command.what:
            case "view":
                self._go_to_view(command.name)
            case "save view":
                check_view_name(command.name)
                self.work(self._keep_view(command.name, line_to(self.place, self.wanted.source)), "saving")
            case _:
                self.post_message(Wear(check_theme(command.name)))

    def _go_to_view(self, name: str) -> None:
        go = parse_place(view_called(name, self.desk.settings.views))
        self.post_message(GoTo(go.place, filter_source=go.filter_source))

    async def _keep_view(self, name: str, line: str) -> None:
        try:
            path = await asyncio.to_thread(keep_view, self.desk.file, name, line)
        except InvalidArgument as problem:
            self.notify(str(problem), severity="error", markup=False)
            return
        self.notify(f"Saved in {path}: :view {name} is :{line}", markup=False)
