"""What is asked before a plan is made: how long, how far, as what. A form changes nothing; the plan follows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from synergy.core.control.replies import ProcessRow, TreeRow
from synergy.core.control.requests import MakePlan
from synergy.core.timeperiods import Qualifier
from synergy.core.wishes import JOB_VERBS, Verb
from synergy.tui.model.wishes import Given


class Option(NamedTuple):
    """One of the values of a field, and what it means."""

    value: str
    label: str


class Field(NamedTuple):
    """One line of a form: a text to type, or with ``options`` one of these. ``value``: what it begins with."""

    name: str
    label: str
    options: tuple[Option, ...] = ()
    value: str = ""
    hint: str = ""


class Sheet(NamedTuple):
    """Lines to fill in that lead to no verb's plan."""

    title: str
    explained: str
    fields: tuple[Field, ...]

    def filled(self, given: Given) -> Sheet:
        """With the values that were given before."""
        return self._replace(
            fields=tuple(each._replace(value=given.get(each.name, each.value)) for each in self.fields)
        )


class Seen(NamedTuple):
    """What is seen of values while they are typed: what is wrong, by the fields' names, and what follows from them."""

    problems: Mapping[str, str] = {}
    notes: tuple[str, ...] = ()


class Form(NamedTuple):
    """``targets``: what it is about, unless the field ``what`` says it."""

    verb: Verb
    targets: tuple[str, ...]
    title: str
    explained: str
    fields: tuple[Field, ...]

    def targets_of(self, given: Given) -> tuple[str, ...]:
        """What the verb acts on."""
        what = given.get("what")
        return (what,) if what else self.targets

    def filled(self, given: Given) -> Form:
        """With what was chosen before; a reach by its words, whatever their order."""
        reach = " ".join(sorted(set(given.get("reach", "").split())))
        known = {**given, "reach": reach.removesuffix(" self")}  # no more than the others say
        return self._replace(
            fields=tuple(each._replace(value=known.get(each.name, each.value)) for each in self.fields)
        )


class Asked(NamedTuple):
    """What a plan was asked for with; ``form`` changes it, None: there is nothing to choose."""

    request: MakePlan
    given: Given
    form: Form | None

    def because(self, reason: str) -> Asked:
        """With another reason, which is no part of the request."""
        return self._replace(given={**self.given, "reason": reason})


REASON: Final = Field("reason", "Reason", hint="kept in the history and the audit (may stay empty)")
UNTIL: Final = Field("until", "Until", hint="06:00 (UTC), 2h, 1d or a date; empty: until it is released")

_REACHES: Final[Mapping[Verb, tuple[str, ...]]] = {
    "reprocess": (
        "all that is built on them",
        "only the jobs themselves",
        "with what is above them in the tree",
        "with what depends on them in other trees",
        "above them, and in other trees",
    ),
    "skip": (
        "what is active below them and dependent on them",
        "only the jobs themselves",
        "with what is active below them in the tree",
        "with what depends on them in other trees",
        "below them, and in other trees",
    ),
}
"""Of verbs that reach further than their targets, in the order of ``_REACH``."""
_REACH: Final = ("", "self", "ancestors", "dependents", "ancestors dependents")
_SCOPE: Final = (
    Field("depth", "Edges", hint="how many edges from them at most; empty: all"),
    Field("exclude", "Leave out", hint="names, with blanks between; * stands for anything"),
)
_ONLY: Final = Field("only", "Only", hint="those in these states: in progress, embryo; empty: all")
_AT_ONCE: Final = Field("max_parallel", "At once", hint="makes it a batch of so many jobs at once; empty: no batch")
_TO: Final = Field(
    "to",
    "As",
    options=(Option("processed", "its work is done, by other means"), Option("noop", "there is nothing to do")),
)
_EXPLAINED: Final[Mapping[Verb, str]] = {
    "reprocess": "What is left out stays as it is; with a limit it runs as a batch beside live work.",
    "skip": "Given up on, with what is active below them and dependent on them; what is left out stays as it is.",
    "cancel": "Their running work is stopped.",
    "force": "They start now, past dependencies, trigger and turn.",
    "mark": "The job counts as finished from then on; running work of it is stopped.",
}


def hold_form(
    targets: Sequence[str], processes: Sequence[ProcessRow], trees: Sequence[TreeRow], note: str = ""
) -> Form:
    """What is held, until when and why; one target can be widened to its process or its tree.

    ``note``: that others are marked, too, which are held already.
    """
    several = len(targets) > 1 or bool(note)
    what = Field("what", "What", options=() if several else wider(targets[0], processes, trees))
    named = "what is not held" if note else f"{len(targets)} marked" if several else targets[0]
    return Form(
        "hold",
        tuple(targets),
        f"Hold {named}",
        f"Nothing of it starts until it is released; what runs goes on.\n{note}".rstrip(),
        (*((what,) if len(what.options) > 1 else ()), UNTIL, REASON),
    )


def already(kept: int, marked: int, what: str) -> str:
    """Of marked ones some are held or sealed, as ``what`` says, and only the others will be; empty: none is."""
    are, stay = ("is", "stays") if kept == 1 else ("are", "stay")
    return f"{kept} of the {marked} marked {are} {what} already and {stay} so." if kept else ""


def wider(target: str, processes: Sequence[ProcessRow], trees: Sequence[TreeRow]) -> tuple[Option, ...]:
    """A target, and what it is part of."""
    name, at, timeperiod = target.partition("@")
    process = next((row for row in processes if row.process_name == name), None)
    if process is None:
        known = any(row.tree_name == name for row in trees)
        return (Option(target, "the whole tree, also periods to come" if known and not at else ""),)
    options = []
    if at and ".." in timeperiod:
        options.append(Option(target, "these jobs"))
    elif at:
        options += [Option(target, "this job"), Option(f"{target}..", "it and all later ones")]
    if at and ".." not in timeperiod and process.time_qualifier != Qualifier.HOURLY:  # an hour may be spelled as a day
        options.append(Option(f"{process.tree_name}@{timeperiod}", "all of the tree in that period"))
    return (
        *options,
        Option(name, "the process, also periods to come"),
        Option(process.tree_name, "its whole tree, also periods to come"),
    )


def drain_form() -> Form:
    """How long nothing at all is started, and why."""
    until = UNTIL._replace(hint="06:00 (UTC), 2h, 1d or a date; empty: until it is resumed")
    explained = "Nothing at all starts until it is resumed; what runs goes on, and nothing is forgotten."
    return Form("drain", (), "Drain", explained, (until, REASON))


def job_form(verb: Verb, targets: Sequence[str]) -> Form:
    """How far a verb about jobs reaches, on which of them it acts, and what else it has to be told."""
    return Form(
        verb,
        tuple(targets),
        f"{verb.capitalize()} {_named(targets)}",
        _EXPLAINED[verb],
        (
            *((_TO,) if verb == "mark" else ()),
            *((_reach(verb), *_SCOPE) if verb in _REACHES else ()),
            _ONLY,
            *((_AT_ONCE,) if verb == "reprocess" else ()),
            REASON,
        ),
    )


def _reach(verb: Verb) -> Field:
    options = (Option(value, label) for value, label in zip(_REACH, _REACHES[verb], strict=True))
    return Field("reach", "How far", options=tuple(options))


def form_of(verb: Verb, targets: Sequence[str], given: Given) -> Form | None:
    """The form in which a plan's wish is changed; None: there is nothing to choose."""
    if verb in JOB_VERBS:
        return job_form(verb, targets)
    match verb:
        case "hold":
            return hold_form(targets, (), ())
        case "drain":
            return drain_form()
        case "cursor":
            return cursor_form(targets[0], given.get("to", ""))
        case _:
            return None


def cursor_form(process_name: str, timeperiod: str) -> Form:
    """Where a process goes on."""
    field = Field("to", "Period", value=timeperiod, hint="timeperiod, such as 2013010200")
    return Form(
        "cursor",
        (process_name,),
        f"Go on with {process_name} from",
        "Forward skips what is unfinished before it; back reprocesses from it on.",
        (field, REASON),
    )


def _named(targets: Sequence[str]) -> str:
    return targets[0] if len(targets) == 1 else f"{len(targets)} targets"
