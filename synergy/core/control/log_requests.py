"""What a client may ask about the deployment's own logs: the daemon's, the supervisors', the daemon processes'."""

from __future__ import annotations

from synergy.core.control import replies as r
from synergy.core.control.requests import Request

DAEMON_LOG = "daemon"
"""The name of the daemon's own log; the others are ``NAME@BOX``: ``supervisor@box-1``, ``Feed@box-1``."""


class DaemonLogs(Request[r.DaemonLogs], frozen=True):
    """Which logs of its own the deployment has, and which of them can be read here."""

    method = "daemon_logs"
    reply = r.DaemonLogs


class DaemonLog(Request[r.DaemonLogPage], frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A page of one of them.

    ``first_line`` counts from the first line that is still kept, 0, and goes on when older lines are dropped; negative:
    from the end. A page ends early where its lines are very long.
    """

    method = "daemon_log"
    reply = r.DaemonLogPage
    name: str = DAEMON_LOG
    first_line: int = 0
    limit: int = 1000


class SearchDaemonLog(Request[r.LogMatches], frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Numbers of its lines that contain a text, case-insensitively: those around line ``near``."""

    method = "search_daemon_log"
    reply = r.LogMatches
    text: str
    name: str = DAEMON_LOG
    limit: int = 1000
    near: int = 0
