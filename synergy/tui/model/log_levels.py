"""How bad a line of a log is, as the usual formats say it: the logging module, JSON, logfmt, glog, syslog, compilers.

What a line does not say, it has from the line it goes on from: the lines of a traceback are as bad as its first.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import Final

STDERR: Final = "stderr"
HEAD: Final = 160
"""So far into a line its level is looked for, in characters; behind that it is what the line tells."""


class Level(IntEnum):
    """Ascending, so that levels can be compared. ``UNKNOWN``: the line does not say."""

    UNKNOWN = 0
    DEBUG = 1
    INFO = 2
    WARNING = 3
    ERROR = 4
    CRITICAL = 5


STEPS: Final = (Level.UNKNOWN, Level.INFO, Level.WARNING, Level.ERROR)
"""What a key steps through: everything, then only lines at least as bad."""

_NAMES: Final = {
    Level.DEBUG: "TRACE VERBOSE DEBUG DBG FINE FINER FINEST",
    Level.INFO: "INFO INF NOTICE INFORMATION SUCCESS",
    Level.WARNING: "WARNING WARN WRN",
    Level.ERROR: "ERROR ERR SEVERE FAILURE",
    Level.CRITICAL: "CRITICAL CRIT FATAL ALERT EMERG EMERGENCY PANIC",
}
_LEVELS: Final = {name: level for level, names in _NAMES.items() for name in names.split()}
_GLOG: Final = {"D": Level.DEBUG, "I": Level.INFO, "W": Level.WARNING, "E": Level.ERROR, "F": Level.CRITICAL}
_SYSLOG: Final = (*(Level.CRITICAL,) * 3, Level.ERROR, Level.WARNING, Level.INFO, Level.INFO, Level.DEBUG)
"""By a priority's last three bits."""

_FIELD: Final = re.compile(r"\b(?:level(?:name)?|lvl|severity)\"?\s*[:=]\s*[\"']?([A-Za-z]+)")
_FIELDS: Final = ("level", "lvl", "severity")
_WORD: Final = re.compile(r"(?<![^\s\[(|<:-])[A-Z]{3,11}(?=[\s\])|>:,;-]|$)")
_LOWER: Final = re.compile(r"(?:^|[\]:] )(error|warning|fatal|panic|critical)(?:\[\w+\])?: ", re.IGNORECASE)
_GLOG_HEAD: Final = re.compile(r"([DIWEF])\d{4} \d\d:\d\d:\d\d")
_SYSLOG_HEAD: Final = re.compile(r"<(\d{1,3})>")
_RAISED: Final = re.compile(r"Traceback \(most recent call last\):|Exception in thread |Caused by: |panic: ")
_ENDS_TRACEBACK: Final = re.compile(r"[\w.]+(?:: |$)")


def stated_level(level: str, text: str) -> Level:
    """What a line says of itself; ``level``: what was stored with it, or nothing."""
    if level:
        known = _LEVELS.get(level.upper())
        if known is not None:
            return known
    head = text[:HEAD]
    if any(name in head for name in _FIELDS):
        found = _FIELD.search(head)
        if found and (known := _LEVELS.get(found[1].upper())):
            return known
    for word in _WORD.findall(head):
        if word in _LEVELS:
            return _LEVELS[word]
    return _stated_otherwise(head)


def _stated_otherwise(head: str) -> Level:
    if found := _GLOG_HEAD.match(head):
        return _GLOG[found[1]]
    if found := _SYSLOG_HEAD.match(head):
        return _SYSLOG[int(found[1]) % 8]
    if ": " in head and (found := _LOWER.search(head)):
        return _LEVELS[found[1].upper()]
    return Level.ERROR if _RAISED.match(head) else Level.UNKNOWN


class LevelReader:
    """Tells the level of one line after the other; each stream goes on from its own last line.

    A line of stderr that says nothing counts as a warning: what a program complains of must not be hidden from who
    looks only for what is bad.
    """

    def __init__(self) -> None:
        self._last: dict[str, Level] = {}
        self._in_traceback: set[str] = set()

    def read(self, stream: str, level: str, text: str) -> Level:
        """The level of the next line."""
        found = stated_level(level, text)
        if _RAISED.match(text):
            self._in_traceback.add(stream)
        elif found is Level.UNKNOWN and self._goes_on(stream, text):
            found = self._last.get(stream, Level.UNKNOWN)
        else:
            self._in_traceback.discard(stream)
        if found is Level.UNKNOWN and stream == STDERR:
            found = Level.WARNING
        self._last[stream] = found
        return found

    def _goes_on(self, stream: str, text: str) -> bool:
        """Whether a line belongs to the one before: it is indented, or ends a traceback."""
        if text[:1] in {" ", "\t"} or not text:
            return True
        if stream in self._in_traceback:
            self._in_traceback.discard(stream)
            return _ENDS_TRACEBACK.match(text) is not None
        return False


def next_step(level: Level) -> Level:
    """The level that the key goes on to; behind the worst everything is shown again."""
    return STEPS[(STEPS.index(level) + 1) % len(STEPS)] if level in STEPS else STEPS[0]
