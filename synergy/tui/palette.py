"""The command palette: every action of the screen that is shown, and every process and tree to go to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from synergy.tui.actions import offered
from synergy.tui.commands import Choose
from synergy.tui.model.palettes import THEMES
from synergy.tui.model.trail import Place
from synergy.tui.places import GoTo
from synergy.tui.screens.frame import Frame


class ConsoleCommands(Provider):
    """Fed by the table of actions."""

    async def discover(self) -> Hits:
        """The screen's actions, before anything is typed."""
        for name, text, act in self._actions():
            yield DiscoveryHit(name, act, help=text)

    async def search(self, query: str) -> Hits:
        """Actions, processes and trees that match."""
        matcher = self.matcher(query)
        for name, text, act in (*self._actions(), *self._choices(), *self._places()):
            if (score := matcher.match(name)) > 0:
                yield Hit(score, matcher.highlight(name), act, help=text)

    @property
    def _frame(self) -> Frame | None:
        return self.screen if isinstance(self.screen, Frame) else None

    def _actions(self) -> Iterator[tuple[str, str, Callable[[], None]]]:
        frame = self._frame
        if frame is not None:
            for action in offered(frame.screen_name, may_change=frame.desk.may_change, table=frame.desk.actions):
                if action.action_id != "palette":
                    name = f"{action.label}  ({action.key_label})"
                    yield name, action.help, partial(frame.action_act, action.action_id)

    def _choices(self) -> Iterator[tuple[str, str, Callable[[], None]]]:
        frame = self._frame
        if frame is not None:
            for name, line in frame.desk.settings.views.items():
                yield f"view {name}", f":{line}", partial(frame.choose, Choose("view", name))
            for theme in THEMES:
                yield f"theme {theme}", "how everything looks", partial(frame.choose, Choose("theme", theme))

    def _places(self) -> Iterator[tuple[str, str, Callable[[], None]]]:
        frame = self._frame
        if frame is not None:
            for row in frame.desk.view.processes:
                place = Place("timetable", row.process_name)
                yield f"timetable {row.process_name}", f"{row.time_qualifier} periods", partial(_go, frame, place)
            for tree in frame.desk.view.trees:
                yield (
                    f"tree {tree.tree_name}",
                    "its periods by year, month, day",
                    partial(_go, frame, Place("tree", tree.tree_name)),
                )


def _go(frame: Frame, place: Place) -> None:
    frame.post_message(GoTo(place))
