"""A user's project as the programs meet it: its settings, its places, and its checked process context.

User code is never imported here. ``load_project`` has it imported by a child process with a time limit
(``synergy.loading_child``), which answers with the process context or with everything that is wrong.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

import synergy
from synergy.core.context import ProcessContext
from synergy.core.errors import InvalidDefinition, WorldError
from synergy.core.settings import Settings
from synergy.core.settings_reading import NAME, Locate, parse_settings
from synergy.core.validation import wrong_definitions
from synergy.new_project import SETTINGS_FILE, init_project

__all__ = ["Project", "ProjectPaths", "init_project", "load_paths", "load_project", "load_settings"]

_SHOWN_OUTPUT_CHARS: Final = 400
_ANY_TIMEPERIOD: Final = "2013010100"
_TABLE: Final = re.compile(r"\s*\[\s*([\w-]+)\s*\]")
_KEY: Final = re.compile(r"\s*[\"']?([\w-]+)[\"']?\s*=")
_AT_LINE: Final = re.compile(r"(?P<what>.*) \(at line (?P<line>\d+), column \d+\)")


class ProjectPaths(Struct, frozen=True, kw_only=True):
    """A project without its definitions: all that synergyctl and the console need. Paths are absolute.

    ``is_guest``: the box in the settings is not the file's: one of several boxes that share the folder.
    """

    folder: Path
    settings: Settings
    is_guest: bool = False

    @property
    def runtime_folder(self) -> Path:
        """Where sockets and pid files live, and logs unless they have a folder of their own."""
        return self.folder / self.settings.runtime_folder

    @property
    def log_folder(self) -> Path:
        """Where the daemon's own logs lie."""
        return self.folder / self.settings.log_folder if self.settings.log_folder else self.runtime_folder / "logs"

    @property
    def box_log_folder(self) -> Path:
        """Where the logs of this box's supervisor and daemon processes lie; see box_folder."""
        if not self.is_guest:
            return self.log_folder
        return self.log_folder / self.settings.box_id if self.settings.log_folder else self.box_folder / "logs"

    @property
    def control_socket(self) -> Path:
        """Where the daemon answers."""
        return self.runtime_folder / "control.sock"

    @property
    def view_socket(self) -> Path | None:
        """Where it answers those who may only look; None: nowhere."""
        setting = self.settings.read_only_socket
        if isinstance(setting, str):
            return self.folder / setting
        return self.runtime_folder / "view.sock" if setting else None

    @property
    def broker_socket(self) -> Path:
        """Where the embedded broker answers."""
        return self.runtime_folder / "broker.sock"

    @property
    def pid_file(self) -> Path:
        """The daemon's."""
        return self.runtime_folder / "synergyd.pid"

    @property
    def box_folder(self) -> Path:
        """Where this box's supervisor keeps its pid file and logs: the runtime folder, or a guest's own below it."""
        return self.runtime_folder / "boxes" / self.settings.box_id if self.is_guest else self.runtime_folder

    @property
    def supervisor_pid_file(self) -> Path:
        """The supervisor's."""
        return self.box_folder / "supervisor.pid"

    @property
    def daemon_log(self) -> Path:
        """The daemon's own log."""
        return self.log_folder / "daemon.log"

    @property
    def supervisor_log(self) -> Path:
        """The supervisor's own log."""
        return self.box_log_folder / "supervisor.log"

    @property
    def replay_anchor(self) -> Path:
        """What keeps the replay clock going over restarts."""
        return self.runtime_folder / "replay.json"

    @property
    def sqlite_path(self) -> Path:
        """The embedded store's file.

        Raises:
            InvalidDefinition: the store is another one.
        """
        scheme, _, path = self.settings.store.partition(":")
        if scheme != "sqlite":
            raise InvalidDefinition(f'store "{scheme}:…" is no file', remedy='set store = "sqlite:PATH" in [synergy]')
        return self.folder / path


class Project(ProjectPaths, frozen=True, kw_only=True):
    """A project with its checked definitions."""

    context: ProcessContext


class LoadedContext(Struct, frozen=True):
    """What the child answers: the context, or what is wrong with the definitions."""

    context: ProcessContext | None = None
    problems: tuple[str, ...] = ()


_decode: Final = msgspec.json.Decoder(LoadedContext).decode


def load_settings(folder: Path) -> Settings:
    """The project's settings. See ``load_paths``."""
    return load_paths(folder).settings


def load_paths(folder: Path, box_id: str | None = None) -> ProjectPaths:
    """Read ``synergy.toml``; imports nothing of the user's. ``box_id``: be this box instead of the file's.

    Raises:
        InvalidDefinition: there is no such folder or file, or settings are wrong; ``problems`` tells all of them.
    """
    folder = folder.expanduser().resolve()
    text = _settings_text(folder)
    path = folder / SETTINGS_FILE
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: numbers too, of more digits than Python reads
        found = _AT_LINE.fullmatch(str(error))
        where, what = (f"{path}:{found['line']}", found["what"]) if found else (str(path), str(error))
        raise InvalidDefinition(f"{where}: {what}", remedy="correct the line; the file is in TOML") from None
    settings = parse_settings(tables, _locator(path, text))
    is_guest = box_id is not None and box_id != settings.box_id
    return ProjectPaths(folder=folder, settings=_on_box(settings, box_id), is_guest=is_guest)


def _on_box(settings: Settings, box_id: str | None) -> Settings:
    if box_id is None:
        return settings
    if not NAME.fullmatch(box_id):
        raise InvalidDefinition(f'box "{box_id}" is not a name', remedy="use letters, digits and _ . -")
    return replace(settings, box_id=box_id)


def load_project(folder: Path, box_id: str | None = None) -> Project:
    """Read the settings, and have the definitions imported and checked by a child process. See ``load_paths``.

    Raises:
        InvalidDefinition: settings or definitions are wrong, or the definitions take too long; tells all problems.
        WorldError: the child could not be started.
    """
    try:
        paths = load_paths(folder, box_id)
    except InvalidDefinition as error:
        found = _wrong_definitions_too(folder) if error.problems else None
        if found is None:
            raise
        problems = (*error.problems, *(found.problems or (str(found),)))
        raise InvalidDefinition(f"{error.message}, {found.message}", problems=problems) from None
    context = _import_context(paths.folder, paths.settings)
    return Project(folder=paths.folder, settings=paths.settings, is_guest=paths.is_guest, context=context)


def _wrong_definitions_too(folder: Path) -> InvalidDefinition | None:
    """What is wrong with the definitions of a project whose settings are wrong, if those that name them are right."""
    folder = folder.expanduser().resolve()
    tables = tomllib.loads(_settings_text(folder))
    table = tables.get("synergy", {})
    if not isinstance(table, dict):
        return None
    told = {key: table[key] for key in ("context", "box_id", "definitions_timeout_seconds") if key in table}
    try:
        settings = parse_settings(
            {"synergy": {"synergy_start_timeperiod": _ANY_TIMEPERIOD, **told}, "pools": tables.get("pools", {})}
        )
    except InvalidDefinition:
        return None
    try:
        _import_context(folder, settings)
    except InvalidDefinition as error:
        return error
    return None


def _import_context(folder: Path, settings: Settings) -> ProcessContext:
    """Have the definitions imported by a child; see ``load_project``."""
    # In memory: a full disk shall not keep anybody from learning what is wrong.
    with _memory_file("answer") as answer, _memory_file("output") as output:
        status = _run_child(folder, settings, answer, output)
        answer.seek(0)
        written = answer.read()
        output.seek(0)
        said = output.read().decode(errors="replace").strip()
    try:
        loaded = _decode(written)
    except msgspec.DecodeError:
        last = " ".join(said[-_SHOWN_OUTPUT_CHARS:].split())
        raise InvalidDefinition(
            f'context "{settings.context}" ended the process that imported it ({_ending(status)})'
            + (f": {last}" if last else ""),
            remedy="a module of definitions only defines; move what it does elsewhere",
        ) from None
    if loaded.context is None:
        raise wrong_definitions(loaded.problems)
    return loaded.context


def _memory_file(name: str) -> IO[bytes]:
    return os.fdopen(os.memfd_create(name), "w+b")


def _settings_text(folder: Path) -> str:
    path = folder / SETTINGS_FILE
    if not folder.is_dir():
        wrong = f"{folder} is no folder" if folder.exists() else f"folder {folder} does not exist"
        raise InvalidDefinition(wrong, remedy="name the project's folder with -C, or write one: synergyd init")
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InvalidDefinition(
            f"{path} does not exist", remedy="name the project's folder with -C, or write one: synergyd init"
        ) from None
    except OSError as error:
        raise InvalidDefinition(f"{path} cannot be read: {error.strerror}", remedy="make it readable") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InvalidDefinition(f"{path}:{line}: not UTF-8", remedy="save the file as UTF-8") from None


def _locator(path: Path, text: str) -> Locate:
    """Where each section and key stands. What is written in a rarer way is placed in the file only."""
    lines: dict[tuple[str, str], int] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if table := _TABLE.match(line):
            section = table[1]
            lines.setdefault(("", section), number)
            lines.setdefault((section, ""), number)
        elif key := _KEY.match(line):
            lines.setdefault((section, key[1]), number)

    def locate(section: str, key: str) -> str:
        number = lines.get((section, key)) or lines.get((section, ""))
        return f"{path}:{number}" if number else str(path)

    return locate


def _run_child(folder: Path, settings: Settings, answer: IO[bytes], output: IO[bytes]) -> int:
    """Run the child to its end; when that takes too long its whole process group is killed."""
    # The package's own place comes last in the path, for a synergy that runs from its sources.
    program = "import sys; sys.path.append(sys.argv[1]); from synergy.loading_child import main; main()"
    package, pools = str(Path(synergy.__file__).parents[1]), msgspec.json.encode(settings.pools).decode()
    arguments = [package, str(answer.fileno()), settings.context, settings.box_id, pools]
    try:
        child = subprocess.Popen(
            [sys.executable, "-P", "-c", program, *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(answer.fileno(),),
            start_new_session=True,
        )
    except OSError as error:
        raise WorldError(f"{sys.executable} cannot be started: {error.strerror}") from None
    try:
        return child.wait(settings.definitions_timeout_seconds)
    except subprocess.TimeoutExpired:
        raise InvalidDefinition(
            f'importing context "{settings.context}" took more than {settings.definitions_timeout_seconds:g} s',
            remedy="a module of definitions only defines; or raise definitions_timeout_seconds in [synergy]",
        ) from None
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _ending(status: int) -> str:
    return f"exit {status}" if status >= 0 else f"signal {-status}"
