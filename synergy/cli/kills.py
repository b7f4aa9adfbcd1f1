"""Waiting until work that was stopped is gone, and telling how it ended: every pid, every signal, the last look."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final, NamedTuple

import click

from synergy.cli import words as w
from synergy.cli.connection import ANSWER_SECONDS, Updates
from synergy.cli.failures import tell_parts
from synergy.cli.program import CommandFunction
from synergy.client import ControlClient
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.control.events import UowChanged
from synergy.core.counting import counted
from synergy.core.records import CANCELED_LOST
from synergy.core.states import UowState

NOT_CONFIRMED: Final = 6

MARGIN_SECONDS: Final = 10.0
"""How much longer than the work's own grace is waited for proof that the work is gone."""

LOOK_SECONDS: Final = 2.0
NAMED_PROCESSES: Final = 8
"""So many processes are named on a line; all that are known are in the JSON."""


def confirm_options(function: CommandFunction) -> CommandFunction:
    """The options of every verb that may stop running work."""
    no_wait = click.option("--no-wait", is_flag=True, help="Do not wait until stopped work is gone.")
    limit = click.option(
        "--timeout",
        type=click.FloatRange(min=0),
        metavar="S",
        default=None,
        help="Wait at most S seconds for proof that stopped work is gone (default: its grace and 10 s).",
    )
    return limit(no_wait(function))


class Patience(NamedTuple):
    """Whether to wait until stopped work is gone, and how long; None: its own grace, and a margin."""

    waits: bool
    seconds: float | None


class Stopping:
    """The units of work that a plan stops, and what is known of each; ``rows`` are in the plan's order."""

    def __init__(self, applied: r.Applied, limit_seconds: float | None) -> None:
        """``limit_seconds``: see Patience."""
        margin = applied.grace_seconds + MARGIN_SECONDS
        self._limit_seconds = margin if limit_seconds is None else limit_seconds
        self._known = {uow_id: r.Stopped(uow_id) for uow_id in applied.kills}

    @property
    def rows(self) -> tuple[r.Stopped, ...]:
        """What is known by now."""
        return tuple(self._known.values())

    @property
    def left(self) -> tuple[r.Stopped, ...]:
        """What has not ended."""
        return tuple(row for row in self.rows if not _has_ended(row))

    async def wait(self, updates: Updates, tell: Callable[[r.Stopped], None]) -> None:
        """Until all of it has ended, or the time is up; ``tell`` is called for each that ends."""
        clock = asyncio.get_running_loop().time
        until = clock() + self._limit_seconds
        looked = clock()
        wanted = set(self._known)
        while True:
            for row in self.left:
                if row.uow_id in wanted and _has_ended(known := await self._look(updates.client, row.uow_id)):
                    tell(known)
            if not self.left or clock() >= until:
                return
            events = await updates.wait(max(0.0, min(until, looked + LOOK_SECONDS) - clock()))
            if clock() >= min(until, looked + LOOK_SECONDS):
                looked = clock()
                wanted = set(self._known)
            else:
                wanted = {event.uow_id for event in events if isinstance(event, UowChanged)}

    async def _look(self, client: ControlClient, uow_id: str) -> r.Stopped:
        uow = await client.call(q.ShowUow(uow_id), timeout=ANSWER_SECONDS)
        known = r.Stopped(uow_id, uow.state, uow.box_id, uow.exit_reason, uow.alive, uow.kill)
        self._known[uow_id] = known
        return known

    def tell_left(self, *, as_json: bool) -> int:
        """Say of what it is not proved that it is gone, if of anything; returns the exit code."""
        unproved = [row for row in self.rows if not _has_ended(row) or _is_lost(row)]
        if not unproved:
            return 0
        told = f"not confirmed as gone within {self._limit_seconds:g} s: {', '.join(map(_left_words, unproved))}"
        tell_parts("not_confirmed", told, "see synergyctl uow ID", as_json=as_json)
        return NOT_CONFIRMED


def _has_ended(row: r.Stopped) -> bool:
    return row.state is not None and UowState(row.state).is_finished


def _is_lost(row: r.Stopped) -> bool:
    """It counts as canceled because its lease is lost; nobody has seen that its processes are gone."""
    return row.exit_reason == CANCELED_LOST and row.report is None


def _left_words(row: r.Stopped) -> str:
    """``Hourly@2013010114.1 (pid 4711 outlives KILL on box-1)``."""
    if _is_lost(row):
        return f"{row.uow_id} (its worker on {row.box_id} was lost; the next one there first ends what is left)"
    if row.alive:
        return f"{row.uow_id} ({_pids(row.alive)} outlive{'s' if len(row.alive) == 1 else ''} KILL on {row.box_id})"
    return f"{row.uow_id} (still being ended on {row.box_id})" if row.box_id else row.uow_id


def stopped_line(row: r.Stopped) -> str:
    """What became of one unit of work: ``Hourly@2013010114.1 canceled: pid 4711 (sh) TERM 03:12:04.120, gone …``."""
    told = f"{row.uow_id} {w.state_word(row.state)}: "
    if row.report is not None:
        return told + kill_words(row.report)
    return told + ("no proof, its worker was lost" if _is_lost(row) else "it ended without being stopped")


def kill_words(kill: r.Kill) -> str:
    """How work was ended, in one line; processes that got the same signals at the same times stand together."""
    parts = []
    shown = kill.processes[:NAMED_PROCESSES]
    for _, alike in groupby(shown, key=_signal_words):
        parts.append(_group_words(list(alike)))
    more = kill.more + len(kill.processes) - len(shown)
    if more:
        parts.append(f"and {counted(more, 'more process', 'more processes')}")
    found = f"{_pids(kill.remaining)} alive" if kill.remaining else "nothing"
    parts.append(f"re-scan at {_clock(kill.rescanned)} found {found} ({kill.box_id})")
    return "; ".join(parts)


def _group_words(processes: Sequence[r.Killed]) -> str:
    names = ", ".join(f"{process.pid} ({process.name})" for process in processes)
    told = f"pid{'' if len(processes) == 1 else 's'} {names}"
    signals = processes[0].signals
    if not signals:
        return f"{told} gone without a signal"
    told += f" {_signal_words(processes[0])}"
    last = max((process.gone for process in processes if process.gone), default=None)
    if last is None:
        return told
    return f"{told}, gone after {w.duration(round(_seconds(last) - _seconds(signals[0].at), 2))}"


def _signal_words(process: r.Killed) -> str:
    return " ".join(f"{sent.name} {_clock(sent.at)}" for sent in process.signals)


def _pids(pids: Sequence[int]) -> str:
    return f"pid{'' if len(pids) == 1 else 's'} {', '.join(map(str, pids))}"


def _clock(stamp: str) -> str:
    """``2026-11-23T03:12:04.120Z`` → ``03:12:04.120``; UTC."""
    return stamp[11:23]


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp()
