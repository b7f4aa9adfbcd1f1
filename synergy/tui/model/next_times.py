"""When a trigger fires next, in words: looked at while it is typed, so it never fails but tells what is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Final

from synergy.core.errors import InvalidArgument
from synergy.core.firing_words import in_words
from synergy.core.triggers import firings, parse_trigger

SHOWN: Final = 5


def next_times(frequency: str, now: float, zone: tzinfo | None) -> tuple[str, str]:
    """What the trigger means, and its next firings after ``now`` (schedule time), shown in ``zone``.

    Raises:
        InvalidArgument: it is no trigger.
    """
    trigger = parse_trigger(frequency)
    try:
        found = [datetime.fromtimestamp(at, UTC).astimezone(zone) for at in firings(trigger, now, SHOWN)]
    except (OverflowError, ValueError):
        raise InvalidArgument(
            f'trigger "{frequency}": fires beyond the year 9999', remedy="use a shorter time"
        ) from None
    return trigger.describe(), in_words(found)
