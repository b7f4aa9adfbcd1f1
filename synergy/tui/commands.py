"""The ``:`` line: words that go somewhere or do something, and what may follow each; pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Final, NamedTuple

from synergy.core.errors import InvalidArgument
from synergy.core.wishes import JOB_VERBS, Verb
from synergy.tui.actions import ACTIONS, Action, actions_of, find
from synergy.tui.model.exports import FORMATS, Wanted, read_wanted
from synergy.tui.model.filters import parse_filter
from synergy.tui.model.jumps import parse_at
from synergy.tui.model.log_targets import read_attempts, read_names
from synergy.tui.model.palettes import THEMES
from synergy.tui.model.trail import Place
from synergy.tui.model.wishes import MARKS, NOTHING, Given, flags_of, read_flags


class Go(NamedTuple):
    """Go to a place, and filter it."""

    place: Place
    filter_source: str = ""


class Act(NamedTuple):
    """Ask the daemon for a plan; without targets and ``given`` it is about what the cursor stands on."""

    verb: Verb
    targets: tuple[str, ...]
    given: Given = NOTHING


class Do(NamedTuple):
    """An action of the table, by its id."""

    action_id: str


class Choose(NamedTuple):
    """Something of the console itself: ``view``, ``save view`` or ``theme``, and its name."""

    what: str
    name: str


class Save(NamedTuple):
    """Write what is shown into a file."""

    wanted: Wanted


Command = Go | Act | Do | Choose | Save


class Word(NamedTuple):
    """A command word.

    ``takes``: what follows it: ``filter``, ``tree``, ``job``, ``process``, ``batch``, ``box`` or nothing.

    ``target``: what the place is narrowed to.
    """

    name: str
    takes: str
    help: str
    screen: str = ""
    aliases: tuple[str, ...] = ()
    target: str = ""


WORDS: Final = (
    Word("overview", "filter", "health in one glance", "overview", ("ov",)),
    Word("tt", "filter", "timetable of processes × timeperiods, e.g. :tt Flights", "timetable", ("timetable",)),
    Word("at", "time", "go to a time: 2013-06, 2013060112, yesterday, 3d (ago), oldest (problem)", "timetable"),
    Word("tree", "tree", "a tree by year, month, day and hour", "tree"),
    Word("uow", "filter", "units of work, e.g. :uow state:invalid", "uows", ("uows",)),
    Word("job", "job", "one job, e.g. :job FlightsDaily@2013010100", "job"),
    Word("log", "job", "the log of a job, an entry or a unit of work; of several: merged by time", "log"),
    Word("diff", "job", "compare the logs of two attempts, e.g. :diff FlightsDaily@2013010100 1 2", "diff"),
    Word("logs", "", "logs of the daemon, e.g. :logs gc, :logs supervisor@box-1", "logs"),
    Word("processes", "filter", "managed processes", "processes", ("ps",)),
    Word("process", "process", "one process in full, e.g. :process FlightsDaily", "process"),
    Word("freerun", "filter", "freerun entries", "freerun", ("fr",)),
    Word("gc", "filter", "what waits for its retry", "collector", ("collector",)),
    Word("boxes", "filter", "boxes, with what each uses and runs", "workers", ("workers",)),
    Word("box", "box", "one box and what it runs, by its id, e.g. :box box-1", "box"),
    Word("problems", "filter", "what keeps jobs, and how many each root blocks", "problems"),
    Word(
        "why",
        "job",
        "why a job does not go on, e.g. :why FlightsDaily@2013010100; alone: the roots of all",
        "job",
    ),
    Word("audit", "filter", "what operators did, e.g. :audit user:olga verb:skip", "audit"),
    Word("directives", "filter", "holds, seals and batches in force", "directives"),
    Word("holds", "filter", "holds in force", "directives", target="holds"),
    Word("seals", "filter", "seals in force", "directives", target="seals"),
    Word("batches", "filter", "batches under way", "directives", target="batches"),
    Word("reprocess", "job", "run again; as in synergyctl: --self --ancestors --dependents --depth --max-parallel"),
    Word("skip", "job", "give up on; shows the plan first"),
    Word("cancel", "job", "stop; shows the plan first"),
    Word("force", "job", "start now, whatever it waits for; shows the plan first"),
    Word("mark", "job", "e.g. :mark processed FlightsDaily@2013010100; shows the plan first"),
    Word("hold", "process", "keep from starting, e.g. :hold FlightsHourly --until 2h; shows the plan first"),
    Word("release", "process", "lift a hold; shows the plan first"),
    Word("drain", "", "start nothing at all, e.g. :drain --until 2h; shows the plan first"),
    Word("resume", "", "end a drain; shows the plan first"),
    Word("seal", "tree", "close finished periods, e.g. :seal Flights@2013060000; shows the plan first"),
    Word("unseal", "tree", "open sealed periods; shows the plan first"),
    Word("cursor", "process", "e.g. :cursor FlightsHourly 2013010200; shows the plan first"),
    Word("batch", "batch", "one batch by its id; or :batch pause, resume or cancel ID", "batch"),
    Word("undo", "", "take the last change, or a plan, back; shows the plan first"),
    Word("view", "view", "go to a saved view; :view save NAME saves what is shown now"),
    Word("save", "format", "write what is shown, e.g. :save csv, :save json, :save FILE.svg", "", ("export",)),
    Word("save!", "", "as :save FILE, and replace what is there", "", ("export!",)),
    Word("theme", "theme", f"how it looks: {', '.join(THEMES)}"),
    Word("help", "", "the keys of this screen"),
    Word("quit", "", "leave the console", "", ("q",)),
)

_NEEDS_TARGET: Final = frozenset({"job", "batch", "box", "process"})
"""The other words mean what the cursor stands on when no target follows."""
_EXAMPLES: Final = {
    "job": "PROCESS@TIMEPERIOD",
    "batch": "ID; :batches lists them",
    "box": "BOX; :boxes lists them",
    "process": "PROCESS; :processes lists them",
}

_VERBS: Final[Mapping[str, Verb]] = {
    verb: verb for verb in (*JOB_VERBS, "hold", "release", "drain", "resume", "seal", "unseal", "cursor", "undo")
}
_BATCH_VERBS: Final[Mapping[str, Verb]] = {
    "pause": "batch pause",
    "resume": "batch resume",
    "cancel": "batch cancel",
}


_WORDS_OF_ACTIONS: Final[Mapping[str, str]] = {"mark": "mark_row", "why": "describe"}
"""The words of actions whose id means something else on the command line: ``:mark`` is the verb."""

_ACTIONS_OF_VERBS: Final[Mapping[str, str]] = {"mark": "mark_as", "release": "hold", "unseal": "seal"}
"""Actions that do what a verb says, where they are not called like it."""


def words_offered(*, may_change: bool) -> tuple[Word, ...]:
    """The words of the command line; without those that change something when nothing may be changed."""
    return tuple(word for word in WORDS if may_change or word.name not in _VERBS)


def places_offered() -> tuple[Word, ...]:
    """The words that a program may begin with: those that lead to a place."""
    return tuple(word for word in WORDS if word.screen)


def word_of(action: Action) -> str:
    """The word that does an action of the table: ``:zoom_in``."""
    return _WORDS_OF_ACTIONS.get(action.action_id, action.action_id)


def _action_called(word: str) -> Action | None:
    wanted = word.lower().replace("-", "_")
    own = next((action_id for action_id, its in _WORDS_OF_ACTIONS.items() if its == wanted), wanted)
    return find(own)


def _word_called(name: str) -> Word | None:
    return next((word for word in WORDS if name.lower() in (word.name, *word.aliases)), None)


def _is_known(name: str) -> bool:
    return _word_called(name) is not None or _action_called(name) is not None


def action_here(command: Command, screen: str) -> str | None:
    """The action of a screen that a command means there; None: it is none, but a place or a verb with its targets.

    Raises:
        InvalidArgument: it needs a target there, or is an action of other screens.
    """
    known = {action.action_id for action in actions_of(screen)}
    match command:
        case Go(Place("log" | "diff" as action_id, ""), _):
            if action_id in known:
                return action_id
            remedy = f"write :{action_id} PROCESS@TIMEPERIOD or a unit of work"
            raise InvalidArgument(f":{action_id} needs a target here", remedy=remedy)
        case Act(verb, (), given) if not given and verb != "resume":
            for action_id in (verb, _ACTIONS_OF_VERBS.get(verb, verb)):
                if action_id in known:
                    return action_id
            raise InvalidArgument(f":{verb} needs a target here", remedy="name a job, a process or a tree")
        case Do(action_id) if action_id not in known:
            action = find(action_id)
            screens = ", ".join(sorted(action.screens)) if action else "no screen"
            word = word_of(action) if action else action_id
            raise InvalidArgument(f":{word} does nothing on this screen", remedy=f"it works on: {screens}")
        case Do(action_id):
            return action_id
        case _:
            return None


def parse_command(line: str) -> Command:
    """Read a command line without its colon.

    Raises:
        InvalidArgument: no such word, its target is missing, or what follows is no filter.
    """
    name, _, rest = line.strip().partition(" ")
    rest = rest.strip()
    word = _word_called(name)
    if word is None:
        return _do(name, rest)
    if word.name in _NEEDS_TARGET and not rest:
        example = _EXAMPLES[word.takes]
        raise InvalidArgument(f":{word.name} needs a target", remedy=f"write :{word.name} {example}")
    if word.name in _VERBS:
        return _act(_VERBS[word.name], _split(rest))
    match word.name:
        case "help" | "quit" | "save" as action_id if not rest:
            return Do(action_id)
        case "view" | "theme" | "save" | "save!":
            return _choose(word.name, rest)
        case "batch" if (verb := _BATCH_VERBS.get(rest.partition(" ")[0])) is not None:
            return _act(verb, _split(rest)[1:])
        case _:
            return _go(word, rest)


def _choose(what: str, rest: str) -> Choose | Save:
    if what in {"save", "save!"}:
        return Save(read_wanted(rest, overwrites=what == "save!"))
    saved, _, name = rest.partition(" ")
    if what == "view" and saved == "save":
        what, rest = "save view", name.strip()
    if not rest or " " in rest:
        remedy = f":theme {'|'.join(THEMES)}" if what == "theme" else ":view NAME, or :view save NAME"
        raise InvalidArgument(f":{what.rpartition(' ')[2]} needs one name", remedy=f"write {remedy}")
    return Choose(what, rest)


def _place_of_logs(screen: str, rest: str) -> Place:
    """One log, several as one, or two attempts compared."""
    if screen == "diff":
        read_attempts(rest)
        return Place(screen, rest)
    names = read_names(rest)
    return Place("merged" if len(names) > 1 else screen, " ".join(names))


def _go(word: Word, rest: str) -> Go:
    if word.takes == "filter":
        parse_filter(rest)
        return Go(Place(word.screen, word.target), rest)
    if word.name in {"log", "diff"} and rest:
        return Go(_place_of_logs(word.screen, rest))
    if word.name == "why" and rest in {"", "all", "--all"}:
        return Go(Place("problems"))
    if word.takes == "time":
        if rest != "oldest":
            parse_at(rest or "now", 0.0)
        return Go(Place(word.screen, f"@{rest or 'now'}"))
    return Go(Place(word.screen, rest))


def parse_place(line: str) -> Go:
    """Read a command line that must lead to a place: where a program begins, or what it prints.

    Raises:
        InvalidArgument: as parse_command, or it leads to none; a word that is none is told as a shell has to hear it.
    """
    name = line.strip().partition(" ")[0]
    if not _is_known(name):
        near = " or ".join(get_close_matches(name.lower(), [word.name for word in places_offered()], 2))
        remedy = f"{f'use {near}; ' if near else ''}synergy-console --help lists all"
        raise InvalidArgument(f'"{name}" is no command', remedy=remedy)
    command = parse_command(line)
    if not isinstance(command, Go) or command.place in {Place("log"), Place("diff")}:
        raise InvalidArgument(
            f'"{line}" shows nothing', remedy="name a place, such as tt or uow; use synergyctl to change something"
        )
    return command


def _do(name: str, rest: str) -> Do:
    """An action of the table by its id."""
    action = _action_called(name)
    if action is None:
        known = [*(word.name for word in WORDS), *(word_of(action) for action in ACTIONS)]
        near = " or ".join(f":{word}" for word in get_close_matches(name.lower(), known, 2))
        raise InvalidArgument(f'":{name}" is no command', remedy=f"{f'use {near}; ' if near else ''}? lists all")
    if rest:
        raise InvalidArgument(f":{name} takes nothing more, not {rest!r}", remedy=f"write :{name}")
    return Do(action.action_id)


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        raise InvalidArgument(f"{text}: a quotation mark has no other one", remedy="write it in pairs") from None


def _act(verb: Verb, words: Sequence[str]) -> Act:
    """A verb with its targets; two of them are given where they lead to, too."""
    targets, given = read_flags(verb, words)
    if verb == "mark" and targets:
        if targets[0] not in MARKS or len(targets) == 1:
            raise InvalidArgument(":mark needs a state and targets", remedy="write :mark processed PROCESS@TIMEPERIOD")
        return Act(verb, targets[1:], {**given, "to": targets[0]})
    if verb == "cursor" and targets:
        if len(targets) != 2:
            raise InvalidArgument(":cursor needs a timeperiod", remedy="write :cursor PROCESS TIMEPERIOD")
        return Act(verb, targets[:1], {**given, "to": targets[1]})
    if verb.startswith("batch") and not targets:
        raise InvalidArgument(f":{verb} needs a batch", remedy=f"write :{verb} ID; :batches lists them")
    return Act(verb, targets, given)


def complete(
    line: str,
    *,
    processes: Sequence[str],
    trees: Sequence[str],
    actions: Sequence[Action] = (),
    views: Iterable[str] = (),
    may_change: bool = True,
) -> str | None:
    """The whole line that begins with what was typed, for the ghost text; None: nothing fits.

    ``actions``: those of the screen; they come behind the words, which are shorter and go further.
    """
    name, blank, rest = line.partition(" ")
    if not blank:
        words = words_offered(may_change=may_change)
        return _first([*(word.name for word in words), *(word_of(action) for action in actions)], name)
    word = next((word for word in WORDS if name in (word.name, *word.aliases)), None)
    if word is None or not rest:
        return None
    known: Mapping[str, Sequence[str]] = {
        "tree": trees,
        "job": processes,
        "filter": processes,
        "process": [*processes, *trees],
        "theme": THEMES,
        "format": FORMATS,
        "view": [*views, "save"],
    }
    before, _, last = rest.rpartition(" ")
    is_flag = last.startswith("--") and word.name in _VERBS
    found = _first(flags_of(_VERBS[word.name]) if is_flag else known.get(word.takes, ()), last)
    if found is None:
        return None
    found += "@" if word.takes == "job" and not is_flag else ""
    return f"{name} {before + ' ' if before else ''}{found}"


def _first(known: Iterable[str], typed: str) -> str | None:
    return next((name for name in known if typed and name.lower().startswith(typed.lower())), None)
