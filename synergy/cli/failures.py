"""How failures reach the user: one line (or one JSON object) on standard error, and an exit code; never a traceback."""

from __future__ import annotations

import errno
import json
import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Final

import click

from synergy.core.errors import DiskFull, InvalidDefinition, SynergyError

UNEXPECTED: Final = 70
"""Exit code of a defect of the program itself (EX_SOFTWARE of sysexits.h)."""


def report(error: Exception, program: str, folder: Path, *, as_json: bool) -> int:
    """Tell the error on standard error and return the exit code that goes with it."""
    match _single(error):
        case SynergyError() as known:
            return tell(known, as_json=as_json)
        case click.exceptions.NoArgsIsHelpError() as bare:
            return _tell_help(bare, as_json=as_json)
        case click.ClickException() as usage:
            tell_parts("usage", usage.format_message().removesuffix("."), _usage_remedy(usage), as_json=as_json)
            return usage.exit_code
        case BrokenPipeError():
            _drop_stdout()
            return 1
        case OSError(errno=errno.ENOSPC):
            _drop_stdout()
            return tell(DiskFull("the disk is full", remedy="make room and try again"), as_json=as_json)
        case other:
            path = _write_report(other, program, folder)
            kept = f"the report is in {path}" if path else "no report could be written"
            text = f"{program} failed unexpectedly, {type(other).__name__}: {other}"
            tell_parts("unexpected", text, kept, as_json=as_json)
            return UNEXPECTED


def tell(error: SynergyError, *, as_json: bool) -> int:
    """Print a known error and return its exit code; of several wrong definitions every one has its own line."""
    problems = error.problems if isinstance(error, InvalidDefinition) else ()
    if len(problems) == 1:
        tell_parts(error.code, problems[0], error.remedy, problems if as_json else (), as_json=as_json)
    else:
        tell_parts(error.code, error.message, error.remedy, problems, as_json=as_json)
    return error.exit_code


def tell_parts(code: str, message: str, remedy: str = "", problems: tuple[str, ...] = (), *, as_json: bool) -> None:
    """Print an error in its parts."""
    if as_json:
        told: dict[str, object] = {"code": code, "message": message, "remedy": remedy}
        if problems:
            told["problems"] = problems
        line = json.dumps(told, ensure_ascii=False)
    else:
        text = f"{message}; {remedy}" if remedy else message
        line = "\n".join([f"error: {_one_line(text)}", *(f"  {_one_line(problem)}" for problem in problems)])
    click.echo(line, err=True)


def _tell_help(bare: click.exceptions.NoArgsIsHelpError, *, as_json: bool) -> int:
    """A program without a command: who types that wants to see what there is."""
    if as_json:
        remedy = f"see {bare.ctx.command_path} --help" if bare.ctx else ""
        tell_parts("usage", "no command is given", remedy, as_json=True)
    else:
        click.echo(bare.format_message(), err=True)
    return bare.exit_code


def _single(error: BaseException) -> BaseException:
    """The error inside groups of one, as task groups wrap them."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _usage_remedy(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    return "" if context is None or "--help" in error.message else f"see {context.command_path} --help"


def _drop_stdout() -> None:
    """The reader is gone: let the interpreter's last flush go nowhere instead of complaining."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _write_report(error: BaseException, program: str, folder: Path) -> Path | None:
    """Keep the traceback beside the project's logs, or in the temporary folder where there is no project yet."""
    text = "".join(traceback.format_exception(error))
    try:
        fd, name = tempfile.mkstemp(prefix=f"{program}-crash-", suffix=".txt", dir=_report_folder(folder), text=True)
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        return None
    return Path(name)


def _report_folder(folder: Path) -> Path:
    from synergy.loading import load_paths

    fallback = Path(tempfile.gettempdir())
    try:
        logs = load_paths(folder).log_folder
    except (SynergyError, OSError):
        return fallback
    return logs if logs.is_dir() else fallback
