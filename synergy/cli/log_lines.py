"""Lines of logs as the command line writes them."""

from __future__ import annotations

from typing import Final

import click

from synergy.cli.output import Column, RowWriter
from synergy.core.control import replies as r

_NO_COLUMNS: Final[tuple[Column[r.LogRow], ...]] = ()


class LineWriter:
    """Log lines as they were printed, or as JSON."""

    def __init__(self, output: str, *, times: bool) -> None:
        self._rows = None if output == "table" else RowWriter[r.LogRow](output, _NO_COLUMNS)
        self._times = times

    def add(self, lines: tuple[r.LogRow, ...]) -> None:
        """Write some lines."""
        if self._rows is not None:
            self._rows.add(lines)
            return
        for line in lines:
            before = f"{line.at or '-'} {line.stream} {line.level or '-'} " if self._times else ""
            click.echo(before + line.text)

    def close(self) -> None:
        """End the list."""
        if self._rows is not None:
            self._rows.close()
