"""The command family ``supervisor``: the program that runs the work of this box."""

from __future__ import annotations

from typing import Final

import click

from synergy.cli.failures import tell_parts
from synergy.cli.lazy import Entry
from synergy.cli.output import write_facts, write_object
from synergy.cli.program import CommandFunction, Invocation, command, group
from synergy.cli.running import NOT_CONFIRMED, NOT_RUNNING, tell_stopped, tell_wait
from synergy.cli.wrong_settings import paths_to_look_at
from synergy.loading import load_project

ENTRIES: Final = {
    "start": Entry("supervising:start", "Start it in the background."),
    "stop": Entry("supervising:stop", "Stop it, letting running work end."),
    "status": Entry("supervising:status", "Whether it runs (exit 0) or not (exit 1)."),
    "run": Entry("supervising:run", "Be the supervisor in the foreground."),
}


@group("supervisor", ENTRIES, "synergyd supervisor start -C ~/flights", "synergyd supervisor status")
def supervisor(_invocation: Invocation) -> None:
    """Start, stop and watch this box's supervisor. With the embedded broker synergyd start does it for you."""


def _box_option(function: CommandFunction) -> CommandFunction:
    told = "Be this box, not the box_id of synergy.toml: for boxes that share the folder."
    return click.option("--box", "box_id", metavar="BOX", help=told)(function)


@command("start", "synergyd supervisor start -C ~/flights", "synergyd supervisor start --box box-2")
@_box_option
def start(invocation: Invocation, box_id: str | None) -> int:
    """Start this box's supervisor in the background; returns when it works, or fails with the reason.

    One that cannot reach store or broker in time goes on trying; the exit code is 6 then.
    """
    from synergy.daemon.supervisor_process import start_supervisor

    project = load_project(invocation.folder, box_id)
    pid, works = start_supervisor(project)
    if invocation.output != "table":
        write_object(invocation.output, {"running": True, "pid": pid, "works": works})
    elif works:
        click.echo(f"the supervisor of {project.settings.box_id} runs, pid {pid}")
    if works:
        return 0
    told = f"the supervisor, pid {pid}, reaches no store or broker yet"
    tell_parts("not_confirmed", told, f"see {project.supervisor_log}", as_json=invocation.as_json)
    return NOT_CONFIRMED


@command("stop", "synergyd supervisor stop", "synergyd supervisor stop --now")
@click.option("--now", is_flag=True, help="Do not wait for running work; it is offered again.")
@_box_option
def stop(invocation: Invocation, box_id: str | None, *, now: bool) -> int:
    """Stop this box's supervisor: it takes nothing new, and running work may end within stop_grace_seconds."""
    from synergy.daemon.lifecycle import stop_supervisor

    paths = paths_to_look_at(invocation.folder, box_id)
    return tell_stopped(invocation, stop_supervisor(paths, now=now, tell=tell_wait("--now", now=now)))


@command("status", "synergyd supervisor status", "synergyd supervisor status -o json")
@_box_option
def status(invocation: Invocation, box_id: str | None) -> int:
    """Tell whether this box's supervisor runs; exit 1 when it does not."""
    from synergy.daemon.supervisor_process import supervisor_pid

    pid = supervisor_pid(paths_to_look_at(invocation.folder, box_id))
    if invocation.output == "table":
        write_facts({"supervisor": f"runs, pid {pid}" if pid else "does not run"})
    else:
        write_object(invocation.output, {"running": pid is not None, "pid": pid})
    return 0 if pid else NOT_RUNNING


@command("run", "synergyd supervisor run -C /srv/flights")
@click.option("--ready-fd", type=int, hidden=True, help="Where to say that it works.")
@_box_option
def run(invocation: Invocation, box_id: str | None, ready_fd: int | None) -> int:
    """Be this box's supervisor, in the foreground, until SIGTERM or Ctrl-C."""
    import os

    from synergy.readiness import Readiness
    from synergy.worker.app import main

    readiness = Readiness(ready_fd, os.environ.pop("NOTIFY_SOCKET", None))
    return main(invocation.folder, readiness, box_id)
