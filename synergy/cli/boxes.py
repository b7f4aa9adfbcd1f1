"""The command family ``box``: daemon processes started and stopped on one box, and seen to be so."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import click

from synergy.cli.changing import SETTING, setting_of, write_done
from synergy.cli.connection import ANSWER_SECONDS, connected
from synergy.cli.failures import tell_parts
from synergy.cli.kills import NOT_CONFIRMED
from synergy.cli.lazy import Entry
from synergy.cli.program import CommandFunction, Invocation, command, group
from synergy.client import ControlClient
from synergy.core.control import requests as q

ENTRIES: Final = {
    "start": Entry("boxes:start", "Start a daemon process on a box."),
    "stop": Entry("boxes:stop", "Stop a daemon process on a box."),
}
LOOK_SECONDS: Final = 0.2


@group("box", ENTRIES, "synergyctl box stop box-1 Feed", "synergyctl box start box-1 Feed")
def box(_invocation: Invocation) -> None:
    """Start or stop a daemon process on one box; that lasts, over restarts too."""


def _options(function: CommandFunction) -> CommandFunction:
    for option in reversed(
        (
            click.argument("box_id", metavar="BOX"),
            click.argument("process"),
            SETTING,
            click.option(
                "--timeout", type=click.FloatRange(min=0), metavar="S", default=30.0, show_default=True,
                help="Wait at most S seconds until the box says that it is so.",
            ),
        )
    ):  # fmt: skip
        function = option(function)
    return function


@command("start", "synergyctl box start box-1 Feed", "synergyctl box start box-1 Feed --reason 'feed is back'")
@_options
def start(invocation: Invocation, box_id: str, process: str, timeout: float, **given: Any) -> int:
    """Start a daemon process on a box, and keep it running there."""
    return asyncio.run(_switch(invocation, q.SwitchOnBox(box_id, process, is_on=True, **setting_of(given)), timeout))


@command("stop", "synergyctl box stop box-1 Feed", "synergyctl box stop box-1 Feed --timeout 60")
@_options
def stop(invocation: Invocation, box_id: str, process: str, timeout: float, **given: Any) -> int:
    """Stop a daemon process on a box, and keep it stopped there."""
    return asyncio.run(_switch(invocation, q.SwitchOnBox(box_id, process, is_on=False, **setting_of(given)), timeout))


async def _switch(invocation: Invocation, request: q.SwitchOnBox, seconds: float) -> int:
    async with connected(invocation) as client:
        write_done(invocation, await client.call(request, timeout=ANSWER_SECONDS))
        if request.preview:
            return 0
        clock = asyncio.get_running_loop().time
        until = clock() + seconds
        while not await _is_so(client, request):
            if clock() >= until:
                wanted = "running" if request.is_on else "stopped"
                told = f"{request.process_name} is not seen {wanted} on {request.box_id} after {seconds:g} s"
                tell_parts("not_confirmed", told, "see synergyctl boxes", as_json=invocation.as_json)
                return NOT_CONFIRMED
            await asyncio.sleep(LOOK_SECONDS)
    return 0


async def _is_so(client: ControlClient, request: q.SwitchOnBox) -> bool:
    """Whether the box's last heartbeat shows what was asked for; a box that is down shows nothing."""
    boxes = await client.call(q.Boxes(), timeout=ANSWER_SECONDS)
    return any(
        row.up and process.process_name == request.process_name and (process.pid is not None) is request.is_on
        for row in boxes.boxes
        if row.box_id == request.box_id
        for process in row.processes
    )
