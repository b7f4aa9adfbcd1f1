"""The collector's queues, and what an operator may ask of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from synergy.core.control import requests as q
from synergy.tui.commands import Go
from synergy.tui.model.trail import Place
from tests.tui.operator import console


@pytest.mark.parametrize(
    ("key", "told", "line", "kind"),
    [
        ("p", "3 units of work would be offered again", "synergyctl gc flush FlightsHourly", q.CollectorFlush),
        ("g", "3 units of work would be judged", "synergyctl gc refresh", q.CollectorRefresh),
    ],
)
async def test_the_collector_is_asked_once_after_it_was_seen_what_it_would_do(
    tmp_path: Path, key: str, told: str, line: str, kind: type[q.Change[object]]
) -> None:
    async with console(tmp_path, start=Go(Place("collector"))) as operator:
        await operator.sees("exit 3")
        operator.deployment.lost_answers = 1
        await operator.types(key)
        await operator.sees(told, line, "Cancel")
        assert operator.deployment.changed == []
        await operator.types("right", "enter")
        await operator.sees("To ask again is safe")
        await operator.types("right", "enter")
        await operator.until(lambda: "ctrl+y copies the command" in operator.toasts)
        first, again = operator.deployment.changed
        assert isinstance(first, kind)
        assert (first.key, first.preview) == (again.key, False)
        assert first.key
