"""Orders as the fake daemon has them, what was planned of it, and how an operator agrees to a plan."""

from __future__ import annotations

from textual.widgets import Button

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.tui.commands import Go
from synergy.tui.model.trail import Place
from synergy.tui.screens.plan_dialog import PlanDialog
from tests.tui.fake_plans import REAL_TIME
from tests.tui.operator import Operator

JOB = "FlightsHourly@2013030514"
TIMETABLE = Go(Place("timetable"))
CELLS = "■·▸▸▸··"


def hold(reach: str, directive_id: str = "h1", **fields: object) -> r.Directive:
    return r.Directive(directive_id, "hold", reach, "olga", REAL_TIME, **fields)  # type: ignore[arg-type]


def batch(directive_id: str = "b1", *, is_paused: bool = False) -> r.Directive:
    return r.Directive(
        directive_id, "batch", "3 jobs", "olga", REAL_TIME, reason="late data", max_parallel=2, total=3, left=2,
        running=1, is_paused=is_paused,
    )  # fmt: skip


def planned(operator: Operator) -> list[q.MakePlan]:
    return [request for request in operator.deployment.asked if isinstance(request, q.MakePlan)]


async def agrees(operator: Operator) -> None:
    """Goes from Cancel to the button beside it, and presses it."""
    await operator.until(lambda: isinstance(operator.app.screen, PlanDialog))
    agree = operator.app.screen.query_one("#yes", Button)
    await operator.until(lambda: not agree.disabled and not agree.has_class("-active"))  # no press so soon after one
    await operator.until(lambda: operator.app.focused is operator.app.screen.query_one("#no"))
    await operator.types("tab", "enter")
