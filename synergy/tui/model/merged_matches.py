"""Where a text stands in several logs that are shown as one: the places of lines held, how many are beyond; pure.

The daemon knows each log's matches by their numbers, and only of lines that are held is it known where they stand among
those of the others.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

from synergy.core.control.replies import LogMatches
from synergy.tui.model.merged_log import MergedBuffer


def matches_in(buffer: MergedBuffer, text: str, told: Mapping[int, LogMatches]) -> LogMatches:
    """The places of a text among the lines held, and how many matches stand before and behind these.

    ``told``: what the daemon answered of each log, by its index; its numbers are around what is held.
    """
    wanted = text.casefold()
    places = []
    before = behind = 0
    for index, found in told.items():
        first, end = buffer.shown_from(index), buffer.logs[index].end
        before += found.before + bisect_left(found.lines, first)
        behind += found.total - found.before - bisect_left(found.lines, end)
    for place, line in enumerate(buffer.all_lines()):
        if wanted not in line.text.casefold():
            continue
        places.append(place)
        found_in = told.get(line.source)
        if found_in is not None and found_in.lines:  # it may be held, and still be counted as one of those not told
            before -= line.number < found_in.lines[0]
            behind -= found_in.lines[-1] < line.number
    before, behind = max(0, before), max(0, behind)
    return LogMatches(tuple(places), before + behind > 0, before, before + len(places) + behind)
