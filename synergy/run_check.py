"""Whether what a definition says to ``run`` exists, found out without running the module it names.

Used inside the child that loads a project. Finding a module may import the packages around it. A module whose names are
made while it runs, or that is no Python source, is taken at its word.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from synergy.core.definition_fields import RUN, Definition, Problems
from synergy.core.suggestions import did_you_mean

_DYNAMIC: Final = re.compile(r"\b(globals|exec|setattr|__getattr__)\b|^from\s+\S+\s+import\s+\*", re.MULTILINE)


def missing_callables(definitions: Iterable[Definition], box_id: str) -> tuple[str, ...]:
    """A problem for each definition present on this box whose callable is not there."""
    problems = Problems()
    names_of: dict[str, Sequence[str] | str | None] = {}
    for each in definitions:
        run = each.fields.get("run")
        if not (isinstance(run, str) and RUN.fullmatch(run) and _is_here(each, box_id)):
            continue
        module, _, attribute = run.partition(":")
        if module not in names_of:
            names_of[module] = _names(module)
        names = names_of[module]
        first = attribute.partition(".")[0]
        if isinstance(names, str):
            problems.add(each, f'run "{run}": {names}', "correct it, or limit present_on_boxes")
        elif names is not None and first not in names:
            problems.add(each, f'run "{run}": module {module} has no "{first}"', did_you_mean(first, names))
    return tuple(problems.lines)


def _is_here(definition: Definition, box_id: str) -> bool:
    """Whether a box pattern brings the work here; patterns that are wrong are told elsewhere."""
    patterns = definition.fields.get("present_on_boxes", ())
    try:
        return any(re.fullmatch(pattern, box_id) for pattern in patterns)
    except (TypeError, re.error):
        return False


def _names(module: str) -> Sequence[str] | str | None:
    """Every name that the module's source gives; None when that cannot be known; a text tells why there is none."""
    try:
        spec = find_spec(module)
    except BaseException as error:  # noqa: BLE001 - a package of the user's may raise anything
        return f"module {module} cannot be found: {type(error).__name__}: {error}"
    if spec is None:
        return f"module {module} cannot be found"
    if spec.origin is None or not spec.origin.endswith(".py"):
        return None
    try:
        source = Path(spec.origin).read_text(encoding="utf-8")
        tree = ast.parse(source)
    except SyntaxError as error:
        return f"{Path(spec.origin).name}:{error.lineno}: {error.msg}"
    except (OSError, ValueError):  # another encoding, or a file that went: the worker will tell
        return None
    return None if _DYNAMIC.search(source) else sorted(_bound(tree))


def _bound(tree: ast.Module) -> set[str]:
    """Names bound anywhere in the module: more than those of its top level, so that nothing right is refused."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name.partition(".")[0])
    return names
