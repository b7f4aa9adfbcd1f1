"""What operators did, newest first, and whether the record of it is whole."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from synergy.core.audit_check import ChainWalk
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import SynergyError
from synergy.tui.desk import Desk
from synergy.tui.model.audit_page import audit_table, chain_text, entry_lines
from synergy.tui.model.health import Line
from synergy.tui.model.reducer import Step, Topic
from synergy.tui.model.table import Table
from synergy.tui.model.trail import Place
from synergy.tui.screens.detailed import Detailed
from synergy.tui.screens.frame import bindings_of

PAGE: Final = 200
MAX_ROWS: Final = 5000
ENOUGH: Final = 50
"""While a filter lets through less, older entries are looked at."""
AGAIN_SECONDS: Final = 2.0
"""Jobs change all the time, mostly by nobody: what was done is asked for no more often."""
WALK_PAGE: Final = 500
UNASKED_PAGES: Final = 4
"""So many pages of the chain are looked at by themselves; a slow line is not kept busy with more."""


class AuditScreen(Detailed):
    """The audit's entries."""

    screen_name = "audit"
    BINDINGS = bindings_of(screen_name)
    empty = "Nobody has changed anything yet."

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self._entries: dict[int, r.AuditRow] = {}
        self._more = False
        self._wants_older = False
        self._walk: ChainWalk | None = None
        self._walked = False

    async def read(self) -> None:
        """The newest page, or the one behind the oldest row."""
        before = min(self._entries, default=None) if self._wants_older else None
        self._wants_older = False
        self._is_outdated = before is not None  # then nothing newer is read
        page = await self.desk.feed.call(q.ListAudit(before=before, limit=PAGE))
        rows = {entry.seq: entry for entry in page.entries}
        if before is None and not rows.keys() & self._entries.keys():
            self._entries, self._more = rows, page.more
        elif before is None:
            self._entries = rows | {seq: entry for seq, entry in self._entries.items() if seq not in rows}
        else:
            self._entries |= rows
            self._more = page.more
        self.show()
        if self._walk is None:
            self._walk = ChainWalk()
            self.work(self._look_at_chain(self._walk, UNASKED_PAGES), "chain", exclusive=True)

    async def _look_at_chain(self, walk: ChainWalk, pages: int | None) -> None:
        """Walk the chain from the first entry on, over so many pages, or (None) to its end."""
        request, left = q.WalkAudit(limit=WALK_PAGE), pages
        try:
            while left is None or left > 0:
                page = await self.desk.feed.call(request)
                walk.take(page.entries)
                left = None if left is None else left - 1
                if not page.more or not page.entries:
                    heads = (("the daemon", page.daemon_head), ("the store", page.store_head))
                    walk.end([(where, head) for where, head in heads if head is not None])
                    self._walked = True
                    break
                request = replace(request, after=page.entries[-1].seq)
                self.chrome()
        except SynergyError as problem:
            self.tell_failure(problem)
        self.chrome()

    def do_verify(self) -> None:
        """Look at all of the chain, from the first entry to the newest."""
        self._walk, self._walked = ChainWalk(), False
        self.work(self._look_at_chain(self._walk, None), "chain", exclusive=True)

    def on_step(self, step: Step, cells: frozenset[str]) -> None:
        """Read again when something was changed, by whomever."""
        del cells
        self.reload_in_time(AGAIN_SECONDS, changed=bool(step.jobs or step.stale & {Topic.PROCESSES, Topic.ENTRIES}))

    def make_table(self) -> Table:
        """The entries."""
        return audit_table(self._entries.values(), self.desk.style)

    def heading(self) -> str:
        """What the rows are, and whether all are there."""
        return "audit" + (" (more below)" if self._more else "")

    def title_text(self) -> str:
        """How many, and the chain."""
        return f"{super().title_text()} · {chain_text(self._walk, done=self._walked)}"

    def narrow(self) -> None:
        """Filter; where little passes, look at older ones."""
        super().narrow()
        if self.wanted and len(self.table.shown.rows) < ENOUGH:
            self.on_line_table_near_end()

    def show(self) -> None:
        """Show what was read."""
        super().show()
        if self.wanted and len(self.table.shown.rows) < ENOUGH:
            self.on_line_table_near_end()

    def on_line_table_near_end(self) -> None:
        """Read older ones."""
        if self._more and len(self._entries) < MAX_ROWS:
            self._wants_older = True
            self.reload()

    def row_lines(self, key: str) -> list[Line]:
        """The first lines of an entry."""
        return entry_lines(self._entries[int(key)], self.desk.style)

    def target(self) -> str | None:
        """What was changed."""
        entry = self._entry()
        return entry.target if entry else None

    def do_enter(self) -> None:
        """All of the entry, with what was before and after."""
        from synergy.tui.screens.detail_dialog import DetailDialog  # noqa: PLC0415 - seldom wanted

        if (entry := self._entry()) is not None:
            self.app.push_screen(DetailDialog(f"Audit {entry.seq}", entry_lines(entry, self.desk.style)))

    def _entry(self) -> r.AuditRow | None:
        key = self.table.key
        return None if key is None else self._entries.get(int(key))
