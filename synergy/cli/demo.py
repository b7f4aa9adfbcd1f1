"""``synergyd demo``: a year of real flights, either worked through to its end or replayed before the console."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Final, Never

import click

from synergy.cli.demo_folder import Backend, prepare
from synergy.cli.output import write_object
from synergy.cli.program import Invocation, command
from synergy.cli.progress import Follower, Pace, Progress
from synergy.client import ControlClient
from synergy.core.control import requests as q
from synergy.core.control.replies import Status
from synergy.core.errors import AlreadyRunning, WorldError
from synergy.loading import load_paths

HEADLESS_FOLDER: Final = Path(".demo")
REPLAY_FOLDER: Final = Path(".demo-replay")
START_SECONDS: Final = 120.0
STOP_SECONDS: Final = 120.0
SUMS_SECONDS: Final = 60.0
REPLAY_PACE: Final = Pace(tell_seconds=10.0, stall_seconds=float("inf"))


@command("demo", "synergyd demo", "synergyd demo --headless", "synergyd demo --headless --folder /tmp/year -o json")
@click.option("--headless", is_flag=True, help="Work through the whole year, print a summary, stop, and exit.")
@click.option(
    "--speed",
    type=click.FloatRange(min=1.0, max=1e6),
    default=3600.0,
    show_default=True,
    help="Of the replay: seconds of history per second.",
)
@click.option(
    "--store",
    metavar="URL",
    help="Keep the state there, not in an SQLite file: mongodb://USER@HOST/DATABASE, password in SYNERGY_DB_PASSWORD.",
)
@click.option(
    "--broker",
    metavar="URL",
    help="Speak over it, not over the daemon: amqp://USER@HOST:5672/VHOST, password in SYNERGY_MQ_PASSWORD.",
)
@click.option(
    "--boxes", type=click.IntRange(1, 16), default=1, show_default=True, help="Supervisors, each as a box of its own."
)
def demo(
    invocation: Invocation, speed: float, store: str | None, broker: str | None, boxes: int, *, headless: bool
) -> int:
    """Run the flights example in a folder of its own (default: .demo with --headless, .demo-replay without).

    Without --headless 2013 is replayed, and the console opens where there is a terminal. The folder stays; a second
    run goes on where the first one was.
    """
    backend = Backend(store, broker, boxes)
    signal.signal(signal.SIGTERM, _end)
    folder = _folder(HEADLESS_FOLDER if headless else REPLAY_FOLDER, invocation).absolute()
    fresh = prepare(folder, speed=None if headless else speed, backend=backend)
    _note(f"{'made' if fresh else 'going on in'} {folder}")
    began = time.monotonic()
    ours = _start(folder)
    try:
        for box_id in backend.supervisors() if ours else ():
            _must(folder, START_SECONDS, "supervisor", "start", "--box", box_id)
        if not headless and sys.stdout.isatty():
            code = _console(folder)
            _tell_what_stays(folder)
            return code
        follower = Follower(
            load_paths(folder).control_socket, _tell, began=began, fresh=fresh, pace=None if headless else REPLAY_PACE
        )
        progress = _follow(follower)
        _tell_servers(folder)
        _summarise(invocation, folder, progress)
        return _check_sums(folder, invocation)
    finally:
        if ours:
            _stop(folder, backend)


def _folder(default: Path, invocation: Invocation) -> Path:
    source = click.get_current_context().get_parameter_source("folder")
    return invocation.folder if source is click.core.ParameterSource.COMMANDLINE else default


def _end(_signal: int, _frame: FrameType | None) -> Never:
    """TERM ends the demo as an interrupt does: what it started is stopped first."""
    sys.exit(128 + signal.SIGTERM)


def _synergyd(folder: Path, seconds: float, *verb: str) -> tuple[int, str]:
    """Exit code and complaint of a program of its own, so that the daemon is not made from one that has loops already.

    The complaint comes through a file: a pipe that a detached process kept would never end.
    """
    with tempfile.TemporaryFile("w+") as complaint:
        try:
            ended = subprocess.run(
                [sys.executable, "-m", "synergy.cli.synergyd", *verb, "-C", str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=complaint,
                check=False,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired:
            raise WorldError(
                f"synergyd {' '.join(verb)} -C {folder} did not return within {seconds:g} s",
                remedy=f"see {folder}/.synergy/logs, and stop what is left with: synergyd stop --now -C {folder}",
            ) from None
        complaint.seek(0)
        return ended.returncode, complaint.read()


def _start(folder: Path) -> bool:
    """Start the daemon; False when one runs in the folder already, which is then left running."""
    code, complaint = _synergyd(folder, START_SECONDS, "start")
    if code == AlreadyRunning.exit_code:
        _note(f"a daemon runs in {folder} already; it is left running")
        return False
    _check(code, complaint)
    return True


def _must(folder: Path, seconds: float, *verb: str) -> None:
    _check(*_synergyd(folder, seconds, *verb))


def _check(code: int, complaint: str) -> None:
    if code:
        sys.stderr.write(complaint)
        raise click.exceptions.Exit(code)


def _stop(folder: Path, backend: Backend) -> None:
    """Stop what was started, also when nobody reads any more what is told of it."""
    _tell_if_heard("stopping what was started\n")
    stops = [("supervisor", "stop", "--box", box_id) for box_id in backend.supervisors()]
    for verb in (*stops, ("stop",)):
        code, complaint = _synergyd(folder, STOP_SECONDS, *verb)
        if code:
            _tell_if_heard(complaint)


def _console(folder: Path) -> int:
    """Give the terminal to the console, for as long as its user likes."""
    program = Path(sys.executable).with_name("synergy-console")
    return subprocess.run([program, "-C", folder], check=False).returncode


def _follow(follower: Follower) -> Progress:
    try:
        return asyncio.run(follower.until_complete())
    finally:
        if sys.stderr.isatty():
            sys.stderr.write("\n")


def _tell_servers(folder: Path) -> None:
    """Where the work was done: store, broker and boxes, as the daemon knows them."""
    status = asyncio.run(_status(folder))
    for name, server in (("store", status.store), ("broker", status.broker)):
        _note(f"{name}: {server.url}, {'up' if server.up else f'down: {server.detail}'}")
    _note(f"boxes: {status.supervisors}, with {status.slots} slots")


async def _status(folder: Path) -> Status:
    client = await ControlClient.connect(load_paths(folder).control_socket, client="synergyd demo")
    try:
        return await client.call(q.Status())
    finally:
        await client.close()


def _tell(progress: Progress) -> None:
    """A line of its own in a log; in a terminal the line before makes room."""
    line = progress.line()
    if sys.stderr.isatty():
        one_line = line[: shutil.get_terminal_size().columns - 1]  # what is wrapped could not be written over
        sys.stderr.write(f"\r{one_line}\x1b[K")
    else:
        sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _summarise(invocation: Invocation, folder: Path, progress: Progress) -> None:
    if invocation.output != "table":
        trees = {
            tree.tree_name: {
                "jobs": tree.jobs, "processed": tree.processed, "noop": tree.noop, "skipped": tree.skipped
            }
            for tree in progress.trees
        }  # fmt: skip
        write_object(
            invocation.output,
            {
                "folder": str(folder),
                "jobs": progress.jobs,
                "finished": progress.finished,
                "finished_now": progress.finished - progress.done_before,
                "seconds": round(progress.seconds, 3),
                "jobs_per_second": round(progress.jobs_per_second, 1),
                "trees": trees,
            },
        )
        return
    now = progress.finished - progress.done_before
    if now:
        click.echo(f"{now:,} jobs finished in {progress.seconds:.1f} s: {progress.jobs_per_second:,.0f} jobs/s")
    else:
        click.echo(f"nothing was left to do: all {progress.finished:,} jobs were finished by an earlier run")
    click.echo(f"\n{'tree':12}{'jobs':>8}{'processed':>12}{'noop':>8}{'skipped':>9}")
    for tree in progress.trees:
        click.echo(f"{tree.tree_name:12}{tree.jobs:>8,}{tree.processed:>12,}{tree.noop:>8,}{tree.skipped:>9,}")
    click.echo()


def _check_sums(folder: Path, invocation: Invocation) -> int:
    """Count the results with the example's own module; its exit code is the demo's."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    counted = subprocess.run(
        [sys.executable, "-m", "flights.sums"],
        cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=False, timeout=SUMS_SECONDS,
    )  # fmt: skip
    click.echo(counted.stdout, nl=False, err=invocation.output != "table")
    if counted.returncode:
        raise WorldError("the results in flights.db are not what the data says", remedy=f"look into {folder}")
    _tell_what_stays(folder)
    return 0


def _tell_what_stays(folder: Path) -> None:
    programs = _shortest(Path(sys.executable).parent)
    place = _shortest(folder)
    _note(f"\nthe folder stays; look at it with:\n  {programs}/synergyd start -C {place}")
    _note(f"  {programs}/synergyctl ls FlightsDaily -C {place}\n  {programs}/synergy-console -C {place}\n")


def _shortest(path: Path) -> Path:
    """As one would type it from here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _note(text: str) -> None:
    click.echo(text, err=True)


def _tell_if_heard(text: str) -> None:
    with suppress(OSError):
        click.echo(text, nl=False, err=True)
