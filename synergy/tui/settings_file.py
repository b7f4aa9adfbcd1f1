"""The operator's settings file: where it lies, reading it, and putting a view into it without touching the rest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from synergy.core.errors import InvalidArgument
from synergy.tui.arguments import Options
from synergy.tui.model.settings import Settings, read_settings
from synergy.tui.model.views import with_view
from synergy.tui.own_files import replace_whole

NAME: Final = Path("synergy") / "console.toml"


class SettingsFile:
    """The operator's settings, and the file that they come from. ``path`` None: they come from nowhere."""

    def __init__(self, settings: Settings | None = None, path: Path | None = None) -> None:
        self.settings = settings or Settings()
        self.path = path


def usual_path(environment: Mapping[str, str]) -> Path:
    """Where the file lies: as the XDG Base Directory Specification says, which wants absolute folders only."""
    folder = Path(environment.get("XDG_CONFIG_HOME", ""))
    return (folder if folder.is_absolute() else Path(environment.get("HOME", "~")).expanduser() / ".config") / NAME


def load(named: Path | None, environment: Mapping[str, str]) -> SettingsFile:
    """Read the file that was named, which must be there, or the usual one, which need not.

    Raises:
        InvalidArgument: it cannot be read, or something in it is wrong.
    """
    path = named or usual_path(environment)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if named is not None:
            remedy = f"synergy-console --settings {named} --write-settings writes one"
            raise InvalidArgument(f"{path}: there is no such file", remedy=remedy) from None
        return SettingsFile(path=path)
    except (OSError, UnicodeDecodeError) as problem:
        raise _unreadable(path, problem) from None
    return SettingsFile(read_settings(text, str(path)), path)


def chosen(options: Options, environment: Mapping[str, str]) -> SettingsFile:
    """The operator's settings, with what the command line says instead.

    Raises:
        InvalidArgument: as ``load``.
    """
    file = load(options.settings_file, environment)
    said = file.settings
    file.settings = msgspec.structs.replace(
        said,
        theme=options.theme or said.theme,
        mouse=options.mouse or said.mouse,
        read_only=options.read_only or said.read_only,
    )
    return file


def _unreadable(path: Path, problem: OSError | UnicodeDecodeError) -> InvalidArgument:
    if isinstance(problem, OSError):
        return InvalidArgument(f"{path}: {problem.strerror}", remedy="make it a file that you can read, or remove it")
    return InvalidArgument(f"{path}: it is not UTF-8 ({problem.reason})", remedy="save it as UTF-8")


def keep_view(file: SettingsFile, name: str, line: str) -> Path:
    """Put a view into the file, every other line as it was; the file that it stands in.

    Raises:
        InvalidArgument: the file cannot be written, or must be changed by hand.
    """
    if file.path is None:
        raise InvalidArgument("there is no settings file", remedy="start the console with --settings FILE")
    try:
        text = file.path.read_text(encoding="utf-8") if file.path.exists() else ""
        settings = with_view(text, name, line, str(file.path))
        file.path.resolve().parent.mkdir(parents=True, exist_ok=True)
        replace_whole(file.path, settings)
    except (OSError, UnicodeDecodeError) as problem:
        remedy = f'put this below [views] yourself: {name} = "{line}"'
        reason = problem.strerror if isinstance(problem, OSError) else problem.reason
        raise InvalidArgument(f"{file.path} cannot be written: {reason}", remedy=remedy) from None
    views = {**file.settings.views, name: line}
    file.settings = msgspec.structs.replace(file.settings, views=views)
    return file.path


def write_sample(named: Path | None, environment: Mapping[str, str]) -> Path:
    """Write a file to begin with, and tell where; one that is there is left alone.

    Raises:
        InvalidArgument: there is one, or it cannot be written.
    """
    from synergy.tui.model.settings_sample import sample  # noqa: PLC0415 - seldom wanted

    path = named or usual_path(environment)
    try:
        if path.exists():
            raise InvalidArgument(f"{path} is there already", remedy="look at it, or name another one with --settings")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as handle:
            handle.write(sample())
    except OSError as problem:
        remedy = "name another file with --settings"
        raise InvalidArgument(f"{path} cannot be written: {problem.strerror}", remedy=remedy) from None
    return path
