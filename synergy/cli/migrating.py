"""``synergyd migrate``: the project's state into another store, counted and compared."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import msgspec

from synergy.cli.output import Column, write_object, write_rows
from synergy.cli.program import Invocation, command
from synergy.loading import load_paths

if TYPE_CHECKING:
    from synergy.core.ports import ArchiveKind
    from synergy.migrating.moving import Counted, Report

NOT_THE_SAME: Final = 1
TELL_SECONDS: Final = 1.0


@command(
    "migrate",
    "synergyd migrate --to mongodb://db1,db2,db3/synergy?replicaSet=rs0 --plan",
    "synergyd stop && synergyd migrate --to mongodb://db1/synergy --verify",
    "synergyd migrate --to sqlite:moved/synergy.db -o json",
)
@click.option(
    "--to", "to", metavar="STORE_URL", required=True, help="Where to: mongodb://HOST/DATABASE or sqlite:PATH."
)
@click.option(
    "--to-password-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Its first line is the password of the URL's user, as SYNERGY_TO_PASSWORD; none: as of the project's store.",
)
@click.option("--plan", "only_plan", is_flag=True, help="Count what there is on either side, and change nothing.")
@click.option("--verify", is_flag=True, help="Compare all contents, too; of stores that are copied already, only that.")
def migrate(invocation: Invocation, to: str, to_password_file: Path | None, *, only_plan: bool, verify: bool) -> int:
    """Copy all jobs, work, history and logs from the store in synergy.toml into an empty one.

    Daemon and supervisors must be stopped. The source stays as it is; after an interruption the same command goes on
    where it was. synergy.toml is not changed: the line to put there is printed. Exit 1 when the two are not the same.
    """
    from synergy.migrating import app
    from synergy.passwords import read_password, without_password

    if only_plan and verify:
        raise click.UsageError("--plan changes and compares nothing: leave --verify out")
    paths = load_paths(invocation.folder)
    teller = _Teller()
    target = app.Target(to, read_password("SYNERGY_TO_PASSWORD", os.environ, "--to-password-file", to_password_file))
    if only_plan:
        report = app.plan(paths, target)
    else:
        report = app.migrate(paths, target, verify=verify, tell=teller.line, progress=teller.progress)
    setting = f'store = "{without_password(to)}"'
    if invocation.as_json:
        write_object(invocation.output, {**msgspec.to_builtins(report), "same": report.is_same, "setting": setting})
    else:
        _write(report, setting, only_plan=only_plan)
    return 0 if only_plan or report.is_same else NOT_THE_SAME


class _Teller:
    """Tells on standard error how far it has come: once a second, and at the end of each kind."""

    def __init__(self) -> None:
        self._told = self._began = time.monotonic()
        self._kind: ArchiveKind | None = None
        self._before = 0

    def line(self, text: str) -> None:
        """Tell something."""
        click.echo(text, err=True)

    def progress(self, kind: ArchiveKind, done: int, total: int) -> None:
        """See Progress."""
        now = time.monotonic()
        if kind is not self._kind or done < self._before:
            self._kind, self._began = kind, now
        self._before = done
        if done < total and now - self._told < TELL_SECONDS:
            return
        self._told = now
        pace = f"  {done / (now - self._began):,.0f}/s" if now > self._began else ""
        self.line(f"{_word(kind)}: {done:,} of {total:,}{pace}")


def _write(report: Report, setting: str, *, only_plan: bool) -> None:
    columns: list[Column[Counted]] = [
        Column("KIND", lambda one: _word(one.kind)),
        Column("SOURCE", lambda one: f"{one.source:,}", numeric=True),
        Column("TARGET", lambda one: f"{one.target:,}", numeric=True),
    ]
    write_rows("table", columns, report.counts)
    for comparison in report.comparisons or ():
        for one in comparison.first:
            click.echo(f"{_word(one.kind)} {one.name}: {one.what}", err=True)
        if (more := comparison.differing - len(comparison.first)) > 0:
            click.echo(f"{_word(comparison.kind)}: {more:,} more differences", err=True)
    sys.stdout.flush()
    if only_plan:
        click.echo(f"nothing was changed; {report.source} would be copied to {report.target}", err=True)
    elif not report.is_same:
        click.echo("error: the stores are not the same; move the target away and begin again", err=True)
    else:
        how = "count and content" if report.comparisons is not None else "count; --verify compares contents, too"
        click.echo(f"{report.source} and {report.target} are the same by {how}", err=True)
        click.echo("put this into synergy.toml, with the password if there are stars, and start again:", err=True)
        click.echo(setting)


def _word(kind: ArchiveKind) -> str:
    return kind.value.replace("_", " ")
