"""Files that the console writes for its operator: whole or not at all, and nothing is lost that was there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

FOLDER: Final = "synergy"
MOST_NUMBERS: Final = 999
"""So many files of one name, numbered, before it is said that there are too many."""


def state_folder(environment: Mapping[str, str]) -> Path:
    """Where programs keep what they write for their user, as the XDG Base Directory Specification says."""
    folder = Path(environment.get("XDG_STATE_HOME", ""))
    return (
        folder if folder.is_absolute() else Path(environment.get("HOME", "~")).expanduser() / ".local" / "state"
    ) / FOLDER


def keep_copied(text: str, environment: Mapping[str, str]) -> Path:
    """Write what was copied into the one file that holds it, for its owner alone; OSError when it cannot.

    Whatever else has its name makes room: a link is replaced, not followed, for it may lead to another file.
    """
    folder = state_folder(environment)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "copied.txt"
    _put(path, text, 0o600)
    return path


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet; on OSError (FileExistsError among them) no part of it is left."""
    with path.open("x", encoding="utf-8", newline="") as new:
        try:
            new.write(text)
            new.close()  # a full disk may tell only now
        except OSError:
            with suppress(OSError):
                path.unlink()
            raise


def write_numbered(folder: Path, stem: str, ending: str, text: str) -> Path:
    """Write a file whose name was not taken yet: ``stem.txt``, ``stem-2.txt`` …; OSError when it cannot."""
    for number in range(1, MOST_NUMBERS + 1):
        path = folder / (f"{stem}.{ending}" if number == 1 else f"{stem}-{number}.{ending}")
        with suppress(FileExistsError):
            write_new(path, text)
            return path
    raise FileExistsError(f"{stem}.{ending} and {MOST_NUMBERS - 1} more exist")


def append_lines(path: Path | None, stem: str, lines: Iterable[str]) -> Path:
    """Write lines to the end of a file; None: of a new one in the current folder. OSError when it cannot."""
    found = path or write_numbered(Path(), stem, "txt", "")
    with found.open("a", encoding="utf-8") as handle:
        handle.writelines(f"{line}\n" for line in lines)
    return found


def replace_whole(path: Path, text: str) -> None:
    """Write a file at once or not at all; where it is a link, what it leads to, with its own permissions.

    A file that was not there is for its owner alone.
    """
    target = path.resolve()
    _put(target, text, target.stat().st_mode & 0o777 if target.exists() else 0o600)


def _put(path: Path, text: str, mode: int) -> None:
    """Have a new file take the place of whatever is there."""
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    beside = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as new:
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
        beside.chmod(mode)
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
