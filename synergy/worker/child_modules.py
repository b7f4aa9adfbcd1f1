"""Inside a warm child: the user's callables, imported once, and whether their source changed since."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Final

from synergy.clocks import RealClock

MANY_SOURCES: Final = 50
CHECK_SECONDS: Final = 0.25
"""So many sources are looked at no more often than this; fewer before every unit of work."""

UserCallable = Callable[..., object]


class CannotImport(Exception):
    """The module does not import, or has no such callable; ``__cause__`` is the user's own exception."""


class UserModules:
    """The modules below the project's folder that this child has imported."""

    def __init__(self, folder: str) -> None:
        self._prefix = os.path.realpath(folder) + os.sep
        self._callables: dict[str, UserCallable] = {}
        self._sources: dict[str, tuple[str, int]] = {}
        self._known_modules = 0
        self._monotonic = RealClock().monotonic
        self._checked = 0.0

    def knows(self, run: str) -> bool:
        """Whether the callable was resolved before: it takes no time."""
        return run in self._callables

    def resolve(self, run: str) -> UserCallable:
        """The callable of ``module:callable`` (dots allowed in both).

        Raises:
            CannotImport: with a message that names what is wrong.
        """
        found = self._callables.get(run)
        if found is None:
            found = self._callables[run] = self._import(run)
        return found

    def changed(self) -> tuple[str, ...]:
        """Names of imported modules whose source is another one now."""
        self._note()
        if len(self._sources) > MANY_SOURCES:
            now = self._monotonic()
            if now - self._checked < CHECK_SECONDS:
                return ()
            self._checked = now
        return tuple(name for name, (path, stamp) in self._sources.items() if _stamp(path) != stamp)

    def _import(self, run: str) -> UserCallable:
        module_name, _, attribute = run.partition(":")
        importlib.invalidate_caches()
        try:
            target: object = importlib.import_module(module_name)
        except BaseException as error:
            raise CannotImport(f"cannot import module {module_name}: {_brief(error)}") from error
        finally:
            self._note()
        for name in attribute.split("."):
            try:
                target = getattr(target, name)
            except AttributeError as error:
                raise CannotImport(f"module {module_name} has no callable {attribute}") from error
        if not callable(target):
            raise CannotImport(f"{run} is a {type(target).__name__}, not a callable")
        return target

    def _note(self) -> None:
        """Remember the sources of what was imported since the last look."""
        if len(sys.modules) == self._known_modules:
            return
        modules = dict(sys.modules)
        self._known_modules = len(modules)
        for name, module in modules.items():
            path = _source(module)
            if path and name not in self._sources and self._is_users(path):
                self._sources[name] = (path, _stamp(path))

    def _is_users(self, path: str) -> bool:
        return os.path.realpath(path).startswith(self._prefix) and f"{os.sep}site-packages{os.sep}" not in path


def _source(module: ModuleType) -> str | None:
    path = getattr(module, "__file__", None)
    return path if isinstance(path, str) else None


def _stamp(path: str) -> int:
    """The time of change in nanoseconds; 0 when the file is gone."""
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116 - on the path of every unit of work
    except OSError:
        return 0


def _brief(error: BaseException) -> str:
    text = str(error).strip().partition("\n")[0]
    return text if isinstance(error, ImportError) else f"{type(error).__name__}: {text}".rstrip(": ")
