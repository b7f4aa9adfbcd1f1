"""Which screen shows which place; a screen's module is imported when the screen is first shown."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final

from synergy.tui.desk import Desk
from synergy.tui.model.trail import Place
from synergy.tui.screens.frame import Frame

SCREENS: Final[Mapping[str, str]] = {
    "overview": "overview:OverviewScreen",
    "timetable": "timetable:TimetableScreen",
    "tree": "tree:TreeScreen",
    "job": "job:JobScreen",
    "uows": "uows:UowsScreen",
    "log": "log:LogScreen",
    "diff": "diff:DiffScreen",
    "merged": "merged:MergedScreen",
    "logs": "own_logs:OwnLogsScreen",
    "processes": "processes:ProcessesScreen",
    "process": "processes:ProcessScreen",
    "freerun": "freerun:FreerunScreen",
    "collector": "lists:CollectorScreen",
    "workers": "boxes:WorkersScreen",
    "box": "boxes:BoxScreen",
    "directives": "directives:DirectivesScreen",
    "batch": "directives:BatchScreen",
    "problems": "problems:ProblemsScreen",
    "audit": "audit:AuditScreen",
}
"""``module:class`` within this room, by the name that places and actions use."""


def screen_of(place: Place, desk: Desk) -> Frame:
    """A new screen for a place."""
    return screen_type(place.screen)(desk, place)


def screen_type(screen: str) -> type[Frame]:
    """The class of a screen."""
    module, _, name = SCREENS[screen].partition(":")
    kind: type[Frame] = getattr(import_module(f"synergy.tui.screens.{module}"), name)
    assert issubclass(kind, Frame), screen  # noqa: S101 - a wrong table is a defect of this program
    return kind
