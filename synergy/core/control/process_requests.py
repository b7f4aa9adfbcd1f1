"""What a client may ask about one process; see ``requests``."""

from __future__ import annotations

from synergy.core.control import replies as r
from synergy.core.control.requests import Request


class ShowProcess(Request[r.ProcessDetail], frozen=True, forbid_unknown_fields=True):
    """One managed process in full: how it stands, all that its definition says, and how long its runs take."""

    method = "process"
    reply = r.ProcessDetail
    process_name: str
