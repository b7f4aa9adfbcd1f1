"""What is left when the console itself fails: the terminal is whole, and a report tells what happened."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich.traceback import Traceback
from textual.worker import WorkerFailed

from synergy import __version__
from synergy.core.errors import SynergyError
from synergy.passwords import without_secrets
from synergy.tui.arguments import Options, runtime_folder
from synergy.tui.own_files import state_folder

FAILED = 1


class GaveUpError(Exception):
    """Textual gave up by itself, and told it with something to be drawn instead of an exception."""


def gave_up(told: Sequence[object]) -> Exception:
    """An exception for what Textual would have drawn on the operator's terminal."""
    for each in told:
        if isinstance(each, Traceback):
            stack = each.trace.stacks[0]
            problem = GaveUpError(f"{stack.exc_type}: {stack.exc_value}")
            for frame in stack.frames:
                problem.add_note(f"  {frame.filename}:{frame.lineno} in {frame.name}")
            return problem
    return GaveUpError(" ".join(map(str, told)))


def cause_of(problem: BaseException) -> BaseException:
    """What failed, without what Textual wraps around it."""
    return problem.error if isinstance(problem, WorkerFailed) else problem


def report_text(problem: BaseException, place: str) -> str:
    """The report: versions, where the operator was, and the traceback; no values of variables, they may be secrets."""
    head = [
        f"synergy-console {__version__}, textual {_version('textual')}, Python {platform.python_version()}",
        f"terminal {os.environ.get('TERM', 'unknown')}, place {place}",
        "",
    ]
    return without_secrets("\n".join(head) + "\n" + "".join(traceback.format_exception(cause_of(problem))))


def write_report(problem: BaseException, place: str, folder: Path | None) -> Path | None:
    """Write the report, for its owner alone; None when it cannot be written anywhere.

    It goes into ``folder``, the deployment's own, or where the operator's programs keep what they write, or among
    temporary files.
    """
    for target in _folders(folder):
        try:
            handle, name = tempfile.mkstemp(prefix="console-crash-", suffix=".txt", dir=target)
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as report:
                report.write(report_text(problem, place))
        except OSError:
            continue
        return Path(name)
    return None


def tell_crash(problem: BaseException, place: str, options: Options | None) -> int:
    """Write the report, say in one line where it is, and return the exit code."""
    folder: Path | None = None
    if options is not None and options.remote is None and options.socket is None:
        with suppress(SynergyError):  # the project is gone meanwhile
            folder = runtime_folder(options.folder or Path())
    path = write_report(problem, place, folder)
    where = f"the report is {path}" if path else "no report could be written"
    told = without_secrets(repr(cause_of(problem)))
    with suppress(OSError):
        sys.stderr.write(f"error: the console failed: {told}; {where}; the daemon goes on\n")
    return FAILED


def _folders(folder: Path | None) -> Iterator[Path]:
    if folder is not None and folder.is_dir():
        yield folder
    own = state_folder(os.environ)
    with suppress(OSError):
        own.mkdir(parents=True, exist_ok=True, mode=0o700)
        yield own
    with suppress(OSError):
        yield Path(tempfile.gettempdir())


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
