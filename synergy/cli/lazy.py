"""Groups that know their commands by name only: a module is imported when its command is run, not when it is listed."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class Entry(NamedTuple):
    """Where a command lives (``module:attribute`` within this room), and its line in the group's help."""

    at: str
    summary: str


class LazyGroup(click.Group):
    """A group over a table of entries, listed in the table's order."""

    def __init__(  # type: ignore[no-untyped-def]
        self,
        name: str | None = None,
        *,
        entries: Mapping[str, Entry] | None = None,
        **attributes,  # noqa: ANN003 - whatever click's Group takes
    ) -> None:
        super().__init__(name, **attributes)
        self.entries = dict(entries or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """See click.Group."""
        return [*self.entries, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """See click.Group; imports the command's module."""
        entry = self.entries.get(cmd_name)
        if entry is None:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = entry.at.partition(":")
        found = getattr(import_module(f"synergy.cli.{module}"), attribute)
        assert isinstance(found, click.Command), entry.at  # noqa: S101 - a wrong table is a defect of this program
        return found

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """See click.Group; reads the table only."""
        from click.shell_completion import CompletionItem

        fitting = [(name, entry) for name, entry in self.entries.items() if name.startswith(incomplete)]
        items = [CompletionItem(name, help=entry.summary) for name, entry in fitting]
        return items + click.Command.shell_complete(self, ctx, incomplete)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """See click.Group; an unknown command is answered with the nearest known ones."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            near = difflib.get_close_matches(args[0], self.list_commands(ctx), n=3)
            remedy = f"did you mean {', '.join(near)}?" if near else f"see {ctx.command_path} --help"
            raise click.UsageError(f'there is no command "{args[0]}"; {remedy}', ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """See click.Group; reads the table only."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in self.entries.items()])
