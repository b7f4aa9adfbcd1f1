"""Which screen shows which place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from synergy.tui.screens.frame import Frame
from synergy.tui.screens.job import JobScreen
from synergy.tui.screens.lists import CollectorScreen, FreerunScreen, ProcessesScreen, WorkersScreen
from synergy.tui.screens.log import LogScreen
from synergy.tui.screens.overview import OverviewScreen
from synergy.tui.screens.timetable import TimetableScreen
from synergy.tui.screens.tree import TreeScreen
from synergy.tui.screens.uows import UowsScreen

SCREENS: Final[Mapping[str, type[Frame]]] = {
    kind.screen_name: kind
    for kind in (
        OverviewScreen,
        TimetableScreen,
        TreeScreen,
        JobScreen,
        UowsScreen,
        LogScreen,
        ProcessesScreen,
        FreerunScreen,
        CollectorScreen,
        WorkersScreen,
    )
}
"""Every screen by the name that places and actions use."""
