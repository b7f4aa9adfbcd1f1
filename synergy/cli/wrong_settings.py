"""What still can be done with a project whose settings were made wrong while its daemon runs: to look, and to stop."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Final

from synergy.core.errors import InvalidDefinition
from synergy.core.settings import Settings
from synergy.core.settings_reading import parse_settings
from synergy.loading import ProjectPaths
from synergy.new_project import SETTINGS_FILE
from synergy.pidfile import holder

_NEEDED: Final = ("runtime_folder", "log_folder", "broker", "box_id", "stop_grace_seconds")
"""The settings that tell where a deployment is and how it ends; each is taken if it is right by itself."""

_REQUIRED: Final = {"context": "unknown", "synergy_start_timeperiod": "2013010100"}


def paths_despite(folder: Path) -> ProjectPaths | None:
    """The places of a project with wrong settings; None when neither daemon nor supervisor runs there.

    Raises:
        SynergyError: whether they run cannot be known.
    """
    folder = folder.expanduser().resolve()
    paths = ProjectPaths(folder=folder, settings=_readable(folder / SETTINGS_FILE))
    runs = holder(paths.pid_file) is not None or holder(paths.supervisor_pid_file) is not None
    return paths if runs else None


def _readable(path: Path) -> Settings:
    """The settings that are needed, as far as the file tells them."""
    table: object = None
    with suppress(OSError, ValueError, RecursionError):
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("synergy")
    written = table if isinstance(table, dict) else {}
    right: dict[str, object] = dict(_REQUIRED)
    for name in _NEEDED:
        if name in written:
            with suppress(InvalidDefinition):
                parse_settings({"synergy": {**_REQUIRED, name: written[name]}})
                right[name] = written[name]
    return parse_settings({"synergy": right})
