"""What both programs share: the options of every command, and the one place where failures become lines and exit codes.

Data goes to standard output, everything else to standard error; a traceback goes to a report file, never to a user.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import click

import synergy
from synergy.cli.lazy import Entry, LazyGroup

OUTPUTS: Final = ("table", "json", "jsonl")
INTERRUPTED: Final = 130
USAGE: Final = 2

CommandFunction = Callable[..., int | None]
Decorated = TypeVar("Decorated", bound=Callable[..., object])


@dataclass
class Invocation:
    """What the common options said: the user's project and the form of the output."""

    program: str
    folder: Path = Path()
    socket: Path | None = None
    """Where the daemon answers, if not where the folder's settings say."""
    output: str = "table"

    @property
    def as_json(self) -> bool:
        """Whether a program reads the output, and the errors."""
        return self.output != "table"


class LiveText(click.types.StringParamType):
    """Any text; where a shell completes it, the names that fit there."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[click.shell_completion.CompletionItem]:
        """See click.ParamType."""
        from synergy.cli.completing import complete

        return complete(ctx, param, incomplete)


LIVE_TEXT: Final = LiveText()


class Program(LazyGroup):
    """A whole program: runs a command and turns its result or failure into an exit code."""

    def main(  # type: ignore[override]
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        **extra: Any,
    ) -> None:
        """Run and exit; see click.Command.main."""
        _open_closed_streams()
        arguments = list(sys.argv[1:] if args is None else args)
        invocation = Invocation(prog_name or self.name or "synergy")
        extra.pop("standalone_mode", None)
        complete_var = f"_{self.name}_complete".upper()
        if os.environ.get(complete_var):
            from synergy.cli.shells import adopt_shells

            adopt_shells()
        if os.environ.get("NO_COLOR"):
            extra.setdefault("color", False)
        try:
            result = super().main(arguments, prog_name, complete_var, standalone_mode=False, obj=invocation, **extra)
            sys.stdout.flush()
        except click.Abort as abort:
            code = INTERRUPTED if isinstance(abort.__cause__, KeyboardInterrupt) else USAGE
        except Exception as error:  # noqa: BLE001 - the boundary: nothing may reach the user as a traceback
            from synergy.cli.failures import report

            as_json = invocation.as_json or _asks_for_json(arguments)
            code = report(error, invocation.program, invocation.folder, as_json=as_json)
        else:
            code = result if isinstance(result, int) else 0
        sys.exit(code)


def _open_closed_streams() -> None:
    """A standard stream that the caller closed reads as empty, and what is written to it goes nowhere."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - open to the end


def common_options(function: Decorated) -> Decorated:
    """Add ``-C`` and ``-o``, which every command takes; what they say is found in the Invocation."""
    folder = click.option(
        "-C",
        "--folder",
        metavar="FOLDER",
        expose_value=False,
        callback=_set_folder,
        help="The project's folder (default: the current one).",
    )
    output = click.option(
        "-o",
        "--output",
        type=click.Choice(OUTPUTS),
        expose_value=False,
        callback=_set_output,
        help="The form of the output (default: table).",
    )
    return folder(output(function))


def command(name: str, *examples: str) -> Callable[[CommandFunction], click.Command]:
    """Make a command that takes the Invocation first, with the common options and examples in its help."""

    def decorate(function: CommandFunction) -> click.Command:
        wrapped = common_options(click.pass_obj(function))
        return _with_live_names(click.command(name, epilog=_epilog(examples), no_args_is_help=False)(wrapped))

    return decorate


def group(
    name: str, entries: Mapping[str, Entry], *examples: str, cls: type[LazyGroup] = LazyGroup, bare: bool = False
) -> Callable[[CommandFunction], LazyGroup]:
    """Make a group over lazily imported commands; ``bare``: it does something when no command is given."""

    def decorate(function: CommandFunction) -> LazyGroup:
        wrapped = common_options(click.pass_obj(function))
        if issubclass(cls, Program):
            wrapped = click.version_option(synergy.__version__, message="%(prog)s %(version)s")(wrapped)
        made = click.group(name, cls=cls, entries=entries, epilog=_epilog(examples), invoke_without_command=bare)(
            wrapped
        )
        made.context_settings.setdefault("help_option_names", ["-h", "--help"])
        _with_live_names(made)
        return made

    return decorate


def _with_live_names(made: click.Command) -> click.Command:
    for parameter in made.params:
        if parameter.type is click.STRING:
            parameter.type = LIVE_TEXT
    return made


def _epilog(examples: Sequence[str]) -> str:
    return "\b\nExamples:\n" + "\n".join(f"  {example}" for example in examples)


def _set_folder(ctx: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.ensure_object(Invocation).folder = Path(value)


def _set_output(ctx: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.ensure_object(Invocation).output = value


def _asks_for_json(arguments: Sequence[str]) -> bool:
    """Whether the arguments ask for JSON: a usage error ends parsing before the option is read."""
    joined = " ".join(arguments)
    return any(sign in joined for sign in ("-o json", "-ojson", "--output json", "--output=json"))
