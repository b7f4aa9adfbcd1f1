"""Every request by its method's name."""

from __future__ import annotations

from typing import Any, Final

from synergy.core.control import grid_requests as g
from synergy.core.control import log_requests as d
from synergy.core.control import process_requests as p
from synergy.core.control import requests as q
from synergy.core.control import why_requests as y

METHODS: Final[dict[str, type[q.Request[Any]]]] = {
    kind.method: kind
    for kind in (
        q.Hello, q.Status, q.Trees, q.Processes, q.Boxes, q.Workers, q.Collector, q.Grid, q.ListJobs, q.Show,
        q.JobHistory, q.Attempts, q.Logs, q.SearchLog, q.FollowLog, q.ListUows, q.ShowUow, q.ListAudit, q.WalkAudit,
        q.MakePlan, q.ApplyPlan, q.ListPlans, q.Directives, q.ShowBatch, q.Trigger, q.SwitchProcess, q.SwitchOnBox,
        q.ChangeFrequency, q.ListEntries, q.SaveEntry, q.RemoveEntry, q.RunEntry, q.CollectorRefresh, q.CollectorFlush,
        d.DaemonLogs, d.DaemonLog, d.SearchDaemonLog, y.Why, y.WhyAll, y.Blocks, y.WhyRan, g.RollUp, p.ShowProcess,
        q.Subscribe, q.Shutdown,
    )
}  # fmt: skip
