"""Whether the folders and the store's file of a project can be written by this user; nothing is made to find that out.

Only a warning: the daemon may run as another user, or on another machine.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from synergy.loading import ProjectPaths


def unusable_places(paths: ProjectPaths) -> tuple[str, ...]:
    """A warning for each setting whose place cannot be written; one for all that fail at the same obstacle."""
    found: dict[Path, str] = {}
    for setting, place in _places(paths):
        obstacle, why = _obstacle(place)
        if why:
            found.setdefault(
                obstacle, f"{setting}: {place} cannot be written: {obstacle} {why}; correct that or {setting}"
            )
    return tuple(found.values())


def _places(paths: ProjectPaths) -> Iterator[tuple[str, Path]]:
    yield "runtime_folder", paths.runtime_folder
    yield "log_folder", paths.log_folder
    if paths.settings.store.startswith("sqlite:"):
        file = paths.sqlite_path
        yield "store", file if file.is_file() else file.parent


def _obstacle(place: Path) -> tuple[Path, str]:
    """The nearest thing on the way that is there, and what is wrong with it; "" for nothing."""
    there = next(each for each in (place, *place.parents) if os.path.lexists(each))
    if there.is_file() and there == place:
        return there, "" if os.access(there, os.W_OK) else "is not writable for this user"
    if not there.is_dir():
        return there, "is no folder"
    if not os.access(there, os.W_OK | os.X_OK):
        return there, "is not writable for this user"
    return there, "" if _keeps_files(there) else "keeps no files"


def _keeps_files(folder: Path) -> bool:
    """False for /proc and its like: they have no room, and take no file without a name either."""
    if os.statvfs(folder).f_blocks:
        return True
    try:
        os.close(os.open(folder, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC))
    except OSError:
        return False
    return True
