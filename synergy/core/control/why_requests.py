"""What a client may ask about why; see ``requests``."""

from __future__ import annotations

from synergy.core.control import replies as r
from synergy.core.control.requests import Request


class Why(Request[r.Why], frozen=True, forbid_unknown_fields=True):
    """Why a job does not go on: its unmet conditions down to the roots."""

    method = "why"
    reply = r.Why
    job: str


class WhyAll(Request[r.WhyAll], frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What keeps all jobs that do not go on, folded into the few roots; at most ``limit`` of them."""

    method = "why_all"
    reply = r.WhyAll
    limit: int = 20


class Blocks(Request[r.Blocks], frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What waits for a job, directly or not; at most ``limit`` jobs are named, all are counted."""

    method = "blocks"
    reply = r.Blocks
    job: str
    limit: int = 20


class WhyRan(Request[r.WhyRan], frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What caused each run of a job, and each of its attempts."""

    method = "why_ran"
    reply = r.WhyRan
    job: str
