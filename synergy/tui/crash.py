"""What is left when the console itself fails: the terminal is whole, and a report tells what happened."""

from __future__ import annotations

import os
import platform
import tempfile
import traceback
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from synergy import __version__


def report_text(problem: BaseException, place: str) -> str:
    """The report: versions, where the operator was, and the traceback; no values of variables, they may be secrets."""
    head = [
        f"synergy-console {__version__}, textual {_version('textual')}, Python {platform.python_version()}",
        f"terminal {os.environ.get('TERM', 'unknown')}, place {place}",
        "",
    ]
    return "\n".join(head) + "\n" + "".join(traceback.format_exception(problem))


def write_report(problem: BaseException, place: str, folder: Path | None) -> Path | None:
    """Write the report into the runtime folder, or where temporary files go; None when neither can be written."""
    for target in (folder, Path(tempfile.gettempdir())):
        if target is None or not target.is_dir():
            continue
        try:
            handle, name = tempfile.mkstemp(prefix="console-crash-", suffix=".txt", dir=target)
            with os.fdopen(handle, "w", encoding="utf-8") as report:
                report.write(report_text(problem, place))
        except OSError:
            continue
        return Path(name)
    return None


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
