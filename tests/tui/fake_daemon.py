"""A small deployment in memory behind the real control server: what the console's tests and pictures look at.

Three trees over the beginning of 2013; whatever a test does to a job is announced to subscribers as the daemon would.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from synergy.core.control import log_requests as d
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.control import why_requests as y
from synergy.core.control.events import Event, JobChanged, TimetableGrew, UowChanged
from synergy.core.control.grid_requests import RollUp
from synergy.core.control.process_requests import ShowProcess
from synergy.core.control.roles import Role
from synergy.core.errors import NotFound
from synergy.core.states import UowState
from synergy.core.timeperiods import Qualifier, cast, ordinal_at, ordinal_of, timeperiod_of
from synergy.daemon.control_server import Caller, ControlServer
from tests.manual_clock import ManualClock
from tests.tui.fake_audit import listed, walked
from tests.tui.fake_changes import FakeChanges
from tests.tui.fake_logs import FakeLogs
from tests.tui.fake_own_logs import FakeOwnLogs
from tests.tui.fake_plans import REAL_TIME, state_of
from tests.tui.fake_rollups import rolled
from tests.tui.fake_rows import BOXES, QUEUED, SETTINGS, WORKERS, matches
from tests.tui.fake_why import FakeWhy

START: Final = "2013010100"
NOW: Final = 1362492000.0  # 2013-03-05 14:00 UTC
SCHEDULE_TIME: Final = "2013-03-05T14:00:00Z"

TREES: Final = {
    "Flights": ("FlightsYearly", "FlightsMonthly", "FlightsDaily", "FlightsHourly"),
    "Weather": ("WeatherMonthly", "WeatherDaily", "WeatherHourly"),
    "Delays": ("DelaysMonthly", "DelaysDaily"),
}
CODES: Final = {"0": "blocked_children", "1": "running", "6": "retry_wait"}
_SUFFIXES: Final = {each.value.capitalize(): each for each in Qualifier}


def qualifier_of(process_name: str) -> Qualifier:
    """``FlightsHourly`` is hourly."""
    return next(each for suffix, each in _SUFFIXES.items() if process_name.endswith(suffix))


class FakeDeployment(FakeChanges, FakeLogs, FakeWhy):
    """Jobs as one character per period, like the grid's cells."""

    def __init__(self) -> None:
        super().__init__()
        self.server: ControlServer | None = None
        self.starts = 0
        self.first: dict[str, int] = {}
        self.own_logs = FakeOwnLogs()
        self.asked: list[q.Request[Any]] = []
        self.may_change = True
        self.problems: tuple[str, ...] = ()
        self.store_is_down = False
        self.boxes_down: tuple[str, ...] = ()
        self.boxes = BOXES
        self.next_run = "2013-03-05T14:00:33Z"
        self.console_color: str | None = "#5f005f"
        for names in TREES.values():
            for name in names:
                self._fill(name)

    def _fill(self, name: str) -> None:
        qualifier = qualifier_of(name)
        self.first[name] = cast(Qualifier.HOURLY, ordinal_of(Qualifier.HOURLY, START), qualifier)
        last = ordinal_at(qualifier, NOW)
        count = last - self.first[name] + 1
        open_at_the_end = {Qualifier.HOURLY: 6, Qualifier.DAILY: 2}.get(qualifier, 1)
        cells = ["3"] * (count - open_at_the_end) + ["0"] * open_at_the_end
        if qualifier is Qualifier.HOURLY:
            cells[-5:-2] = ["1", "1", "1"]
        if name == "WeatherHourly":
            cells[40:43] = ["5"] * 3
        if name == "FlightsHourly":
            cells[-20], cells[-9] = "6", "6"
        if name == "DelaysDaily":
            cells[10:12] = ["4", "4"]
        self.cells[name] = cells
        self.is_on[name] = True

    def key(self, process_name: str, index: int) -> str:
        """The job of a period by its index from the first; negative: from the last."""
        index = index % len(self.cells[process_name])
        return f"{process_name}@{timeperiod_of(qualifier_of(process_name), self.first[process_name] + index)}"

    def announce(self, *events: Event) -> None:
        """Tell subscribers."""
        if self.server is not None:
            self.server.broadcast(events, SCHEDULE_TIME)

    def put(self, process_name: str, index: int, cell: str) -> JobChanged:
        """Change one job and tell."""
        index = index % len(self.cells[process_name])
        before, self.cells[process_name][index] = self.cells[process_name][index], cell
        period = timeperiod_of(qualifier_of(process_name), self.first[process_name] + index)
        change = JobChanged(process_name, period, state_of(before), state_of(cell), cell, cause="test")
        self.announce(change)
        return change

    def finish_uow(self, process_name: str, index: int, state: UowState) -> None:
        """A unit of work changed."""
        period = self.key(process_name, index).partition("@")[2]
        self.announce(UowChanged(f"{process_name}@{period}.1", process_name, period, state, 1))

    def grow(self, process_name: str) -> None:
        """One more period."""
        self.cells[process_name].append("0")
        self.announce(TimetableGrew(process_name, self.key(process_name, -1).partition("@")[2]))

    def hello(self, caller: Caller) -> r.Hello:
        """Who you are."""
        role = Role.OPERATOR if self.may_change else Role.VIEWER
        return r.Hello(
            "0.1",
            q.PROTOCOL_VERSION,
            f"fake-{self.starts}",
            caller.user,
            self.may_change,
            "production",
            self.console_color,
            role,
        )

    async def handle(self, request: q.Request[Any], caller: Caller) -> r.Reply:  # noqa: C901, PLR0911, PLR0912 - a switchboard
        """Answer as the daemon would."""
        del caller
        self.asked.append(request)
        match request:
            case q.Status():
                return self.status()
            case q.Subscribe():
                return r.Subscribed(0, self.status())
            case q.Trees():
                return r.Trees(tuple(self.tree(name) for name in TREES))
            case q.Processes():
                return r.Processes(tuple(self.process(name) for names in TREES.values() for name in names))
            case q.Grid():
                return self.grid(request)
            case RollUp():
                rows = {name: (qualifier_of(name), self.first[name], cells) for name, cells in self.cells.items()}
                return rolled(request, rows, self.server.seq if self.server else 0)
            case q.Show(job):
                return self.show(job)
            case y.Why(job):
                return self.why(job)
            case y.WhyAll():
                return self.everything(request)
            case q.ListAudit():
                return listed(request)
            case q.WalkAudit():
                return walked(request)
            case q.Attempts(job):
                return self.attempts(job)
            case q.ListUows():
                return self.uows(request)
            case q.ListJobs():
                return self.jobs(request)
            case q.Logs():
                return self.log(request)
            case q.SearchLog():
                return matches(self._log_of(request.target), request)
            case d.DaemonLogs() | d.DaemonLog() | d.SearchDaemonLog():
                return self.own_logs.serve(request)
            case q.FollowLog():
                return r.Done("following")
            case q.MakePlan():
                return self.plan(request)
            case q.ApplyPlan():
                return self.apply(request)
            case q.Directives():
                return r.Directives(tuple(self.directives))
            case q.ShowBatch():
                return self.batch(request)
            case q.ListEntries():
                return r.Entries(tuple(self.entries.values()))
            case q.Collector():
                return r.Collector(None, 42.0, (QUEUED,))
            case q.Workers():
                return r.Workers(WORKERS)
            case ShowProcess(name):
                return self.detail(name)
            case q.Boxes():
                return r.Boxes(self.boxes)
            case q.Change():
                return self.change(request)
            case _:
                raise NotFound(f"{request.method} is not played here")

    def counts(self, names: Iterable[str]) -> dict[str, int]:
        """Jobs by state."""
        found: Counter[str] = Counter()
        for name in names:
            for cell, number in Counter(self.cells[name]).items():
                found[state_of(cell)] += number
        return dict(found)

    def status(self) -> r.Status:
        """Health."""
        everything = [name for names in TREES.values() for name in names]
        up = r.Component("sqlite:.synergy/synergy.db", up=True, detail="", since=REAL_TIME)
        store = replace(up, up=False, detail="it has given no answer for 4 s") if self.store_is_down else up
        return r.Status(
            version="0.1.0", daemon_id="fake", pid=4711, started="2026-11-23T06:00:00Z", state="running",
            store=store, broker=replace(up, url="embedded:"), clock=r.ClockState(SCHEDULE_TIME, REAL_TIME, 3600.0),
            jobs=self.counts(everything), uows={UowState.REQUESTED: 2, UowState.IN_PROGRESS: 4, UowState.INVALID: 2},
            workers=4, supervisors=1, slots=4, running=4, queued=2, lag_seconds=19 * 3600.0,
            oldest_unfinished="FlightsHourly@2013030418", problems=self.problems,
            synergy_start_timeperiod=START, synergy_end_timeperiod=None, term=1, rss_bytes=64_000_000, cpu_seconds=12.0,
            boxes_down=self.boxes_down,
            draining=next((f"by {one.actor}: {one.reason}" for one in self.of("hold", "everything")), None),
            holds=len(self.of("hold")), batches=len(self.of("batch")),
        )  # fmt: skip

    def tree(self, name: str) -> r.TreeRow:
        """One tree."""
        invalid = sum(cells.count("6") for process, cells in self.cells.items() if process in TREES[name])
        return r.TreeRow(
            name, TREES[name], ("Flights", "Weather") if name == "Delays" else (), self.counts(TREES[name]),
            "2013030418" if invalid else None, 19 * 3600.0 if invalid else 0.0, invalid,
            "FlightsHourly@2013030418.1" if invalid else None, "2026-11-23T08:30:00Z" if invalid else None,
        )  # fmt: skip

    def process(self, name: str) -> r.ProcessRow:
        """One process."""
        cells = self.cells[name]
        tree = next(tree for tree, names in TREES.items() if name in names)
        first, last = (self.key(name, index).partition("@")[2] for index in (0, -1))
        return r.ProcessRow(
            name, tree, qualifier_of(name).value, "discrete", "children" if "Hourly" not in name else "normal",
            self.frequencies.get(name, "every 60"), 1, 4, self.is_on[name], "flights.jobs:run", self.counts([name]),
            cells.count("6"), cells.count("1"), 0, cells.count("6"), first, last, last, self.next_run, 33.0,
            held=next((one.directive_id for at in (name, tree) for one in self.of("hold", at)), None),
        )  # fmt: skip

    def detail(self, name: str) -> r.ProcessDetail:
        """One process in full."""
        if name not in self.cells:
            raise NotFound(f'process "{name}" is unknown', remedy="synergyctl processes lists them")
        return r.ProcessDetail(
            self.process(name), SETTINGS, r.Durations(100, 42.0, 61.5, 130.0), "FlightsHourly@2013030418.1",
            "2026-11-23T08:30:00Z", "exit 3", "olga", "2026-11-23T07:00:00Z",
        )  # fmt: skip

    def grid(self, request: q.Grid) -> r.Grid:
        """Cells; blank outside."""
        qualifier = Qualifier(request.time_qualifier)
        start = ordinal_of(qualifier, request.from_timeperiod)
        names = request.process_names or tuple(name for name in self.cells if qualifier_of(name) is qualifier)
        rows = []
        for name in names:
            own, first = self.cells[name], self.first[name]
            indexes = range(start - first, start - first + request.columns)
            cells = "".join(own[index] if 0 <= index < len(own) else " " for index in indexes)
            rows.append(r.GridRow(name, next(tree for tree, its in TREES.items() if name in its), cells))
        end = timeperiod_of(qualifier, start + request.columns - 1)
        seq = self.server.seq if self.server else 0
        return r.Grid(seq, qualifier, request.from_timeperiod, end, tuple(rows))

    def find(self, job: str) -> tuple[str, int]:
        """Process and index."""
        name, _, period = job.partition("@")
        if name not in self.cells:
            raise NotFound(f'job "{job}" is unknown', remedy="synergyctl processes lists the processes")
        index = ordinal_of(qualifier_of(name), period.partition(".")[0]) - self.first[name]
        if not 0 <= index < len(self.cells[name]):
            raise NotFound(f'job "{job}" is unknown', remedy="synergyctl ls lists the jobs")
        return name, index

    def show(self, job: str) -> r.JobDetail:
        """One job."""
        name, index = self.find(job)
        cell, period = self.cells[name][index], job.partition("@")[2]
        tree = next(tree for tree, names in TREES.items() if name in names)
        above = TREES[tree][: TREES[tree].index(name)]
        below = TREES[tree][TREES[tree].index(name) + 1 :]
        ordinal = self.first[name] + index
        parent = None
        if above:
            around = qualifier_of(above[-1])
            parent = r.Neighbour(
                above[-1], timeperiod_of(around, cast(qualifier_of(name), ordinal, around)), state_of("0")
            )
        children = tuple(
            r.Neighbour(below[0], self.key(below[0], at).partition("@")[2], state_of(self.cells[below[0]][at]))
            for at in range(3)
        ) if below else ()  # fmt: skip
        uow = self.uow(name, index) if cell != "0" else None
        record = r.Job(name, period, state_of(cell), uow.uow_id if uow else None, 0, tree, qualifier_of(name), 1)
        holds = [one.directive_id for at in (job, name, tree) for one in self.of("hold", at)]
        record = replace(record, held=next(iter(holds), None), sealed="seal-1" if job in self.sealed_jobs else None)
        history = (
            r.HistoryRow(REAL_TIME, state_of("0"), state_of(cell), "scheduler", "due", None, None, None, None),
            r.HistoryRow(
                REAL_TIME, state_of("3"), state_of("0"), "olga", "reprocess", f"{job}", "late data", None, "p1"
            ),
        )
        waiting = ("FlightsHourly@2013030418 is not finished (its unit of work is invalid, attempt 3)",)
        return r.JobDetail(
            replace(record, uow_state=uow.state if uow else None), parent, children, self.counts(below[:1]), (), (),
            uow, history, waiting if cell == "0" else (), "2013-03-04T18:00:00Z", "2013-03-04T19:00:00Z",
            is_live=False, is_due=True, median_seconds=7.2, code=CODES.get(cell, "done"),
        )  # fmt: skip

    def attempts(self, job: str) -> r.Attempts:
        """Attempts of a job that was started."""
        name, index = self.find(job)
        uow = self.uow(name, index)
        if self.cells[name][index] == "0":
            return r.Attempts(job, ())
        row = r.AttemptRow(
            1, uow.uow_id, 1, uow.state, uow.exit_reason, "box-1", "h", 99, REAL_TIME, REAL_TIME, 1.5, 3, accepted=True
        )
        return r.Attempts(job, (row,))

    def uow(self, name: str, index: int) -> r.Uow:
        """The unit of work of a job."""
        job = self.key(name, index)
        period = job.partition("@")[2]
        state = {"0": UowState.REQUESTED, "1": UowState.IN_PROGRESS, "6": UowState.INVALID}.get(
            self.cells[name][index], UowState.PROCESSED
        )
        return r.Uow(
            uow_id=f"{job}.1", process_name=name, entry_name=None, timeperiod=period, start_timeperiod=period,
            end_timeperiod=period, start_id=None, end_id=None, source=None, sink=None, arguments={}, state=state,
            uow_type="type_managed", run=1, attempt=1, retries=0, created=REAL_TIME, submitted=REAL_TIME,
            started="2026-11-23T08:31:00Z", finished=None if state == UowState.IN_PROGRESS else "2026-11-23T08:31:08Z",
            number_of_processed_documents=842, number_of_aggregated_documents=3, box_id="box-1", pid=99,
            exit_reason="exit 3" if state == UowState.INVALID else None, cancel_requested=False, gave_up=False,
        )  # fmt: skip

    def uows(self, request: q.ListUows) -> r.Uows:
        """Newest first, over the hourly flights."""
        name = request.process_name or "FlightsHourly"
        indexes = [index for index in range(len(self.cells[name]) - 1, -1, -1) if self.cells[name][index] != "0"]
        rows = [self.uow(name, index) for index in indexes]
        if request.states:
            rows = [row for row in rows if row.state in request.states]
        if request.before:
            rows = rows[[row.uow_id for row in rows].index(request.before) + 1 :]
        return r.Uows(tuple(rows[: request.limit]), more=len(rows) > request.limit)

    def jobs(self, request: q.ListJobs) -> r.Jobs:
        """The skipped jobs of one process, ascending."""
        name = request.process_name or "FlightsHourly"
        rows = (self.show(self.key(name, at)).job for at, cell in enumerate(self.cells[name]) if cell == "4")
        return r.Jobs(tuple(job for job in rows if job.timeperiod >= (request.from_timeperiod or "")), more=False)


@contextlib.asynccontextmanager
async def fake_daemon(path: Path, deployment: FakeDeployment) -> Any:
    """Serve a deployment on a socket."""
    deployment.starts += 1
    server = ControlServer(path, deployment.handle, deployment.hello, ManualClock(), timeout=10.0)
    deployment.server = server
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
        deployment.server = None
