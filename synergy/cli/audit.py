"""The command family ``audit``: what operators did, and whether the record of it is whole."""

from __future__ import annotations

import asyncio
import re
from typing import Final

import click
import msgspec
from msgspec.structs import replace

from synergy.cli import words as w
from synergy.cli.connection import ANSWER_SECONDS, connected
from synergy.cli.lazy import Entry
from synergy.cli.output import Column, RowWriter, write_object
from synergy.cli.program import Invocation, command, group
from synergy.core.audit_check import AuditFault, ChainWalk
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.counting import counted
from synergy.core.errors import InvalidArgument
from synergy.core.records import AuditHead

PAGE: Final = 200
WALK_PAGE: Final = 500
SHOWN_FAULTS: Final = 20
_WIDEST: Final = 40
_HEAD: Final = re.compile(r"(?:head:)?\s*([1-9]\d{0,17}):([0-9a-f]{64})")

ENTRIES: Final = {"verify": Entry("audit:verify", "Check that no entry was changed, removed or put in.")}
COLUMNS: Final = (
    Column[r.AuditRow]("SEQ", lambda row: str(row.seq), numeric=True),
    Column[r.AuditRow]("AT", lambda row: w.when(row.at), least=w.DATE),
    Column[r.AuditRow]("ACTOR", lambda row: w.text(row.actor)),
    Column[r.AuditRow]("VERB", lambda row: w.text(row.verb), least=8),
    Column[r.AuditRow]("TARGET", lambda row: _short(row.target), least=8),
    Column[r.AuditRow]("BEFORE", lambda row: _short(row.before), least=8),
    Column[r.AuditRow]("AFTER", lambda row: _short(row.after), least=8),
    Column[r.AuditRow]("REASON", lambda row: _short(row.reason), least=8),
    Column[r.AuditRow]("LOGIN USER", lambda row: w.text(row.login_user)),
    Column[r.AuditRow]("FROM", lambda row: w.text(row.origin)),
    Column[r.AuditRow]("DETAIL", lambda row: _short(row.detail), least=8),
    Column[r.AuditRow]("PLAN", lambda row: w.text(row.plan_id)),
)


@group(
    "audit",
    ENTRIES,
    "synergyctl audit --since 2h",
    "synergyctl audit --actor anna --verb reprocess -o jsonl",
    "synergyctl audit verify",
    bare=True,
)
@click.option("--since", metavar="WHEN", help="Only from then on: an age (2h, 3d), a date, or an ISO-8601 time.")
@click.option("--until", metavar="WHEN", help="Only before then.")
@click.option("--actor", metavar="USER", help="Only what this user did.")
@click.option("--verb", metavar="VERB", help='Only this verb, e.g. reprocess or "freerun set".')
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N (default: all).")
@click.pass_context
def audit(context: click.Context, /, invocation: Invocation, limit: int | None, **filters: str | None) -> None:
    """List what operators did, newest first: who, when, what, why, before and after."""
    if context.invoked_subcommand is None:
        asyncio.run(_list(invocation, msgspec.convert(filters, q.ListAudit), limit))


@command(
    "verify",
    "synergyctl audit verify | tail -1 >> heads",
    'synergyctl audit verify --head "$(cat heads)"',
    "synergyctl audit verify --head 1204:9f86…",
)
@click.option(
    "--head",
    metavar="SEQ:DIGEST",
    help="Compare with a head that an earlier verify printed; of several lines, with the last.",
)
def verify(invocation: Invocation, head: str | None) -> int:
    """Check the audit's chain; exits 1 and names what was changed, removed or put in.

    Whoever can write the store can write a whole new chain. Keep the head that this prints elsewhere, and give it to a
    later verify: everything up to it is proved then.
    """
    walk = asyncio.run(_walk(invocation, None if head is None else _parse_head(head)))
    if invocation.output == "table":
        _tell(walk)
    else:
        write_object(
            invocation.output,
            {
                "whole": not walk.number_of_faults,
                "entries": walk.count,
                "head": walk.head,
                "number_of_faults": walk.number_of_faults,
                "faults": walk.faults,
            },
        )
    return 1 if walk.number_of_faults else 0


async def _list(invocation: Invocation, request: q.ListAudit, limit: int | None) -> None:
    writer = RowWriter(invocation.output, COLUMNS, empty="no entry matches")
    left, more = limit, True
    async with connected(invocation) as client:
        while more and left != 0:
            size = PAGE if left is None else min(PAGE, left)
            page = await client.call(replace(request, limit=size), timeout=ANSWER_SECONDS)
            writer.add(page.entries)
            left = None if left is None else left - len(page.entries)
            more = page.more and bool(page.entries)
            if more:
                request = replace(request, before=page.entries[-1].seq)
    writer.close()


async def _walk(invocation: Invocation, noted: AuditHead | None) -> ChainWalk:
    walk, request = ChainWalk(noted), q.WalkAudit(limit=WALK_PAGE)
    async with connected(invocation) as client:
        while True:
            page = await client.call(request, timeout=ANSWER_SECONDS)
            walk.take(page.entries)
            if not page.more or not page.entries:
                break
            request = replace(request, after=page.entries[-1].seq)
    heads = (("the daemon", page.daemon_head), ("the store", page.store_head))
    walk.end([(place, head) for place, head in heads if head is not None])
    return walk


def _parse_head(text: str) -> AuditHead:
    """The head as ``verify`` prints it, with or without ``head:``; of several lines, as a file keeps them, the last."""
    last = (text.strip().splitlines() or [""])[-1].strip()
    found = _HEAD.fullmatch(last)
    if found is None:
        raise InvalidArgument(f'"{last}" is no head', remedy="write SEQ:DIGEST as audit verify prints it")
    return AuditHead(int(found[1]), found[2])


def _tell(walk: ChainWalk) -> None:
    entries = counted(walk.count, "entry", "entries")
    faults = counted(walk.number_of_faults, "fault")
    click.echo(f"audit: {entries}, {faults if walk.number_of_faults else 'whole'}")
    for fault in walk.faults[:SHOWN_FAULTS]:
        click.echo(f"{fault.seq}: {fault.what}{_says(fault)}")
    if walk.number_of_faults > SHOWN_FAULTS:
        click.echo(f"and {walk.number_of_faults - SHOWN_FAULTS:,} more")
    if walk.head.seq:
        click.echo(f"head: {walk.head.seq}:{walk.head.digest}")


def _says(fault: AuditFault) -> str:
    row = fault.entry
    if row is None:
        return ""
    if row.detail and not row.actor:
        return f"; {row.detail}"
    return f"; it says that {row.actor} did {row.verb} {_short(row.target)} at {w.when(row.at)}"


def _short(value: str | None) -> str:
    text = w.text(value)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"
