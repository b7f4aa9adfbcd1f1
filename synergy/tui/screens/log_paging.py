"""How one log is read by the numbers of its lines: the end first, what is older when it is wanted, growth."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from synergy.tui.model.log_buffer import PAGE, Page
from synergy.tui.screens.log_looking import Looking


class Paging(Looking):
    """A log whose lines are numbered."""

    # What a screen adds

    async def read_lines(self, first: int, limit: int) -> Page:
        """A page of the lines to be shown; a negative ``first`` counts from the end."""
        raise NotImplementedError

    async def peek_lines(self, first: int, limit: int) -> Page:
        """Lines of the log that is shown, whatever has begun meanwhile; nothing of what is held is changed."""
        raise NotImplementedError

    # Reading

    async def read_page(self, wants: str) -> Page:
        """Read and show what is wanted: ``last``, ``first``, ``older``, ``newer``, ``from 17``, ``around 17``."""
        buffer = self.view.buffer
        word, _, number = wants.partition(" ")
        places = {"last": -PAGE, "first": 0, "older": max(0, buffer.first - PAGE), "newer": buffer.end}
        places |= {"from": int(number), "around": max(0, int(number) - PAGE // 2)} if number else {}
        page = await self.read_lines(places[word], buffer.first - places[word] if word == "older" else PAGE)
        self.view.take(page, to_end=word == "last")
        if number:
            self.view.see_line(int(number))
        if wants in {"last", "older"}:
            await self.look_back()
        return page

    async def read_older(self) -> None:
        """See ReadingLines."""
        buffer = self.view.buffer
        first = max(0, buffer.first - PAGE)
        self.view.take(await self.read_lines(first, buffer.first - first), to_end=self.following)

    async def newest_stamp(self) -> str:
        """See ReadingLines."""
        lines = (await self.peek_lines(-1, 1)).lines
        return lines[-1].at if lines else ""

    async def go_to_time(self, stamp: str, *, is_end: bool) -> None:
        """See ReadingLines; found by halving what is not held."""
        buffer = self.view.buffer
        is_behind = buffer.newest is not None and buffer.newest.at < stamp
        first, end = (buffer.end, buffer.total) if is_behind else (0, buffer.first)
        while first < end:
            middle = (first + end) // 2
            lines = (await self.peek_lines(middle, 1)).lines
            if lines and lines[0].at < stamp:
                first = middle + 1
            else:
                end = middle
        self.following = False
        self.wants = f"from {max(0, first - PAGE) if is_end else first}"
        self.reload()

    async def all_lines(self) -> AsyncIterator[Sequence[str]]:
        """See ReadingLines."""
        first, total = 0, 1
        while first < total:
            page = await self.peek_lines(first, PAGE)
            if not page.lines:
                return
            yield [f"{row.at} {row.text}" if self.view.times else row.text for row in page.lines]
            first, total = page.first_line + len(page.lines), page.total
