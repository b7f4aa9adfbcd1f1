"""SQL lies in .sql files, each statement under a line ``-- name: what_it_does``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final

MARK: Final = "-- name: "


@cache
def statements(file_name: str) -> Mapping[str, str]:
    """The statements of ``file_name``.sql by name, without their comments."""
    text = resources.files(__package__).joinpath(f"{file_name}.sql").read_text("utf-8")
    found: dict[str, str] = {}
    for block in text.split(MARK)[1:]:
        name, _, body = block.partition("\n")
        lines = (line.partition("--")[0].rstrip() for line in body.splitlines())
        found[name.strip()] = "\n".join(line for line in lines if line).rstrip(";")
    return MappingProxyType(found)
