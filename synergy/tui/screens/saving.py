"""How what is shown becomes a file: text, CSV, JSON or a picture, in the current folder or where the operator says."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from synergy.core.errors import InvalidArgument
from synergy.tui.desk import Desk
from synergy.tui.model.connection import freshness
from synergy.tui.model.exports import CSV, JSON, SVG, TEXT, Sheet, Wanted, csv_of, json_of, stem_of, text_of
from synergy.tui.model.table import Table
from synergy.tui.model.trail import HOME, Place
from synergy.tui.own_files import replace_whole, write_new, write_numbered
from synergy.tui.screens.working import Working

_WRITERS: Final = {TEXT: text_of, CSV: csv_of, JSON: json_of}
_FONTS: Final = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
"""Rich has a picture load its fonts from a server; a file of a deployment asks nobody for anything."""

_REMEDIES: Final = {
    errno.ENOSPC: "free some space, or save elsewhere: :save FOLDER/NAME",
    errno.EDQUOT: "free some space, or save elsewhere: :save FOLDER/NAME",
    errno.ENOENT: "make the folder first, or name another one",
    errno.ENOTDIR: "name a folder that is one",
    errno.EISDIR: "it is a folder: name a file in it",
    errno.EEXIST: ":save! FILE replaces it",
    errno.ENAMETOOLONG: "take a shorter name",
}
_ELSEWHERE: Final = "save where you may write: :save FOLDER/NAME"


class Saving(Working):
    """Does what ``ctrl+s`` and ``:save`` say."""

    desk: Desk
    place: Place = HOME

    def plain_lines(self) -> list[str]:
        """What is shown, as text."""
        return []

    def shown_table(self) -> Table:
        """What is shown, as rows."""
        return Table(())

    def title_text(self) -> str:
        """The panel's title."""
        return self.place.crumb

    def do_save(self) -> None:
        """Write what is shown, as text, into a new file of the current folder."""
        self.save(Wanted(TEXT))

    def save(self, wanted: Wanted) -> None:
        """Write what is shown as soon as what has just been typed is gone from it."""
        if self.app.is_web and wanted.path is not None:
            remedy = f"write :save {wanted.format}; the file is new, and lies where the server was started"
            raise InvalidArgument("from a browser a file cannot be named", remedy=remedy)
        self.call_after_refresh(self._save, wanted)

    def _save(self, wanted: Wanted) -> None:
        write = self._writer(wanted)
        self.work(self._told(write, wanted), "saving")

    def _writer(self, wanted: Wanted) -> Callable[[], str]:
        """What makes the text: a picture now, as it looks now; the rest in its own time."""
        if wanted.format == SVG:
            picture = _FONTS.sub("", self.app.export_screenshot(title=self.desk.trail.breadcrumb(" > ")))
            return lambda: picture
        sheet = Sheet(
            deployment=self.desk.name,
            place=self.desk.trail.breadcrumb(" > "),
            title=self.title_text(),
            freshness=freshness(self.desk.link, time.monotonic(), self.desk.style.zone),
            lines=self.plain_lines(),
            table=self.shown_table(),
        )
        return lambda: _WRITERS[wanted.format](sheet)

    async def _told(self, write: Callable[[], str], wanted: Wanted) -> None:
        screen, target = self.place
        try:
            path = await asyncio.to_thread(save_as, write, wanted, stem_of(screen, target))
        except InvalidArgument as problem:
            self.notify(str(problem), severity="error", markup=False)
            return
        others = "\n:save csv, :save json and :save svg write it otherwise" if wanted == Wanted(TEXT) else ""
        self.notify(f"Saved as {path}{others}", markup=False)


def save_as(write: Callable[[], str], wanted: Wanted, stem: str) -> Path:
    """Write a file, and tell which.

    Raises:
        InvalidArgument: it cannot be written; nothing is left of it, and what was there before is untouched.
    """
    path = Path() if wanted.path is None else Path(os.path.expanduser(wanted.path))  # noqa: PTH111 - knows no "~nobody"
    try:
        if wanted.path is None:
            return write_numbered(path, stem, wanted.format, write())
        if wanted.overwrites and path.exists():
            replace_whole(path, write())
        else:
            write_new(path, write())
    except OSError as problem:
        where = path if wanted.path is not None else f"into {Path.cwd()}"
        reason = (problem.strerror or str(problem)).lower()
        remedy = _REMEDIES.get(problem.errno or 0, _ELSEWHERE)
        raise InvalidArgument(f"cannot save {where}: {reason}", remedy=remedy) from None
    return path
