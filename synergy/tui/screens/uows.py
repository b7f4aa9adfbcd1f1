"""Units of work, newest first, live; older ones are read when the cursor comes near the end."""

from __future__ import annotations

from msgspec.structs import replace

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.control.events import UowChanged
from synergy.tui.desk import Desk
from synergy.tui.model.listings import job_of, uows_table
from synergy.tui.model.reducer import Step
from synergy.tui.model.table import Table
from synergy.tui.model.trail import Place
from synergy.tui.places import GoTo
from synergy.tui.screens.frame import bindings_of
from synergy.tui.screens.tabular import Tabular

PAGE = 200
MAX_ROWS = 5000


class UowsScreen(Tabular):
    """The table of units of work."""

    screen_name = "uows"
    BINDINGS = bindings_of(screen_name)
    empty = "No unit of work yet: nothing was due, or everything waits; the timetable (2) says what."

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self._uows: dict[str, r.Uow] = {}
        self._more = False
        self._wants_older = False

    async def read(self) -> None:
        """The newest page, or the one behind the oldest row."""
        before = next(reversed(self._uows), None) if self._wants_older and self._uows else None
        self._wants_older = False
        self._is_outdated = before is not None  # then nothing newer is read
        page = await self.desk.feed.call(q.ListUows(before=before, limit=PAGE))
        rows = {uow.uow_id: uow for uow in page.uows}
        if before is None:
            older = {key: uow for key, uow in self._uows.items() if key not in rows}
            touches = bool(older) and len(older) < len(self._uows)
            self._more = self._more if touches else page.more
            self._uows = rows | older if touches else rows
        else:
            self._uows |= rows
            self._more = page.more
        self._uows = dict(list(self._uows.items())[:MAX_ROWS])
        self.show()

    def on_step(self, step: Step, cells: frozenset[str]) -> None:
        """Change known rows in place; new ones are read."""
        del cells
        unknown = False
        for change in step.uows:
            known = self._uows.get(change.uow_id)
            unknown |= known is None or _moved_on(known, change)
            if known is not None:
                self._uows[change.uow_id] = replace(
                    known, state=change.state, attempt=change.attempt, exit_reason=change.exit_reason
                )
        if step.uows:
            self.show()
        self.reload_in_time(0.0, changed=unknown)

    def make_table(self) -> Table:
        """The rows."""
        return uows_table(self._uows.values(), self.desk.style)

    def heading(self) -> str:
        """What the rows are."""
        return "units of work" + (" (more below)" if self._more else "")

    def on_line_table_near_end(self) -> None:
        """Read older ones."""
        if self._more and len(self._uows) < MAX_ROWS:
            self._wants_older = True
            self.reload(periodic=True)

    def target(self) -> str | None:
        """The unit of work."""
        return self.table.key

    def targets(self) -> tuple[str, ...]:
        """The jobs of the marked rows, or of the one under the cursor."""
        keys = self.chosen_keys()
        return tuple(dict.fromkeys(job_of(self._uows[key]) for key in keys if key in self._uows))

    def log_targets(self) -> tuple[str, ...]:
        """The units of work themselves: several of them may be of one job or entry, and each has a log."""
        return self.chosen_keys()

    def go_into_job(self) -> None:
        """The job it was issued for; an entry's unit of work has a log."""
        uow = self._uows.get(self.table.key or "")
        if uow is None:
            return
        place = Place("log", uow.uow_id) if uow.entry_name else Place("job", job_of(uow))
        self.post_message(GoTo(place, inside=True))


def _moved_on(known: r.Uow, change: UowChanged) -> bool:
    """Whether the row has stamps and counts that the event does not tell."""
    return known.state != change.state or known.attempt != change.attempt
