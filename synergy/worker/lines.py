"""Output cut into lines that can be stored: valid text, of bounded length, without the line end."""

from __future__ import annotations

import codecs
from typing import Final

MAX_LINE_CHARS: Final = 64 * 1024
"""A longer line is cut there; what follows on the same line is dropped."""

CUT_MARK: Final = " … [line cut at 65536 characters]"


def clean(text: str) -> str:
    """Text that every store and wire takes: no NUL, no lone surrogate, what a progress bar showed last, bounded."""
    if "\r" in text:
        text = text.rstrip("\r").rpartition("\r")[2]
    if not text.isascii():
        text = text.encode("utf-8", "backslashreplace").decode()
    if "\0" in text:
        text = text.replace("\0", "\\0")
    if len(text) > MAX_LINE_CHARS:
        text = text[:MAX_LINE_CHARS] + CUT_MARK
    return text


class LineSplitter:
    """Turns pieces of one stream into whole lines; an unfinished one is kept, never more than the line limit of it."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest: list[str] = []
        self._rest_chars = 0
        self.has_rest = False
        """Whether something was fed since the last ``rest``; there may be an unfinished line."""

    def feed(self, data: bytes) -> list[str]:
        """The lines that these bytes complete."""
        return self.feed_text(self._decoder.decode(data))

    def feed_text(self, text: str) -> list[str]:
        """The lines that this text completes."""
        self.has_rest = True
        if "\n" not in text:
            self._keep(text)
            return []
        first, *others = text.split("\n")
        self._keep(first)
        lines = [self._join()]
        last = others.pop()
        lines.extend(clean(line) for line in others)
        self._keep(last)
        return lines

    def rest(self) -> list[str]:
        """The unfinished last line, if there is one; the splitter is as new afterwards."""
        self._keep(self._decoder.decode(b"", final=True))
        self._decoder.reset()
        self.has_rest = False
        return [self._join()] if self._rest else []

    def _keep(self, text: str) -> None:
        # One character more than the limit is kept, so that clean() sees that the line is too long.
        room = MAX_LINE_CHARS + 1 - self._rest_chars
        if text and room > 0:
            self._rest.append(text[:room])
            self._rest_chars += min(len(text), room)

    def _join(self) -> str:
        line = clean("".join(self._rest))
        self._rest.clear()
        self._rest_chars = 0
        return line
