"""Requests of a client who may do everything, served by the daemon's own service over a real scheduler and store.

Allowed: an answer that can be sent, or one of our errors. The scheduler must live on, and set nothing aside.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from random import Random
from typing import Any, Final

from synergy.core.control import log_requests as d
from synergy.core.control import requests as q
from synergy.core.control import why_requests as y
from synergy.core.control.framing import Call, decode_call, encode_reply, encode_request
from synergy.core.control.grid_requests import RollUp
from synergy.core.control.process_requests import ShowProcess
from synergy.core.control.roles import Role
from synergy.core.errors import StoreDown, SynergyError
from synergy.core.records import UowId
from synergy.core.wishes import Scope
from synergy.daemon.callers import Caller
from tests.fuzz.daemon import Daemon, daemon_of
from tests.fuzz.mutating import mutated_json
from tests.fuzz.target import Attempt, Target

JOB: Final = "MainHourly@2013013020"
ENTRY: Final = "Report::mail"
EVERYTHING: Final = Caller("ada", os.getuid(), os.getgid(), os.getpid(), Role.ADMIN)

LOOKS: Final[tuple[q.Request[Any], ...]] = (
    q.Status(),
    q.Trees(),
    q.Processes(),
    q.Boxes(),
    q.Workers(),
    q.Collector(),
    q.Grid("hourly", "2013013020", 5, ("MainHourly",)),
    RollUp("daily", "2013013000", 5, ("MainHourly",)),
    ShowProcess("MainHourly"),
    d.DaemonLogs(),
    d.DaemonLog("daemon", -5, 10),
    d.SearchDaemonLog("a", "daemon", 10, 3),
    q.ListJobs("MainHourly", "2013013020", "2013020200", ("embryo",), 7, JOB, newest_first=True),
    q.Show(JOB),
    q.JobHistory(JOB, 5, 1),
    q.Attempts(JOB),
    q.Logs(JOB, 1, -5, 10),
    q.SearchLog(JOB, "x", 1, 10, 3),
    q.ListUows(("requested",), "MainHourly", f"{JOB}.1", 10),
    q.ShowUow(f"{JOB}.1"),
    q.MakePlan("skip", (JOB, "MainHourly@2013013021..2013013023"), ("embryo",), "Main"),
    q.MakePlan("reprocess", (JOB,), scope=Scope(depth=2, exclude=("MainDaily",)), max_parallel=2, key="k"),
    q.MakePlan("mark", (JOB,), to="processed"),
    q.MakePlan("hold", ("MainHourly",), until=1e10),
    q.MakePlan("cursor", ("MainHourly",), to="2013013022"),
    q.MakePlan("undo"),
    q.MakePlan("seal", ("Main@2013013000",)),
    q.ListPlans(),
    q.Directives(lifted=True),
    q.ShowBatch("p1"),
    q.ListEntries(),
    y.Why(JOB),
    y.WhyAll(3),
    y.Blocks(JOB, 3),
    y.WhyRan(JOB),
)
AUDIT: Final[tuple[q.Request[Any], ...]] = (
    q.ListAudit("2h", "2013-01-30T21:30:00Z", "ada", "skip", 7, 5),
    q.ListAudit("2013-01-30"),
    q.WalkAudit(3, 5),
    q.WalkAudit(),
)
CHANGES: Final[tuple[q.Request[Any], ...]] = (
    q.ApplyPlan("p1", "why", "k", break_seal=True, renew=True),
    q.Trigger("MainHourly", reason="r", key="k"),
    q.Trigger(ENTRY, preview=True),
    q.SwitchProcess("MainHourly", is_on=False, reason="r"),
    q.SwitchOnBox("box-1", "Feed", is_on=False),
    q.ChangeFrequency("MainHourly", "every 5"),
    q.SaveEntry(ENTRY, trigger_frequency="every 7", arguments={"a": 1, "b": None}),
    q.SaveEntry("Hand::made", create=True, trigger_frequency="at 06:30", command=("true", "{timeperiod}")),
    q.RemoveEntry("Hand::made"),
    q.RunEntry(ENTRY, {"a": 1.5, "b": "x", "c": True}),
    q.CollectorRefresh(),
    q.CollectorFlush("MainHourly"),
)
REQUESTS: Final = (*LOOKS, *AUDIT, *CHANGES)


@contextmanager
def opened() -> Iterator[Attempt]:
    """A daemon at work, without its socket."""
    with daemon_of() as daemon:

        def serve(data: bytes) -> None:
            frame = decode_call(data)
            if not isinstance(frame, Call) or isinstance(frame.request, q.Hello | q.Subscribe | q.FollowLog):
                raise NotServed
            try:
                reply = daemon.run(daemon.service.handle(_applicable(daemon, frame.request), EVERYTHING))
                assert encode_reply(frame.id, reply)
            except StoreDown as error:
                raise AssertionError("the scheduler or its store failed") from error
            finally:
                daemon.check()

        yield serve


class NotServed(Exception):
    """The line is no request of the service's: see ``control_frames``."""


def _applicable(daemon: Daemon, request: q.Request[Any]) -> q.Request[Any]:
    """A plan's id cannot be guessed: ``p1`` is the newest plan."""
    if isinstance(request, q.ApplyPlan) and request.plan_id == "p1":
        plan = daemon.run(daemon.service.handle(q.MakePlan("skip", (JOB,)), EVERYTHING))
        return q.ApplyPlan(plan.plan_id, request.reason, request.key)  # type: ignore[attr-defined] # a Plan
    return request


def seeds(requests: tuple[q.Request[Any], ...]) -> list[bytes]:
    """Lines as a client sends them."""
    return [encode_request(1, request).rstrip() for request in requests]


def _changed_parameters(random: Random, line: bytes) -> bytes:
    """The envelope is left alone, mostly: ``control_frames`` is about that."""
    if random.random() < 0.05:
        return mutated_json(random, line)
    call = json.loads(line)
    parameters = mutated_json(random, json.dumps(call.pop("params", {})).encode())
    return json.dumps(call)[:-1].encode() + b',"params":' + parameters + b"}"


def _target(name: str, requests: tuple[q.Request[Any], ...]) -> Target:
    make: Callable[[], list[bytes]] = partial(seeds, requests)
    words = (JOB.encode(), ENTRY.encode(), UowId(f"{JOB}.1").encode(), b'"plan"', b'"key"')
    return Target(name, make, opened, (SynergyError, NotServed), words, _changed_parameters)


TARGET = _target("control_requests", REQUESTS)
AUDIT_TARGET = _target("audit_requests", AUDIT)
