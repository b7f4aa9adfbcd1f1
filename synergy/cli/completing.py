"""What fits at the cursor of a command line: words, and the names that the daemon knows now.

A person waits for each answer, so the daemon has a moment for it. Where it does not answer, nothing is completed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, get_args

import click
from click.shell_completion import CompletionItem

from synergy.cli import live_names as live
from synergy.cli.connection import control_socket
from synergy.cli.interests import KINDS
from synergy.cli.live_names import Name, Source
from synergy.cli.program import Invocation
from synergy.cli.shells import PART
from synergy.client import ControlClient
from synergy.core.states import JobState, UowState
from synergy.core.wishes import Verb

LIMIT_SECONDS: Final = 1.0

FOLDERS: Final = frozenset({"folder", "place"})


def _words(states: Iterable[JobState | UowState]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(state.word.replace(" ", "_") for state in states))


WORDS: Final[Mapping[str, Sequence[str]]] = {
    "only": _words(JobState),
    "ls states": _words(JobState),
    "uows states": _words(UowState),
    "wait goal": _words((*JobState, *UowState)),
    "mark state": ("processed", "noop"),
    "events kinds": tuple(KINDS),
    "audit verb": tuple(verb for verb in get_args(Verb) if " " not in verb),
}
"""What always fits: by a parameter's name, or by that behind its command."""

LISTS: Final = frozenset({"only", "states", "kinds"})
"""Parameters that take several words, separated by commas."""

NAMES: Final[Mapping[str, Source]] = {
    "process": live.processes,
    "trigger process": live.processes_and_entries,
    "activate process": live.processes_and_entries,
    "deactivate process": live.processes_and_entries,
    "frequency process": live.processes_and_entries,
    "events processes": live.processes,
    "box start process": live.daemon_processes,
    "box stop process": live.daemon_processes,
    "box_id": live.boxes,
    "cursor timeperiod": live.timeperiods,
    "job": live.jobs,
    "attempts job": live.targets,
    "logs target": live.targets,
    "targets": live.targets,
    "hold targets": live.reaches,
    "release targets": live.holds,
    "seal targets": live.sealable,
    "unseal targets": live.seals,
    "batch pause targets": live.batches,
    "batch resume targets": live.batches,
    "batch cancel targets": live.batches,
    "batch_id": live.all_batches,
    "batch_ids": live.batches,
    "uow_id": live.uows,
    "apply plan_id": live.applicable,
    "undo plan_id": live.undoable,
    "tree": live.trees,
    "exclude": live.trees_and_processes,
    "entry": live.entries,
    "entries": live.entries,
}
"""Who knows what fits: by a parameter's name, or by that behind its command."""


def complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What fits where ``incomplete`` stands."""
    name = parameter.name or ""
    if name in FOLDERS:
        return [CompletionItem(incomplete, type="dir")]
    exact = " ".join((*ctx.command_path.split()[1:], name))
    words = WORDS.get(exact, WORDS.get(name))
    if words is not None:
        said = incomplete.rpartition(",")[0] + "," if name in LISTS and "," in incomplete else ""
        return [CompletionItem(said + word) for word in words if (said + word).startswith(incomplete)]
    source = NAMES.get(exact, NAMES.get(name))
    if source is None:
        return []
    found = _ask(ctx, source, incomplete)
    return [
        CompletionItem(one.text, type=PART if one.goes_on else "plain", help=one.told)
        for one in found
        if one.text.startswith(incomplete)
    ]


def _ask(ctx: click.Context, source: Source, incomplete: str) -> Sequence[Name]:
    """Ask the daemon of the folder that the line names."""
    folder = Path(os.path.expandvars(ctx.ensure_object(Invocation).folder)).expanduser()
    given = ctx.params.get("process")

    async def once() -> Sequence[Name]:
        async with asyncio.timeout(LIMIT_SECONDS):
            client = await ControlClient.connect(control_socket(folder), client="completion", read_only=True)
            try:
                return await source(client, incomplete, given if isinstance(given, str) else None)
            finally:
                await client.close()

    return asyncio.run(once())
