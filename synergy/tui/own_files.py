"""Files that the console writes for its operator: what is copied where there is no clipboard."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

FOLDER = "synergy"


def state_folder(environment: Mapping[str, str]) -> Path:
    """Where programs keep what they write for their user, as the XDG Base Directory Specification says."""
    folder = Path(environment.get("XDG_STATE_HOME", ""))
    return (
        folder if folder.is_absolute() else Path(environment.get("HOME", "~")).expanduser() / ".local" / "state"
    ) / FOLDER


def keep_copied(text: str, environment: Mapping[str, str]) -> Path:
    """Write what was copied into the one file that holds it, for its owner alone; OSError when it cannot."""
    folder = state_folder(environment)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "copied.txt"
    handle, name = tempfile.mkstemp(prefix=".copied-", dir=folder)
    beside = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as new:
            new.write(text)
        return beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
