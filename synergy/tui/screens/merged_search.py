"""The search through several logs as one: matches further back than is held are counted, and read when wanted."""

from __future__ import annotations

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import CallerError
from synergy.tui.desk import Desk
from synergy.tui.model.log_buffer import PAGE
from synergy.tui.model.log_targets import read_attempt
from synergy.tui.model.matches import Matches, match_from
from synergy.tui.model.merged_matches import matches_in
from synergy.tui.model.trail import Place
from synergy.tui.screens.merged_paging import FIRST_PAGES, MergedPaging


class MergedSearch(MergedPaging):
    """A match has a place among all lines only when it is held; those beyond are known by their number."""

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self._counted: dict[int, r.LogMatches] = {}

    async def find_lines(self, text: str, near: int) -> r.LogMatches:
        """See Looking; every log is searched, around what is held of it."""
        del near
        told: dict[int, r.LogMatches] = {}
        readable = [index for index in range(len(self.names)) if index not in self.problems]
        await self.each(self._search_one(told, index, text) for index in readable)
        self._counted = told
        return self._matches_of(text)

    async def _search_one(self, told: dict[int, r.LogMatches], index: int, text: str) -> None:
        target, number = read_attempt(self.names[index])
        request = q.SearchLog(target, text, number, near=self.buffer.shown_from(index))
        try:
            told[index] = await self.desk.feed.call(request)
        except CallerError as problem:
            self.tell_missing(index, problem)

    def _matches_of(self, text: str) -> r.LogMatches:
        return matches_in(self.buffer, text, self._counted)

    def beginning(self, found: r.LogMatches, near: int) -> Matches:
        """See Looking; behind the last match the first that is held, or the last of those further back."""
        return match_from(found, near - 1, 1)

    def beside(self, at: Matches, by: int) -> Matches:
        """See Looking; places move with every line that comes, so the cursor's own place is where the search stands."""
        line = self.view.line
        found = self._matches_of(self.sought)
        return match_from(found, self.buffer.place(line), by) if line is not None else at

    async def bring(self, at: Matches) -> r.LogMatches:
        """See Looking; older pages are read until it is held, up to a limit, or what was added."""
        found = await self.find_lines(self.sought, at.near)
        for _ in range(FIRST_PAGES):
            if at.rank >= found.before or not self.buffer.has_older:
                break
            await self.read_older()
            found = self._matches_of(self.sought)
        if at.rank < found.before:
            told = f"“{self.sought}” stands before the {self.buffer.end:,} lines read so far: N reads on."
            self.notify(told, severity="warning", markup=False)
        elif at.rank >= found.before + len(found.lines):
            await self.read_added(to_end=False, far=FIRST_PAGES * PAGE)
            found = await self.find_lines(self.sought, at.near)
        return found
