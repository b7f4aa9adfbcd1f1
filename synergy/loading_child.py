"""The child that imports a user's module of definitions, checks them, and answers on a file of its own.

Started by ``synergy.loading`` with: the folder of the package, a file descriptor, the module's name, the box id, the
pools as JSON. The user's prints go to its standard output and error and cannot touch the answer. The user's sources are
always compiled anew: a definition changed twice within a second is the one that is read.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES, ExtensionFileLoader, FileFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

import msgspec

from synergy.core.definition_fields import Definition, Kind
from synergy.core.errors import InvalidDefinition
from synergy.core.suggestions import did_you_mean
from synergy.core.validation import build_context
from synergy.definitions import DaemonProcess, FreerunEntry, ManagedProcess, Tree, fields_of
from synergy.loading import LoadedContext
from synergy.run_check import missing_callables

KINDS: Final = {
    ManagedProcess: Kind.MANAGED,
    FreerunEntry: Kind.FREERUN,
    DaemonProcess: Kind.DAEMON,
    Tree: Kind.TREE,
}
LISTS: Final = {
    "process_context": (ManagedProcess, FreerunEntry, DaemonProcess),
    "timetable_context": (Tree,),
}


def main() -> None:
    """Answer, and be gone at once: threads and exit handlers of the user's are not waited for."""
    _package, descriptor, module, box_id, pools = sys.argv[1:]
    loaded = load_context(Path.cwd(), module, box_id, msgspec.json.decode(pools, type=dict[str, int]))
    with os.fdopen(int(descriptor), "wb") as answer:
        answer.write(encode_answer(loaded))
    os._exit(0)


def encode_answer(loaded: LoadedContext) -> bytes:
    """The answer as it travels; what a problem quotes may be no UTF-8."""
    try:
        return msgspec.json.encode(loaded)
    except UnicodeEncodeError:
        told = tuple(problem.encode("utf-8", "backslashreplace").decode() for problem in loaded.problems)
        return msgspec.json.encode(LoadedContext(problems=told))


def load_context(folder: Path, module: str, box_id: str, pools: Mapping[str, int]) -> LoadedContext:
    """Import the module from the folder, and check what it defines."""
    _prefer_sources_of(folder)
    try:
        imported = importlib.import_module(module)
    except BaseException as error:  # noqa: BLE001 - whatever the user's code does is told as its mistake
        return LoadedContext(problems=(_import_problem(error, folder, module),))
    definitions, problems = _definitions(imported, folder)
    problems.extend(missing_callables(definitions, box_id))
    try:
        return LoadedContext(context=build_context(definitions, box_id=box_id, pools=pools, problems=problems))
    except InvalidDefinition as error:
        return LoadedContext(problems=error.problems)


class _FreshLoader(SourceFileLoader):
    """Compiles the source, whatever bytecode lies beside it, and leaves none behind."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        code = self.source_to_code(self.get_data(path), path)
        assert isinstance(code, CodeType)  # noqa: S101 - the base class promises less than it does
        return code


def _prefer_sources_of(folder: Path) -> None:
    """Put the folder first in the path, and read its modules, but no installed ones in it, without bytecode."""
    finder = FileFinder.path_hook((ExtensionFileLoader, EXTENSION_SUFFIXES), (_FreshLoader, SOURCE_SUFFIXES))

    def hook(path: str) -> object:
        inside = Path(path)
        if inside.is_relative_to(folder) and "site-packages" not in inside.parts:
            return finder(path)
        raise ImportError

    sys.path_hooks.insert(0, hook)  # type: ignore[arg-type]
    sys.path.insert(0, str(folder))
    sys.path_importer_cache.clear()


def _definitions(module: ModuleType, folder: Path) -> tuple[list[Definition], list[str]]:
    """What the two lists of the module hold, and what does not belong there."""
    found: list[Definition] = []
    problems: list[str] = []
    where = _short(module.__file__ or module.__name__, folder)
    if not hasattr(module, "process_context"):
        known = [name for name in vars(module) if name.endswith("context")]
        remedy = did_you_mean("process_context", known) if known else "define it as a list of processes"
        problems.append(f"{where}: process_context: is missing; {remedy}")
    for name, allowed in LISTS.items():
        listed = getattr(module, name, [])
        if not isinstance(listed, list | tuple):
            problems.append(f"{where}: {name}: is a {type(listed).__name__}; make it a list")
            continue
        for index, each in enumerate(listed):
            if isinstance(each, allowed):
                kind = next(kind for cls, kind in KINDS.items() if isinstance(each, cls))
                values, strange = fields_of(each)
                found.append(Definition(kind, values, _short(each.defined_at, folder), strange))
            else:
                names = ", ".join(cls.__name__ for cls in allowed)
                what = f"{name}[{index}] is a {type(each).__name__}"
                problems.append(f"{where}: {what}; the list takes only: {names}")
    return found, problems


def _import_problem(error: BaseException, folder: Path, module: str) -> str:
    """``file:line: what; remedy`` of whatever ended the import."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_short(error.filename, folder)}:{error.lineno or 0}: {error.msg}; correct the line"
    if isinstance(error, ModuleNotFoundError) and error.name and f"{module}.".startswith(f"{error.name}."):
        there = [path.stem for path in folder.glob("*.py")] + [path.parent.name for path in folder.glob("*/*.py")]
        remedy = did_you_mean(module, there)
        return f'synergy.toml: context: module "{module}" is not in {folder}; {remedy}'
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"{_place(error, folder, module)}: {said}; the module of definitions must import without an error"


def _place(error: BaseException, folder: Path, module: str) -> str:
    """The last line of the user's own that led to the error; of a file that is no Python at all, the file."""
    frames: Sequence[traceback.FrameSummary] = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(folder)]
    if own:
        return f"{_short(own[-1].filename, folder)}:{own[-1].lineno}"
    file = module.replace(".", "/") + ".py"
    return file if (folder / file).exists() else module


def _short(place: str, folder: Path) -> str:
    """A place without the folder in front, as the user typed it."""
    return place.removeprefix(f"{folder}{os.sep}")
