"""Commands on the daemon as a process: start, stop, restart, status and run."""

from __future__ import annotations

import os
from typing import Final

import click

from synergy.cli.failures import tell_parts
from synergy.cli.output import write_facts, write_object
from synergy.cli.program import Invocation, command
from synergy.cli.projects import tell_warnings
from synergy.cli.wrong_settings import paths_to_look_at
from synergy.daemon import lifecycle
from synergy.loading import load_project

NOT_CONFIRMED: Final = 6
NOT_RUNNING: Final = 1


def accept_plan_option(function: click.decorators.FC) -> click.decorators.FC:
    """The option that accepts what changed definitions would do to finished jobs."""
    return click.option(
        "--accept-plan", is_flag=True, help="Accept that changed definitions reopen or hide finished jobs."
    )(function)


def standby_option(function: click.decorators.FC) -> click.decorators.FC:
    """The option that lets a daemon wait for the lead."""
    return click.option(
        "--standby", is_flag=True, help="Where another daemon leads the store, wait, and take over when it is gone."
    )(function)


@command("start", "synergyd start", "synergyd start -C ~/flights", "synergyd start --standby")
@accept_plan_option
@standby_option
def start(invocation: Invocation, *, accept_plan: bool, standby: bool) -> None:
    """Start the daemon in the background; with the embedded broker, this box's supervisor too.

    Returns when the control socket answers, or fails with the reason.
    """
    project = load_project(invocation.folder)
    tell_warnings(project)
    pid = lifecycle.start(project, accept_plan=accept_plan, standby=standby)
    _tell(invocation, f"the daemon runs, pid {pid}", pid=pid, running=True)


@command("stop", "synergyd stop", "synergyd stop --now")
@click.option("--now", is_flag=True, help="Do not wait for running work; it runs again after the next start.")
def stop(invocation: Invocation, *, now: bool) -> int:
    """Stop the daemon; with the embedded broker, this box's supervisor too.

    Nothing new is started, running work may end within stop_grace_seconds, what remains is ended and runs again after
    the next start.
    """
    paths = paths_to_look_at(invocation.folder)
    return tell_stopped(invocation, lifecycle.stop(paths, now=now, tell=tell_wait("--now", now=now)))


@command("restart", "synergyd restart", "synergyd restart -C ~/flights")
@accept_plan_option
def restart(invocation: Invocation, *, accept_plan: bool) -> int:
    """Stop the daemon and start it with the definitions as they are now; supervisor and running work go on.

    Wrong definitions are refused before anything is stopped.
    """
    project = load_project(invocation.folder)
    tell_warnings(project)
    stopped = lifecycle.stop_for_restart(project, tell_wait("synergyd stop --now"))
    if stopped.left:
        return tell_stopped(invocation, stopped)
    pid = lifecycle.start(project, accept_plan=accept_plan)
    _tell(invocation, f"the daemon runs again, pid {pid}", pid=pid, running=True)
    return 0


@command("status", "synergyd status", "synergyd status -o json | jq .daemon_pid")
def status(invocation: Invocation) -> int:
    """Tell whether daemon and supervisor run; exit 1 when the daemon does not, or does not answer."""
    found = lifecycle.standing(paths_to_look_at(invocation.folder))
    if invocation.output != "table":
        write_object(
            invocation.output,
            {
                "running": found.daemon_pid is not None,
                "answers": found.answers,
                "standby": found.standby,
                "daemon_pid": found.daemon_pid,
                "supervisor_pid": found.supervisor_pid,
            },
        )
    else:
        more = f"; {found.trouble}" if found.standby else f", but does not answer: {found.trouble}"
        daemon = f"runs, pid {found.daemon_pid}{more if found.trouble else ''}" if found.daemon_pid else "does not run"
        supervisor = f"runs, pid {found.supervisor_pid}" if found.supervisor_pid else "does not run"
        write_facts({"daemon": daemon, "supervisor": supervisor})
    return 0 if found.answers else NOT_RUNNING


@command("run", "synergyd run", "synergyd run -C /srv/flights", "synergyd run --standby")
@accept_plan_option
@standby_option
def run(invocation: Invocation, *, accept_plan: bool, standby: bool) -> None:
    """Be the daemon, in the foreground, until SIGTERM or Ctrl-C; tells systemd when it is ready (Type=notify)."""
    project = load_project(invocation.folder)
    tell_warnings(project)
    notify_socket = os.environ.pop("NOTIFY_SOCKET", None)
    lifecycle.run(project, accept_plan=accept_plan, standby=standby, notify_socket=notify_socket)


def tell_wait(sooner: str, *, now: bool = False) -> lifecycle.TellWait:
    """Tells on standard error for whom a stop waits. ``sooner``: what would end it sooner, unless it is ``now``."""

    def tell(name: str, seconds: float) -> None:
        rest = "then it is killed" if now else f"{sooner} ends it sooner"
        click.echo(f"waiting for {name}, up to {seconds:g} s; {rest}", err=True)

    return tell


def tell_stopped(invocation: Invocation, stopped: lifecycle.Stopped) -> int:
    """Print what a stop did; the exit code says whether everything is gone."""
    if invocation.output != "table":
        write_object(invocation.output, {"ended": stopped.ended, "killed": stopped.killed, "left": stopped.left})
    else:
        for name in stopped.ended:
            click.echo(f"stopped: {name}")
        for name in stopped.killed:
            click.echo(f"killed: {name}")
        if stopped == lifecycle.Stopped():
            click.echo("nothing runs")
    if stopped.left:
        told = f"still running: {', '.join(stopped.left)}"
        tell_parts("not_confirmed", told, "end it with --now", as_json=invocation.as_json)
    return NOT_CONFIRMED if stopped.left else 0


def _tell(invocation: Invocation, message: str, **fields: object) -> None:
    if invocation.output == "table":
        click.echo(message)
    else:
        write_object(invocation.output, fields)
