"""``--plain``: what the screens show, as stable lines: for pipes, screen readers and tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from synergy.client import ControlClient
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.control import why_requests as y
from synergy.core.control.log_requests import DAEMON_LOG, DaemonLog
from synergy.core.control.process_requests import ShowProcess
from synergy.core.errors import CallerError, NotFound
from synergy.core.timeperiods import Qualifier, timeperiod_of
from synergy.tui.both_logs import read_both
from synergy.tui.commands import Go, parse_place
from synergy.tui.model.audit_page import audit_table
from synergy.tui.model.boxes import box_lines, box_table, boxes_table
from synergy.tui.model.filters import Filter, parse_filter
from synergy.tui.model.formats import moment
from synergy.tui.model.grid_text import grid_text, spaced_cells
from synergy.tui.model.grid_view import bounds_of, grid_lines
from synergy.tui.model.health import Line, health_lines
from synergy.tui.model.job_page import facts, job_table
from synergy.tui.model.listings import Style, processes_table, trees_table, uows_table
from synergy.tui.model.log_diff import diff_rows, differences, masked
from synergy.tui.model.log_targets import read_attempt, read_attempts, read_names
from synergy.tui.model.log_text import printable
from synergy.tui.model.merged_log import MergedBuffer
from synergy.tui.model.operations import collector_table, entries_table
from synergy.tui.model.orders import batch_lines, batch_table, directives_table, of_kind
from synergy.tui.model.problems import problems_table, root_lines, summary
from synergy.tui.model.process_page import process_lines, settings_table
from synergy.tui.model.reducer import View, read_again
from synergy.tui.model.table import Table
from synergy.tui.model.trail import HOME, Place
from synergy.tui.model.why_rows import AT_REST, why_line, why_rows
from synergy.tui.model.zoom import Window

GRID_COLUMNS: Final = 72
LOG_LINES: Final = 200
DIFF_CONTEXT: Final = 3
MOST_ROOTS: Final = 200


class Sheet:
    """Reads one place's content over a connection."""

    def __init__(
        self, client: ControlClient, style: Style, wanted: Filter, shell_line: Callable[[str], str] = str
    ) -> None:
        self._client = client
        self._style = style
        self._wanted = wanted
        self._shell_line = shell_line

    async def overview(self, _target: str) -> list[str]:
        """Health and trees."""
        view = await self._view()
        return [*_texts(health_lines(view, self._style)), "", *self._table(trees_table(view.trees, self._style))]

    async def timetable(self, _target: str) -> list[str]:
        """Per qualifier the newest periods that there are, a line per process under a heading."""
        lines = grid_lines((await self._client.call(q.Processes())).processes)
        lines = [
            line
            for line in lines
            if self._wanted.passes(line.process_name, {"process": line.process_name, "tree": line.tree_name})
        ]
        text: list[str] = []
        for qualifier in Qualifier:
            if not (own := [line for line in lines if line.qualifier is qualifier]):
                continue
            first, last = bounds_of(own, qualifier)
            first = max(first, last - GRID_COLUMNS + 1)
            window = Window(qualifier, first, last - first + 1, last)
            names = tuple(line.process_name for line in own)
            reply = await self._client.call(q.Grid(qualifier, timeperiod_of(qualifier, first), window.columns, names))
            text.append(f"{qualifier} {reply.from_timeperiod} .. {reply.to_timeperiod}")
            glyphs = self._style.glyphs
            rows = [(f"  {row.process_name}", spaced_cells(row.cells, window, glyphs)) for row in reply.rows]
            text += grid_text(rows, window)
        return text or [f'no process passes the filter "{self._wanted.source}"' if self._wanted else "no processes"]

    async def tree(self, _target: str) -> list[str]:
        """Trees with their processes."""
        view = await self._view()
        text: list[str] = []
        for tree in view.trees:
            text.append(tree.tree_name + (f" (depends on {', '.join(tree.dependent_on)})" if tree.dependent_on else ""))
            members = tuple(row for row in view.processes if row.tree_name == tree.tree_name)
            text += [f"  {line}" for line in self._table(processes_table(members, self._style))]
        return text

    async def job(self, target: str) -> list[str]:
        """One job: all of why it does not go on, with what helps, and the last line of its log."""
        detail = await self._client.call(q.Show(target))
        why = await self._client.call(y.Why(target))
        attempts = await self._client.call(q.Attempts(target))
        is_kept = why.code not in AT_REST
        head = facts(detail, self._style, why_line(why, whole=is_kept))
        table = job_table(detail, attempts, self._style, why_rows(why, self._style, whole=is_kept))
        roots = self._roots(why.roots) if is_kept else []
        return [target, *_texts(head), *self._table(table), *roots, *await self._last_line(target, attempts)]

    async def _last_line(self, target: str, attempts: r.Attempts) -> list[str]:
        if not attempts.attempts:
            return []
        page = await self._client.call(q.Logs(target, first_line=-1, limit=1))
        head = f"log of attempt {page.number} of {page.attempts}, line {page.total}: "
        return [head + printable(line.text) for line in page.lines]

    async def log(self, target: str) -> list[str]:
        """The end of a log."""
        page = await self._client.call(q.Logs(*read_attempt(target), -LOG_LINES, LOG_LINES))
        lines = f"lines {page.first_line + 1}–{page.first_line + len(page.lines)} of {page.total}"
        head = f"{page.uow_id} attempt {page.number}/{page.attempts}, {lines}"
        return [
            head,
            *(f"{moment(line.at, self._style.zone)} {line.stream:<6} {printable(line.text)}" for line in page.lines),
        ]

    async def merged(self, target: str) -> list[str]:
        """The ends of several logs as one, behind what is to say about those that have none."""
        names, zone = read_names(target), self._style.zone
        buffer = MergedBuffer(len(names))
        problems: list[CallerError] = []
        for index, name in enumerate(names):
            try:
                buffer.take_of(index, await self._client.call(q.Logs(*read_attempt(name), -LOG_LINES, LOG_LINES)))
            except CallerError as problem:
                problems.append(problem)
        if len(problems) == len(names):
            raise problems[0]
        lines = [f"{moment(line.at, zone)} {names[line.source]} {line.text}" for line in buffer.all_lines()]
        there = buffer.lines_in_all
        part = f"the last {len(lines)} of {there} lines" if len(lines) < there else f"{there} lines"
        return [
            f"{len(names)} logs, {part}",
            *(str(problem) for problem in problems),
            *lines,
        ]

    async def diff(self, target: str) -> list[str]:
        """Two attempts' logs compared."""
        name, numbers = read_attempts(target)
        both = await read_both(self._client.call, name, numbers)
        found = differences([masked(line) for line in both.old], [masked(line) for line in both.new])
        rows = diff_rows(both.old, both.new, found, DIFF_CONTEXT)
        head = f"{name}, attempts {both.numbers[0]} and {both.numbers[1]} of {both.attempts}"
        return [head, *(f"{row.kind.value} {row.text}" for row in rows)]

    async def logs(self, target: str) -> list[str]:
        """The end of a log of the deployment's own."""
        page = await self._client.call(DaemonLog(target or DAEMON_LOG, -LOG_LINES, LOG_LINES))
        head = (
            f"{page.name}, lines {page.first_line + 1}–{page.first_line + len(page.lines)} of {page.total}, {page.path}"
        )
        return [head, *(f"{moment(line.at, self._style.zone)} {printable(line.text)}" for line in page.lines)]

    async def uows(self, _target: str) -> list[str]:
        """Units of work."""
        return self._table(uows_table((await self._client.call(q.ListUows())).uows, self._style))

    async def processes(self, _target: str) -> list[str]:
        """Managed processes."""
        return self._table(processes_table((await self._client.call(q.Processes())).processes, self._style))

    async def process(self, target: str) -> list[str]:
        """One process."""
        detail = await self._client.call(ShowProcess(target))
        now = (await self._client.call(q.Status())).clock.schedule_time
        return [target, *_texts(process_lines(detail, now, self._style)), *self._table(settings_table(detail))]

    async def freerun(self, _target: str) -> list[str]:
        """Freerun entries."""
        return self._table(entries_table((await self._client.call(q.ListEntries())).entries, self._style))

    async def collector(self, _target: str) -> list[str]:
        """The collector's queues."""
        return self._table(collector_table(await self._client.call(q.Collector()), self._style))

    async def workers(self, _target: str) -> list[str]:
        """Boxes."""
        return self._table(boxes_table((await self._client.call(q.Boxes())).boxes, self._style))

    async def box(self, target: str) -> list[str]:
        """One box, and what it runs."""
        boxes = (await self._client.call(q.Boxes())).boxes
        box = next((each for each in boxes if each.box_id == target), None)
        if box is None:
            known = ", ".join(each.box_id for each in boxes) or "none"
            raise NotFound(f'box "{target}" is unknown', remedy=f"known: {known}")
        status = await self._client.call(q.Status())
        workers = [each for each in (await self._client.call(q.Workers())).workers if each.box_id == target]
        table = box_table(box, workers, status.clock.real_time)
        return [*_texts(box_lines(box, status.draining, self._style)), *self._table(table)]

    async def directives(self, target: str) -> list[str]:
        """Holds, seals and batches."""
        found = (await self._client.call(q.Directives())).directives
        return self._table(directives_table(of_kind(found, target), self._style))

    async def batch(self, target: str) -> list[str]:
        """One batch."""
        detail = await self._client.call(q.ShowBatch(target))
        return [*_texts(batch_lines(detail, self._style)), *self._table(batch_table(detail, self._style))]

    async def problems(self, _target: str) -> list[str]:
        """What keeps jobs."""
        answer = await self._client.call(y.WhyAll(MOST_ROOTS))
        table = problems_table(answer, self._style)
        return [*_texts([summary(answer)]), *self._table(table), *self._roots(answer.roots)]

    async def audit(self, _target: str) -> list[str]:
        """What operators did last."""
        return self._table(audit_table((await self._client.call(q.ListAudit())).entries, self._style))

    async def _view(self) -> View:
        call = self._client.call
        return read_again(View(), await call(q.Status()), await call(q.Trees()), await call(q.Processes()))

    def _roots(self, roots: Iterable[r.RootCause]) -> list[str]:
        lines = (root_lines(root, self._style, self._shell_line, keys=False) for root in roots)
        return [text for each in lines for text in _texts(each)]

    def _table(self, table: Table) -> list[str]:
        return table.arranged(self._wanted).lines()


async def plain_lines(
    client: ControlClient, command: str, style: Style, shell_line: Callable[[str], str] = str
) -> list[str]:
    """What a command line of the console would show; ``shell_line``: see Desk.

    Raises:
        SynergyError: what the daemon answered; InvalidArgument for a command that shows nothing.
    """
    asked = parse_place(command) if command else Go(HOME)
    sheet = Sheet(client, style, parse_filter(asked.filter_source), shell_line)
    return await _writer(sheet, asked.place)(asked.place.target)


def _writer(sheet: Sheet, place: Place) -> Callable[[str], Awaitable[list[str]]]:
    writers: dict[str, Callable[[str], Awaitable[list[str]]]] = {
        "overview": sheet.overview,
        "timetable": sheet.timetable,
        "tree": sheet.tree,
        "job": sheet.job,
        "log": sheet.log,
        "merged": sheet.merged,
        "diff": sheet.diff,
        "logs": sheet.logs,
        "uows": sheet.uows,
        "processes": sheet.processes,
        "process": sheet.process,
        "freerun": sheet.freerun,
        "collector": sheet.collector,
        "workers": sheet.workers,
        "box": sheet.box,
        "directives": sheet.directives,
        "batch": sheet.batch,
        "problems": sheet.problems,
        "audit": sheet.audit,
    }
    return writers[place.screen]


def _texts(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ in line).rstrip() for line in lines]
