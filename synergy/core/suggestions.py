"""What to say of a name that nobody knows: the one that was probably meant, or those that exist."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_LISTED = 12


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A remedy: ``did you mean "Weather"?``, or the known names when none is alike, or that there are none."""
    names = sorted(set(known))
    by_lower_case = {other.lower(): other for other in names}
    close = get_close_matches(name.lower(), by_lower_case, n=1, cutoff=0.6)
    if close:
        return f'did you mean "{by_lower_case[close[0]]}"?'
    if not names:
        return "there is none yet"
    listed = ", ".join(names[:_LISTED])
    return f"known are: {listed}" if len(names) <= _LISTED else f"known are: {listed} and {len(names) - _LISTED} more"
