"""Passwords of servers that shall not stand in synergy.toml: from the environment, or from a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from synergy.core.errors import InvalidDefinition


def read_password(variable: str, environment: Mapping[str, str], setting: str, path: Path | None) -> str | None:
    """What the variable holds, else the first line of the file, else None.

    Jobs do not inherit it: variables that begin with SYNERGY_ are not handed on to them.

    Raises:
        InvalidDefinition: the file cannot be read, or is empty; ``setting`` names it.
    """
    if given := environment.get(variable):
        return given
    if path is None:
        return None
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
    except UnicodeDecodeError:
        reason = "it is not UTF-8"
    else:
        if lines and lines[0]:
            return lines[0]
        reason = "its first line is empty"
    raise InvalidDefinition(
        f"{setting}: {path} holds no password: {reason}", remedy=f"write it into that file, or set {variable}"
    )
