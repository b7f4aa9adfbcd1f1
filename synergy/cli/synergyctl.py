"""The program ``synergyctl``: everything an operator can see and do, for scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from synergy.cli.lazy import Entry
from synergy.cli.program import Invocation, Program, group

COMMANDS: Final = {
    "status": Entry("look:status", "Health of daemon, store, broker and workers; counts and lag."),
    "trees": Entry("look:trees", "Trees with the states of their jobs."),
    "processes": Entry("look:processes", "Managed processes: trigger, next run, queues."),
    "boxes": Entry("look:boxes", "Boxes and the daemon processes on them."),
    "box": Entry("boxes:box", "Start and stop daemon processes on a box."),
    "workers": Entry("look:workers", "Supervisors and their child processes."),
    "gc": Entry("collector:gc", "The garbage collector: show, refresh, flush."),
    "ls": Entry("jobs:ls", "List jobs."),
    "show": Entry("jobs:show", "One job with its surroundings."),
    "why": Entry("why:why", "Why a job does not run, down to the roots; --all: of all jobs."),
    "blocks": Entry("why:blocks", "What waits for a job."),
    "why-ran": Entry("why:why_ran", "What caused each run of a job."),
    "history": Entry("jobs:history", "Every transition of a job, with who and why."),
    "attempts": Entry("jobs:attempts", "All attempts of a job."),
    "logs": Entry("logs:logs", "The log of an attempt; -f follows it."),
    "uows": Entry("uows:uows", "List units of work."),
    "uow": Entry("uows:uow", "One unit of work."),
    "reprocess": Entry("verbs:reprocess", "Run jobs again, and what is built on them."),
    "skip": Entry("verbs:skip", "Give jobs up as skipped."),
    "cancel": Entry("verbs:cancel", "Stop running work."),
    "force": Entry("verbs:force", "Start jobs past what they wait for."),
    "mark": Entry("verbs:mark", "Say that jobs are processed, or have nothing to do."),
    "cursor": Entry("verbs:cursor", "Move a process forward or back."),
    "apply": Entry("verbs:apply", "Carry out a plan shown by --plan."),
    "undo": Entry("verbs:undo", "Take the last change back, or that of a plan."),
    "batch": Entry("batches:batch", "Reprocessing with a limit: ls, show, wait, pause, resume, cancel."),
    "hold": Entry("orders:hold", "Keep jobs, a process or a tree from starting."),
    "release": Entry("orders:release", "Lift holds."),
    "drain": Entry("orders:drain", "Start nothing at all until resume."),
    "resume": Entry("orders:resume", "End a drain."),
    "seal": Entry("orders:seal", "Close finished periods against changes."),
    "unseal": Entry("orders:unseal", "Open sealed periods again."),
    "directives": Entry("orders:directives", "Holds, seals and batches in force."),
    "trigger": Entry("entries:trigger", "Make a process due now."),
    "activate": Entry("entries:activate", "Switch a process on."),
    "deactivate": Entry("entries:deactivate", "Switch a process off."),
    "frequency": Entry("entries:frequency", "Change a trigger frequency."),
    "freerun": Entry("freerun:freerun", "Freerun entries: ls, add, set, rm, run, cancel."),
    "audit": Entry("audit:audit", "What operators did; verify checks that nothing of it was changed."),
    "wait": Entry("waiting:wait", "Wait until jobs reach a state."),
    "events": Entry("happenings:events", "Print what happens, as it happens."),
    "completion": Entry("shells:completion", "Print a shell's completion script: bash, zsh, fish."),
}


@group(
    "synergyctl",
    COMMANDS,
    "synergyctl -C ~/flights status",
    "synergyctl ls FlightsHourly --state skipped -o json",
    "synergyctl why FlightsMonthly@2013010000",
    "synergyctl reprocess FlightsHourly@2013010114 --plan",
    cls=Program,
)
@click.option(
    "--socket",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Ask the daemon at this socket, for example a read-only one, instead of the project's.",
)
def main(invocation: Invocation, socket: Path | None) -> None:
    """See and steer a Synergy deployment through its daemon's control socket.

    A job is PROCESS@TIMEPERIOD, a range PROCESS@FROM..TO, a freerun entry PROCESS::ENTRY, a unit of work its id.

    Exit codes: 0 done, 1 negative answer, 2 usage, 3 not legal now, 4 plan is stale, 5 not permitted, 6 not confirmed,
    7 partly done, 8 cannot be undone, 9 no daemon, 124 timed out, 130 interrupted.
    """
    invocation.socket = socket
