"""The logs of the played deployment itself."""

from __future__ import annotations

from synergy.core.control import log_requests as d
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import NotFound
from tests.tui.fake_plans import REAL_TIME
from tests.tui.fake_rows import matches

FAR = "supervisor@box-2"


class FakeOwnLogs:
    """A daemon's and a supervisor's log; the one of another box cannot be read."""

    def __init__(self) -> None:
        self.lines: dict[str, list[r.LogRow]] = {"daemon": [], "supervisor@box-1": []}
        self.write("daemon", "INFO", "daemon fake leads with term 1 (daemon_started)")
        self.write("daemon", "WARNING", "lease of box-2.1 is lost (lease_lost)")
        self.write("daemon", "INFO", "the collector acted on 3 units of work (collected count=3)")
        self.write("supervisor@box-1", "INFO", "supervisor works (supervisor_ready box_id=box-1)")

    def write(self, name: str, level: str, text: str) -> None:
        """One more line."""
        log = self.lines[name]
        log.append(r.LogRow(len(log), REAL_TIME, "log", level, text))

    def serve(self, request: d.DaemonLogs | d.DaemonLog | d.SearchDaemonLog) -> r.Reply:
        """Answer as the daemon would."""
        if isinstance(request, d.DaemonLogs):
            rows = [r.DaemonLogRow(name, "box-1", "h", f"/srv/{name}.log", 4096) for name in self.lines]
            return r.DaemonLogs((*rows, r.DaemonLogRow(FAR, "box-2", "far", "/srv/x.log", 0, "it is on host far")))
        if request.name == FAR:
            raise NotFound(f"the log {FAR} cannot be read here: it is on host far", remedy="read /srv/x.log there")
        if request.name not in self.lines:
            raise NotFound(f'there is no log "{request.name}"', remedy="use one of daemon, supervisor@box-1")
        log = self.lines[request.name]
        if isinstance(request, d.SearchDaemonLog):
            return matches(log, q.SearchLog("", request.text, limit=request.limit, near=request.near))
        first = max(0, len(log) + request.first_line) if request.first_line < 0 else request.first_line
        lines = tuple(log[first : first + request.limit])
        return r.DaemonLogPage(request.name, f"/srv/{request.name}.log", first, 0, len(log), lines)
