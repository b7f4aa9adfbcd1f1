"""The deployment's own logs as clients may read them: the daemon's, and of each box in reach what its supervisor keeps.

Only files that a listing names are read, whatever a client asks for; a page is bounded; secrets are left out.
"""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from msgspec.structs import replace

from synergy.core.control import replies as r
from synergy.core.control.log_requests import DAEMON_LOG, DaemonLog, DaemonLogs, SearchDaemonLog
from synergy.core.errors import InvalidArgument, NotFound, WorldError
from synergy.core.records import SupervisorRecord
from synergy.core.settings_reading import NAME
from synergy.daemon.callers import Caller
from synergy.daemon.rotated_lines import RotatedLines
from synergy.daemon.views.jobs import page_limit
from synergy.loading import ProjectPaths
from synergy.passwords import without_secrets

MOST_OPEN: Final = 64
"""So many logs are remembered with their places."""

_SUPERVISOR: Final = "supervisor"
_KNOWN: Final = frozenset({"at", "level", "message", "traceback", "logger", "action"})
_WORD: Final = re.compile(r"[a-z0-9_]+")
_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode

Answer = TypeVar("Answer")


class OwnLogs:
    """Reads the logs; ``people`` tells the supervisors that are known."""

    def __init__(self, paths: ProjectPaths, people: Callable[[], Sequence[SupervisorRecord]]) -> None:
        self._paths = paths
        self._people = people
        self._open: dict[Path, RotatedLines] = {}
        self._turn = asyncio.Lock()
        self._at_work = threading.Lock()

    async def listed(self, _request: DaemonLogs, _caller: Caller) -> r.DaemonLogs:
        """Serve ``daemon_logs``."""
        people = tuple(self._people())
        return await self._do(lambda: r.DaemonLogs(tuple(self._list(people))))

    async def page(self, request: DaemonLog, _caller: Caller) -> r.DaemonLogPage:
        """Serve ``daemon_log``.

        Raises:
            NotFound: there is no such log, or it cannot be read here.
        """
        limit, people = page_limit(request.limit), tuple(self._people())

        def read() -> r.DaemonLogPage:
            row, lines = self._look(request.name, people)
            page = lines.page(request.first_line, limit)
            first = page[0][0] if page else min(max(request.first_line, lines.first), lines.total)
            rows = tuple(_row(number, line) for number, line in page)
            return r.DaemonLogPage(row.name, row.path, first, lines.first, lines.total, rows)

        return await self._do(read)

    async def search(self, request: SearchDaemonLog, _caller: Caller) -> r.LogMatches:
        """Serve ``search_daemon_log``."""
        if not request.text:
            raise InvalidArgument("the text to search for is empty", remedy="give at least one character")
        limit, people = page_limit(request.limit), tuple(self._people())

        def look() -> r.LogMatches:
            _, lines = self._look(request.name, people)
            found = _found(lines, request.text.casefold())
            first = max(0, min(bisect_left(found, request.near) - limit // 2, len(found) - limit))
            told = tuple(found[first : first + limit])
            return r.LogMatches(told, more=len(found) > len(told), before=first, total=len(found))

        return await self._do(look)

    async def _do(self, work: Callable[[], Answer]) -> Answer:
        """One look at files at a time, and none of them in the loop.

        One that took too long is waited for no more, but goes on in its thread: the next one has to wait for that.
        """

        def alone() -> Answer:
            with self._at_work:
                return work()

        async with self._turn:
            try:
                return await asyncio.to_thread(alone)
            except OSError as error:
                reason = (error.strerror or type(error).__name__).lower()
                raise WorldError(f"{error.filename}: {reason}", remedy="look at the rights of the log folder") from None

    def _look(self, name: str, people: Sequence[SupervisorRecord]) -> tuple[r.DaemonLogRow, RotatedLines]:
        rows = self._list(people)
        row = next((row for row in rows if name in {row.name, row.name.partition("@")[0]}), None)
        if row is None:
            known = ", ".join(row.name for row in rows)
            raise NotFound(f'there is no log "{name}"', remedy=f"use one of {known}")
        if row.problem:
            raise NotFound(f"the log {row.name} cannot be read here: {row.problem}", remedy=f"read {row.path} there")
        path = Path(row.path)
        lines = self._open.pop(path, None) or RotatedLines(path)
        while len(self._open) >= MOST_OPEN:
            del self._open[next(iter(self._open))]
        self._open[path] = lines
        lines.look()
        return row, lines

    def _list(self, people: Sequence[SupervisorRecord]) -> list[r.DaemonLogRow]:
        """All logs: those of this project's own box first, then of the other boxes."""
        own = self._paths.settings.box_id
        host = socket.gethostname()
        hosts = {own: host, **{record.box_id: record.host for record in people if NAME.fullmatch(record.box_id)}}
        rows = [_listed(DAEMON_LOG, own, host, self._paths.daemon_log)]
        for box_id in sorted(hosts, key=lambda box_id: (box_id != own, box_id)):
            rows += self._of_box(box_id, hosts[box_id])
        return rows

    def _of_box(self, box_id: str, host: str) -> list[r.DaemonLogRow]:
        """The logs of a box whose folder lies on this machine; of another, what is known of where they are."""
        settings = self._paths.settings
        paths = self._paths
        if box_id != settings.box_id:
            paths = replace(paths, settings=replace(settings, box_id=box_id), is_guest=True)
        supervisor = paths.supervisor_log
        name = f"{_SUPERVISOR}@{box_id}"
        if not supervisor.exists() and host != socket.gethostname():
            return [r.DaemonLogRow(name, box_id, host, str(self._paths.supervisor_log), 0, f"it is on host {host}")]
        others = sorted(set(supervisor.parent.glob("*.log")) - {supervisor, self._paths.daemon_log})
        return [
            _listed(name, box_id, host, supervisor),
            *(_listed(f"{path.stem}@{box_id}", box_id, host, path) for path in others),
        ]


def _listed(name: str, box_id: str, host: str, path: Path) -> r.DaemonLogRow:
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        size = 0
    return r.DaemonLogRow(name, box_id, host, str(path), size)


def _found(lines: RotatedLines, wanted: str) -> list[int]:
    """The numbers of the lines that hold a text; looked for in what is shown, for that is what a client sees."""
    part = max(_WORD.findall(wanted), key=len, default="").encode()
    return [
        number
        for number, line in lines.lines(lines.first)
        # most lines hold no part of it, and reading JSON is what takes time
        if (part in line.lower() or not line.isascii()) and wanted in _row(number, line).text.casefold()
    ]


def _row(number: int, line: bytes) -> r.LogRow:
    """A line of a program's log in JSON, or of whatever else was written there."""
    try:
        told = _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        told = {}
    if "message" not in told:
        return r.LogRow(number, "", "stdout", "", without_secrets(line.decode("utf-8", "replace")))
    return r.LogRow(number, str(told.get("at", "")), "log", str(told.get("level", "")), without_secrets(_text(told)))


def _text(told: Mapping[str, Any]) -> str:
    """``message (action key=value)``, and a traceback behind it."""
    extras = " ".join(f"{key}={value}" for key, value in told.items() if key not in _KNOWN)
    action = " ".join(part for part in (str(told.get("action", "")), extras) if part)
    text = f"{told['message']} ({action})" if action else str(told["message"])
    return f"{text}\n{told['traceback']}" if "traceback" in told else text
