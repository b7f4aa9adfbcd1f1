"""A played deployment as big as the budgets say: 50 processes by 100,000 hours, and logs that grow or are long."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.control.events import LogGrew
from synergy.core.errors import NotFound
from synergy.core.timeperiods import Qualifier, ordinal_of
from synergy.daemon.control_server import Caller

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.tui.fake_daemon import START, FakeDeployment, fake_daemon

PROCESSES: Final = 50
PERIODS: Final = 100_000
SECONDS: Final = 5
LONG_LOG: Final = 1_000_000
FIRST_PERIOD: Final = START
STAMP: Final = "2026-11-23T08:33:27Z"


class BigDeployment(FakeDeployment):
    """Plays FakeDeployment with bigger figures; logs are made up when they are asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.cells = {f"Work{number:02}Hourly": ["3"] * PERIODS for number in range(PROCESSES)}
        first = ordinal_of(Qualifier.HOURLY, START)
        self.first = dict.fromkeys(self.cells, first)
        self.is_on = dict.fromkeys(self.cells, True)
        self.lengths = {f"{name}@{START}.1": LONG_LOG for name in self.cells}
        self.live_logs.add(self.followed)

    @property
    def followed(self) -> str:
        """The unit of work whose log grows."""
        return f"Work01Hourly@{START}.1"

    def counts(self, names: Any) -> dict[str, int]:
        """Without counting five million cells."""
        return {"state_processed": PERIODS * len(tuple(names))}

    async def handle(self, request: q.Request[Any], caller: Caller) -> r.Reply:
        """Answer; processes are all of one tree."""
        if isinstance(request, q.Processes):
            return r.Processes(tuple(self._row(name) for name in self.cells))
        if isinstance(request, q.Trees):
            counts = self.counts(self.cells)
            return r.Trees((r.TreeRow("Work", tuple(self.cells), (), counts, None, 0.0, 0, None, None),))
        if isinstance(request, q.Status):
            return self.status()
        if isinstance(request, q.Grid):
            return self._grid(request)
        if isinstance(request, q.Show):
            raise NotFound(f"{request.job} is not played")
        return await super().handle(request, caller)

    def log(self, request: q.Logs) -> r.LogPage:
        """A page of a log that nobody keeps."""
        uow_id = request.target if request.target.endswith(".1") else f"{request.target}.1"
        total = self.lengths[uow_id]
        first = max(0, total + request.first_line) if request.first_line < 0 else request.first_line
        lines = tuple(_lines(first, min(total, first + request.limit)))
        live = uow_id in self.live_logs
        return r.LogPage(uow_id, 1, 1, 1, first, total, live, "state_in_progress", None, lines)

    def _row(self, name: str) -> r.ProcessRow:
        first, last = (self.key(name, index).partition("@")[2] for index in (0, -1))
        return r.ProcessRow(
            name, "Work", "hourly", "discrete", "normal", "every 60 seconds", 1, 4, self.is_on[name], "jobs:run",
            {"state_processed": PERIODS}, 0, 0, 0, 0, first, last, last, STAMP, 33.0,
        )  # fmt: skip

    def _grid(self, request: q.Grid) -> r.Grid:
        if request.time_qualifier != "hourly":
            return r.Grid(0, request.time_qualifier, request.from_timeperiod, request.from_timeperiod, ())
        start = ordinal_of(Qualifier.HOURLY, request.from_timeperiod)
        rows = []
        for name in request.process_names or tuple(self.cells):
            at = start - self.first[name]
            cells = "".join(self.cells[name][max(0, at) : max(0, at + request.columns)])
            rows.append(r.GridRow(name, "Work", " " * max(0, -at) + cells))
        seq = self.server.seq if self.server else 0
        return r.Grid(seq, "hourly", request.from_timeperiod, request.from_timeperiod, tuple(rows))


def _lines(first: int, end: int) -> Iterator[r.LogRow]:
    for number in range(first, end):
        yield r.LogRow(number, STAMP, "log", "INFO", f"INFO jobs: batch {number} read, 842 rows kept, 3 refused")


async def serve(path: Path) -> None:
    """Serve until killed; lines on standard input say what happens: ``change N``, ``grow N``, each a second's worth."""
    deployment, chance = BigDeployment(), random.Random(1)  # noqa: S311 - no secret
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with fake_daemon(path, deployment):
        print("ready", flush=True)
        while line := (await reader.readline()).decode().split():
            await _play(deployment, chance, line[0], int(line[1]))
            print("done", flush=True)


async def _play(deployment: BigDeployment, chance: random.Random, what: str, a_second: int) -> None:
    """Go on for SECONDS, twenty times a second; jobs and states at random, or compression would learn them."""
    names = list(deployment.cells)
    for _ in range(SECONDS * 20):
        started = asyncio.get_running_loop().time()
        for _ in range(a_second // 20):
            if what == "change":
                deployment.put(chance.choice(names[:40]), -1 - chance.randrange(150), chance.choice("13456"))
        if what == "grow":
            deployment.lengths[deployment.followed] += a_second // 20
            deployment.announce(LogGrew(deployment.followed, 1, deployment.lengths[deployment.followed]))
        await asyncio.sleep(max(0.0, 0.05 - (asyncio.get_running_loop().time() - started)))


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
