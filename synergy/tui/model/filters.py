"""The filter of a table: ``/`` and words, all of which must hold.

``word`` is a regular expression (case-insensitive), ``!word`` its opposite, ``state:skipped`` and ``process:Fl*`` match
a field by a shell pattern. A filter is remembered per screen and shown in the title as ``[15/1,204]``.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from fnmatch import translate
from typing import Final, NamedTuple

from synergy.core.errors import InvalidArgument
from synergy.core.states import JobState, UowState
from synergy.tui.model.patience import Pattern

FIELDS: Final = ("state", "process", "tree", "period", "box", "entry", "uow", "code", "verb", "user", "job")

STATES: Final = tuple(dict.fromkeys([*(state.word for state in (*JobState, *UowState)), "on", "off", "held"]))
"""What a row may say of its state; ``on``, ``off`` and ``held`` are processes'."""

TOO_SLOW: Final = " (took too long: finds nothing more)"


class Term(NamedTuple):
    """One word of a filter; ``field`` None: the whole row's text."""

    inverse: bool
    field: str | None
    pattern: Pattern

    def holds(self, text: str, fields: Mapping[str, str]) -> bool:
        """Whether a row passes; a field may have several values, a line each, and one of them is enough."""
        values = [text] if self.field is None else fields.get(self.field, "").split("\n")
        return any(self.pattern.finds(value) for value in values) != self.inverse


class Filter(NamedTuple):
    """A parsed filter; the empty one lets everything through."""

    source: str = ""
    terms: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)

    @property
    def note(self) -> str:
        """What is said beside it: that one of its words took too long, and finds nothing more."""
        return TOO_SLOW if any(term.pattern.gave_up for term in self.terms) else ""

    def passes(self, text: str, fields: Mapping[str, str]) -> bool:
        """Whether a row passes every term."""
        return all(term.holds(text, fields) for term in self.terms)

    def passes_state(self, word: str) -> bool:
        """Whether a state passes what is said of states."""
        return all(term.holds("", {"state": word}) for term in self.terms if term.field == "state")


EVERYTHING: Final = Filter()


def parse_filter(source: str) -> Filter:
    """Read what the operator typed.

    Raises:
        InvalidArgument: a regular expression does not compile, or a field or state is not known; names the word.
    """
    words = source.split()
    return Filter(" ".join(words), tuple(_term(word) for word in words)) if words else EVERYTHING


def _term(word: str) -> Term:
    inverse, rest = (True, word[1:]) if word.startswith("!") else (False, word)
    field, colon, value = rest.partition(":")
    if colon and field.isalpha():
        return _field_term(inverse, field.lower(), value)
    return Term(inverse, None, compile_pattern(rest, word))


def compile_pattern(source: str, word: str = "") -> Pattern:
    """A regular expression that finds text of either case. ``word``: what was typed, if it was more.

    Raises:
        InvalidArgument: it is none.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python may mean by [[ one day is no concern of an operator
            return Pattern(source)
    except ValueError as problem:
        raise InvalidArgument(
            f'filter "{word or source}" is no regular expression: {problem}',
            remedy="put \\ before ( [ * + ? to mean the sign",
        ) from None


def _field_term(inverse: bool, field: str, value: str) -> Term:  # noqa: FBT001 - one of the two spellings of a word
    if field not in FIELDS:
        raise InvalidArgument(f'filter field "{field}" is unknown', remedy=f"use one of: {', '.join(FIELDS)}")
    if field == "state":
        return Term(inverse, field, _state_pattern(value))
    return Term(inverse, field, Pattern(translate(value + "*")))


def _state_pattern(value: str) -> Pattern:
    """A state as people or the store spell it, or a shell pattern that some state has."""
    words = value.lower().replace("_", " ").replace("-", " ").removeprefix("state ")
    whole = re.compile(translate(words), re.IGNORECASE)
    if not any(whole.match(state) for state in STATES):
        known = ", ".join(state.replace(" ", "_") for state in STATES)
        raise InvalidArgument(f'filter "state:{value}": state "{value}" is unknown', remedy=f"use one of: {known}")
    return Pattern(translate(words))


def title_counts(shown: int, total: int, *, filtered: bool) -> str:
    """``[1,204]``, or ``[15/1,204]`` while a filter is on."""
    return f"[{shown:,}/{total:,}]" if filtered else f"[{total:,}]"


def select(rows: int, wanted: Filter, text_of: Callable[[int], tuple[str, Mapping[str, str]]]) -> list[int]:
    """The indexes of the rows that pass, in their order."""
    return [index for index in range(rows) if wanted.passes(*text_of(index))]
