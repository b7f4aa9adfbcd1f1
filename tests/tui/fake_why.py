"""Why jobs of the small deployment in memory do not go on."""

from __future__ import annotations

from typing import Final

from synergy.core.control import replies as r
from synergy.core.control import why_requests as y
from tests.tui.fake_plans import REAL_TIME, state_of

FAILED: Final = "FlightsHourly@2013030418"
HELD: Final = "WeatherHourly@2013030509"
ROOTS: Final = (
    r.RootCause(
        FAILED, "retry_wait", f"{FAILED}.1 failed in attempt 3 (exit 3); offered again in 8 m 32 s", f"{FAILED}.1",
        REAL_TIME, None, None, "no such file", "synergyctl gc flush FlightsHourly", 31,
        {"FlightsDaily": 1, "FlightsHourly": 30}, ("FlightsDaily@2013030400",),
    ),
    r.RootCause(
        HELD, "held", f"{HELD} is held", "h1", REAL_TIME, "olga", "bad feed", None, "synergyctl release h1", 4,
        {"WeatherHourly": 4},
    ),
)  # fmt: skip


class FakeWhy:
    """Two roots: an hour that failed, and one that is held."""

    cells: dict[str, list[str]]
    roots: tuple[r.RootCause, ...] = ROOTS

    def find(self, job: str) -> tuple[str, int]:
        """Process and index."""
        raise NotImplementedError

    def everything(self, request: y.WhyAll) -> r.WhyAll:
        """All roots."""
        blocked = sum(root.blocks for root in self.roots)
        return r.WhyAll(1_204, blocked, {"not_due": 12, "running": 3}, self.roots[: request.limit])

    def why(self, job: str) -> r.Why:
        """A job that was not started waits for the hour that failed."""
        name, index = self.find(job)
        cell, state = self.cells[name][index], state_of(self.cells[name][index])
        if cell != "0":
            code = {"1": "running", "6": "retry_wait"}.get(cell, "done")
            return r.Why(job, state, code, (r.Condition(job, code, f"it is {code}", job),), ())
        failed, command = "FlightsHourly@2013030418", "synergyctl gc flush FlightsHourly"
        what = f"{failed}.1 failed in attempt 3 (exit 3); offered again in 8 m 32 s"
        leaf = r.Condition(
            failed, "retry_wait", what, f"{failed}.1", REAL_TIME, last_line="no such file", command=command
        )
        root = r.RootCause(failed, "retry_wait", what, leaf.about, REAL_TIME, None, None, "no such file", command)
        tree = r.Condition(
            job, "blocked_children", f"1 child not finished: {failed} (in progress)", "FlightsHourly", children=(leaf,)
        )
        return r.Why(job, state, tree.code, (tree,), (root,))
