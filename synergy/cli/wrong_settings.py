"""What still can be done with a project whose settings were made wrong while its daemon runs: to look, and to stop."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Final

import click
from msgspec.structs import replace

from synergy.core.errors import InvalidDefinition
from synergy.core.settings import Settings
from synergy.core.settings_reading import NAME, parse_settings
from synergy.loading import ProjectPaths, load_paths
from synergy.new_project import SETTINGS_FILE
from synergy.pidfile import holder

_NEEDED: Final = ("runtime_folder", "log_folder", "broker", "box_id", "stop_grace_seconds")
"""The settings that tell where a deployment is and how it ends; each is taken if it is right by itself."""

_REQUIRED: Final = {"context": "unknown", "synergy_start_timeperiod": "2013010100"}


def paths_to_look_at(folder: Path, box_id: str | None = None) -> ProjectPaths:
    """The project's places; wrong settings keep nobody from looking at what runs, or from stopping it.

    Raises:
        InvalidDefinition: see load_paths; nothing runs there.
    """
    try:
        return load_paths(folder, box_id)
    except InvalidDefinition as error:
        running = paths_despite(folder, box_id)
        if running is None:
            raise
        for problem in error.problems or (str(error),):
            click.echo(f"warning: {problem}", err=True)
        return running


def paths_despite(folder: Path, box_id: str | None = None) -> ProjectPaths | None:
    """The places of a project with wrong settings; None when neither daemon nor supervisor runs there.

    ``box_id``: see load_paths.

    Raises:
        SynergyError: whether they run cannot be known.
    """
    if box_id is not None and not NAME.fullmatch(box_id):
        return None
    folder = folder.expanduser().resolve()
    settings = _readable(folder / SETTINGS_FILE)
    if box_id is not None and box_id != settings.box_id:
        paths = ProjectPaths(folder=folder, settings=replace(settings, box_id=box_id), is_guest=True)
    else:
        paths = ProjectPaths(folder=folder, settings=settings)
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
