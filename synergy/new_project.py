"""A new project for a new user: a settings file and a module of definitions that work as they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Final

from synergy.clocks import RealClock
from synergy.core.errors import InvalidArgument, WorldError

SETTINGS_FILE: Final = "synergy.toml"
_START: Final = "@START@"
_FILES: Final = {SETTINGS_FILE: "synergy.toml.template", "jobs.py": "jobs.py.template"}
_HISTORY: Final = timedelta(days=2)


def init_project(folder: Path) -> tuple[Path, ...]:
    """Write a small working project and return its files; the timetable starts two days ago, so that there is work.

    Raises:
        InvalidArgument: one of the files exists already, or the folder's place is taken by a file.
        WorldError: the folder cannot be written.
    """
    folder = folder.expanduser().resolve()
    start = datetime.fromtimestamp(RealClock().real_time(), UTC) - _HISTORY
    targets = {folder / name: template for name, template in _FILES.items()}
    if folder.exists() and not folder.is_dir():
        raise InvalidArgument(f"{folder} is not a folder", remedy="name another one")
    taken = [path for path in targets if path.exists() or path.is_symlink()]
    if taken:
        raise InvalidArgument(f"{taken[0]} exists already", remedy="name another folder, or move the file away")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, template in targets.items():
            text = files("synergy.templates").joinpath(template).read_text(encoding="utf-8")
            with path.open("x", encoding="utf-8") as file:
                file.write(text.replace(_START, start.strftime("%Y%m%d00")))
    except OSError as error:
        raise WorldError(f"{error.filename or folder} cannot be written: {error.strerror}") from None
    return tuple(targets)
