"""Commands on a project that start nothing: init and check."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path

import click

from synergy.cli.output import write_object
from synergy.cli.program import Invocation, command
from synergy.loading import Project, init_project, load_project


@command("init", "synergyd init ~/flights", "synergyd init . && synergyd check")
@click.argument("place", metavar="[FOLDER]", required=False)
def init(invocation: Invocation, place: str | None) -> None:
    """Write a small working project: settings, and a module of definitions with two processes to start from."""
    folder = Path(place) if place is not None else invocation.folder
    written = init_project(folder)
    if invocation.output != "table":
        write_object(invocation.output, {"folder": str(folder), "written": [str(path) for path in written]})
        return
    for path in written:
        click.echo(f"wrote {path}")
    click.echo(f"next: synergyd start -C {shlex.quote(str(folder))}", err=True)


@command("check", "synergyd check -C ~/flights", "synergyd check -o json")
def check(invocation: Invocation) -> None:
    """Check settings and definitions, and tell everything that is wrong with them at once (exit 2).

    A command whose program is not on this box, in the PATH or the project's folder, is only warned of, as is
    a folder or store that this user could not write.
    """
    from synergy.daemon.place_check import unusable_places
    from synergy.worker.program_check import missing_programs

    project = load_project(invocation.folder)
    context = project.context
    box_id = project.settings.box_id
    found = (*unusable_places(project), *missing_programs(context, project.folder, box_id))
    if invocation.output != "table":
        write_object(
            invocation.output,
            {
                "ok": True,
                "trees": [tree.tree_name for tree in context.trees],
                "processes": [spec.process_name for spec in context.managed],
                "freerun": [f"{spec.process_name}::{spec.entry_name}" for spec in context.freerun],
                "daemons": [spec.process_name for spec in context.daemons],
                "warnings": [*_warnings(project), *found],
            },
        )
        return
    tell_warnings(project)
    _warn(found)
    counted = (
        (len(context.trees), "tree", "trees"),
        (len(context.managed), "managed process", "managed processes"),
        (len(context.freerun), "freerun entry", "freerun entries"),
        (len(context.daemons), "daemon process", "daemon processes"),
    )
    told = ", ".join(f"{count} {one if count == 1 else many}" for count, one, many in counted)
    click.echo(f"{project.folder} is fine: {told}")


def tell_warnings(project: Project) -> None:
    """Print what is legal, but probably not meant."""
    _warn(_warnings(project))


def _warnings(project: Project) -> list[str]:
    from synergy.passwords import exposed_passwords

    return [*project.context.warnings, *exposed_passwords(project.settings, project.folder)]


def _warn(warnings: Iterable[str]) -> None:
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)
