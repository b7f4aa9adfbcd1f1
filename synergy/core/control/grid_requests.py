"""What a client may ask about the timetable from afar; see ``requests``."""

from __future__ import annotations

from synergy.core.control import replies as r
from synergy.core.control.requests import Request


class RollUp(Request[r.RollUp], frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Rows of the timetable in periods that are longer than the jobs': of each the worst state inside.

    Rows are the named processes; none named: all whose own periods are no longer than ``time_qualifier``.
    """

    method = "roll_up"
    reply = r.RollUp
    time_qualifier: str
    from_timeperiod: str
    columns: int
    process_names: tuple[str, ...] = ()
