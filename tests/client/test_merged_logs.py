from __future__ import annotations

from synergy.client.merged_logs import PAGE, OneOf, in_order
from synergy.core.control import replies as r
from synergy.core.control import requests as q


def stamp(second: int) -> str:
    return f"2026-11-23T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}.000Z"


class Daemon:
    """Answers of some logs with pages; ``largest``: lines of the largest page it was asked for."""

    def __init__(self, **logs: list[int]) -> None:
        self.largest = 0
        self.logs = {
            name: [r.LogRow(at, stamp(second), "stdout", "", f"{name}{at}") for at, second in enumerate(seconds)]
            for name, seconds in logs.items()
        }

    async def answer(self, request: q.Logs) -> r.LogPage:
        log = self.logs[request.target]
        first = max(0, len(log) + request.first_line) if request.first_line < 0 else request.first_line
        lines = tuple(log[first : first + request.limit])
        self.largest = max(self.largest, len(lines))
        return r.LogPage(request.target, 1, 1, 1, first, len(log), live=False, state="", exit_reason=None, lines=lines)


async def test_every_line_of_a_long_log_and_of_an_old_short_one_comes_once_by_time() -> None:
    daemon = Daemon(long=list(range(2, 61_002)), short=[1, 2, 3, 61_000])
    found = [line async for line in in_order(daemon.answer, [OneOf(name, name) for name in daemon.logs])]
    assert daemon.largest == PAGE
    wanted = sorted((row.at, index, row.line) for index, log in enumerate(daemon.logs.values()) for row in log)
    assert [(line.at, list(daemon.logs).index(line.job), line.line) for line in found] == wanted


async def test_a_tail_begins_so_many_lines_before_each_end() -> None:
    daemon = Daemon(long=list(range(2, 5_002)), short=[1, 2])
    found = [
        line.text async for line in in_order(daemon.answer, [OneOf(name, name, tail=1_500) for name in daemon.logs])
    ]
    assert found == ["short0", "short1", *(f"long{at}" for at in range(3_500, 5_000))]
