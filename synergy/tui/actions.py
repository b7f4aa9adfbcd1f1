"""Every key of the console, once: bindings, footer, help and palette are made from this table.

An id is stable: users' keymaps name it. ``changes`` marks what a read-only console hides and a stale one refuses.
"""

# ruff: noqa: E501 - one action, one line
from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

ANYWHERE: Final = frozenset(
    {
        "overview", "timetable", "tree", "job", "uows", "log", "processes", "freerun", "collector", "workers",
        "directives", "batch", "problems", "audit", "logs", "box", "diff", "process", "merged",
    }
)  # fmt: skip
"""Every screen that shows the deployment."""

LOGS: Final = frozenset({"log", "logs", "merged"})
"""Screens of lines that programs wrote."""

TABLES: Final = ANYWHERE - LOGS - {"diff", "tree", "timetable"}

MARKS: Final = frozenset({"uows", "timetable", "processes", "directives", "problems", "job", "tree"})
"""Screens with marks; on a job's, attempts that are compared."""

ORDERS: Final = frozenset({"directives", "batch"})
"""Screens of what operators have ordered."""

JOBS: Final = frozenset({"timetable", "tree", "job", "uows", "problems"})
"""Screens on which the cursor stands on a job."""

ABOUT_JOBS: Final = JOBS | {"log"}
"""Screens whose verbs change jobs: a log is of one, and whoever reads it knows what to do about that."""


class Action(NamedTuple):
    """One thing that a key does. ``keys`` are Textual key names, comma separated; ``footer`` its rank there, 0: not."""

    action_id: str
    keys: str
    label: str
    help: str
    screens: frozenset[str]
    footer: int = 0
    changes: bool = False
    shown_key: str = ""

    @property
    def key_label(self) -> str:
        """The key as a person reads it."""
        return self.shown_key or self.keys.split(",", maxsplit=1)[0]


ACTIONS: Final = (
    Action("enter", "enter", "in", "Go into what the cursor stands on; in the timetable into finer periods first", ANYWHERE - LOGS - {"diff"}, 1),
    Action("back", "escape", "back", "Close the dialog, drop marks, drop the filter, or go back", ANYWHERE, 12, shown_key="esc"),
    Action("reprocess", "r", "reprocess", "Run again: shows the plan first", ABOUT_JOBS, 7, changes=True),
    Action("reprocess_options", "b", "reprocess by", "Run again with options: how far, and how many at once (a batch); shows the plan first", ABOUT_JOBS, changes=True),
    Action("skip", "s", "skip", "Give up on the job: shows the plan first", ABOUT_JOBS, 8, changes=True),
    Action("cancel", "x", "cancel", "Stop the running work: shows the plan first", ABOUT_JOBS | ORDERS | {"freerun", "box"}, 11, changes=True),
    Action("hold", "h", "hold", "Keep from starting until it is released, or release it: asks how long, shows the plan first", ABOUT_JOBS | {"processes", "process", "overview"}, 13, changes=True),
    Action("release", "h", "release", "Lift the hold or open the seal: shows the plan first", frozenset({"directives"}), 7, changes=True),
    Action("pause", "p", "pause/go on", "Pause the batch, or go on with it: shows the plan first", ORDERS, 8, changes=True),
    Action("mark_as", "m", "mark as", "Say that the job is processed, or that there is nothing to do (noop): shows the plan first", ABOUT_JOBS, changes=True),
    Action("force", "ctrl+f", "force", "Start now, past dependencies, trigger and turn: shows the plan first", ABOUT_JOBS, changes=True),
    Action("seal", "ctrl+l", "seal", "Close the finished period of the tree against changes, or open it: shows the plan first", ABOUT_JOBS, changes=True),
    Action("cursor", "ctrl+t", "cursor", "Have the process go on from another timeperiod: shows the plan first", frozenset({"processes", "process", "timetable"}), changes=True),
    Action("undo", "u", "undo", "Take the last change back, as far as nothing has gone on since: shows the plan first", ANYWHERE, 18, changes=True),
    Action("drain", "ctrl+d", "drain/resume", "Start nothing at all until it is resumed, or resume: shows the plan first", ANYWHERE, changes=True),
    Action("trigger", "t", "trigger", "Make all closed periods of the process due now, or run the entry", frozenset({"processes", "process", "freerun"}), 10, changes=True),
    Action("switch", "o", "on/off", "Activate or deactivate the process or entry; on a box: start or stop the daemon process", frozenset({"processes", "process", "freerun", "box"}), 10, changes=True),
    Action("new_entry", "n", "new", "Create a freerun entry in a form; shows the plan first", frozenset({"freerun"}), 8, changes=True),
    Action("edit", "e", "change", "Change the entry, or the process's trigger, in a form with the next run times; shows the plan first", frozenset({"processes", "process", "freerun"}), 9, changes=True),
    Action("remove", "delete", "delete", "Delete the entry, and stop what it runs: shows the plan first", frozenset({"freerun"}), 12, changes=True, shown_key="del"),
    Action("flush", "p", "flush", "Resubmit at once what waits for its retry", frozenset({"collector"}), 10, changes=True),
    Action("collect", "g", "collect", "Run the garbage collector now", frozenset({"collector"}), 11, changes=True),
    Action("why", "d", "why", "Describe the job: why it runs, waits or failed", JOBS, 5),
    Action("log", "l", "log", "The log of the newest attempt; of a process the one that failed last, of a box its supervisor's", JOBS | {"freerun", "collector", "batch", "workers", "box", "diff", "process"}, 6),
    Action("zoom_in", "greater_than_sign,plus,equals_sign", "finer", "Look at finer periods", frozenset({"timetable"}), 13, shown_key=">"),
    Action("zoom_out", "less_than_sign,underscore", "coarser", "Look at coarser periods", frozenset({"timetable"}), 4, shown_key="<"),
    Action("newest", "n", "now", "Go to the newest period", frozenset({"timetable"}), 16),
    Action("next_problem", "e", "next problem", "Go to the next invalid or skipped job of the row; behind the newest to the oldest", frozenset({"timetable"}), 14),
    Action("oldest_problem", "E", "oldest problem", "Go to the oldest invalid or skipped job of all rows", frozenset({"timetable"})),
    Action("jump", "a", "time", "Go to a time: :at 2013-06, :at 2013060112, :at yesterday, :at 3d", frozenset({"timetable"}), 15),
    Action("mark", "space", "mark", "Mark or unmark the row or job, and go on by one", MARKS, 17),
    Action("mark_range", "ctrl+@,ctrl+space", "mark range", "Mark from the last mark to here, in the timetable over all rows between", MARKS, shown_key="ctrl+space"),
    Action("mark_all", "ctrl+a", "mark all", "Mark all that the filter shows", MARKS),
    Action("copy_fix", "y", "copy fix", "Copy the command that helps against the root", frozenset({"problems", "job"}), 9),
    Action("verify", "v", "verify", "Look at all of the audit's chain: is anything changed, missing or put in?", frozenset({"audit"}), 3),
    Action("follow", "f", "follow", "Follow the log as it grows", LOGS, 4),
    Action("wrap", "w", "wrap", "Wrap long lines", LOGS, 9),
    Action("only_lines", "ampersand", "only lines", "Show only lines with a text: a regular expression, ! for lines without it", LOGS, 5, shown_key="&"),
    Action("level", "e", "level", "Show only lines at least as bad as INFO, WARNING, ERROR; then all again", LOGS, 6),
    Action("window", "t", "time", "Show only a window of time: 5m (its end), 08:30..09:00, a date and time", LOGS, 7),
    Action("more_context", "greater_than_sign,plus,equals_sign", "more around", "More lines around each line that is shown for its text or level, or around each difference", LOGS | {"diff"}, 10, shown_key=">"),
    Action("less_context", "less_than_sign,underscore", "less around", "Fewer lines around each", LOGS | {"diff"}, shown_key="<"),
    Action("times", "T", "times", "Show the time of each line, or not", LOGS),
    Action("next_match", "n", "next match", "Go to the next match of the search", LOGS, 18),
    Action("previous_match", "N", "previous match", "Go to the match before", LOGS),
    Action("mark_lines", "space", "mark lines", "Begin a range of lines here, or drop it; c copies what lies between it and the cursor", LOGS, 13),
    Action("save_all", "S", "save all", "Write the whole log to a file in the current folder", LOGS, 14),
    Action("diff", "v", "versus", "Compare the logs of two attempts: the marked ones, this one and the one before, or the last two", frozenset({"job", "log"}), 19),
    Action("next_difference", "n", "next difference", "Go to the next difference", frozenset({"diff"}), 3),
    Action("previous_difference", "N", "previous difference", "Go to the difference before", frozenset({"diff"})),
    Action("unmask", "e", "exactly", "Compare times, process numbers, addresses and durations, too; or not", frozenset({"diff"}), 5),
    Action("older_attempt", "left_square_bracket", "older attempt", "The log of the attempt before", frozenset({"log", "diff"}), 13, shown_key="["),
    Action("newer_attempt", "right_square_bracket", "newer attempt", "The log of the attempt after", frozenset({"log", "diff"}), 17, shown_key="]"),
    Action("previous_log", "left_square_bracket", "previous log", "The log before in the list: daemon, supervisors, daemon processes", frozenset({"logs"}), shown_key="["),
    Action("next_log", "right_square_bracket", "next log", "The next log of the list", frozenset({"logs"}), 8, shown_key="]"),
    Action("search", "slash", "search", "Find a text anywhere in the log", LOGS, 3, shown_key="/"),
    Action("filter", "slash", "filter", "Filter rows: regex, !not, state:skipped, process:Fl*; all must hold", ANYWHERE - LOGS - {"tree", "diff"}, 15, shown_key="/"),
    Action("command", "colon", "go to", "Command line: :tt, :tree, :uow, :holds, :job X@P, :hold X, :q", ANYWHERE, 16, shown_key=":"),
    Action("help", "question_mark", "help", "The keys of this screen", ANYWHERE, 2, shown_key="?"),
    Action("palette", "ctrl+p", "palette", "Find any action by its name", ANYWHERE, 23),
    Action("last_view", "minus", "last view", "Go back and forth between two views", ANYWHERE, shown_key="-"),
    Action("only_problems", "ctrl+z", "problems", "Show only what is wrong", ANYWHERE - {"job", "audit", "diff"}),
    Action("refresh", "ctrl+r", "refresh", "Read again what is shown", ANYWHERE),
    Action("dismiss", "backspace", "dismiss", "Take away the message that lies over the rows", ANYWHERE),
    Action("zone", "z", "UTC/local", "Show times in UTC or in the terminal's zone", ANYWHERE),
    Action("copy", "c", "copy", "Copy what the cursor stands on (OSC 52)", ANYWHERE),
    Action("copy_command", "ctrl+y", "copy command", "Copy the last change as a synergyctl line", ANYWHERE),
    Action("save", "ctrl+s", "save", "Write what is shown to a file in the current folder (:save csv, json, svg or FILE)", ANYWHERE),
    Action("go_overview", "1", "overview", "Health in one glance", ANYWHERE),
    Action("go_timetable", "2", "timetable", "Processes × timeperiods", ANYWHERE),
    Action("go_tree", "3", "tree", "Trees by year, month, day and hour", ANYWHERE),
    Action("go_uows", "4", "units of work", "What was asked of the workers", ANYWHERE),
    Action("go_processes", "5", "processes", "Managed processes and their triggers", ANYWHERE),
    Action("go_freerun", "6", "freerun", "Freerun entries", ANYWHERE),
    Action("go_collector", "7", "collector", "What waits for its retry", ANYWHERE),
    Action("go_workers", "8", "boxes", "Boxes, with what each uses and runs", ANYWHERE),
    Action("go_directives", "9", "holds", "Holds, seals and batches in force", ANYWHERE),
    Action("go_problems", "0", "problems", "What keeps jobs: the roots, and how many each blocks", ANYWHERE),
    Action("go_audit", "ctrl+u", "audit", "What operators did, and whether the record is whole", ANYWHERE),
    Action("go_logs", "ctrl+g", "daemon log", "The logs of the daemon and the supervisors", ANYWHERE),
    Action("quit", "ctrl+q", "quit", "Leave the console; the daemon goes on", ANYWHERE),
)  # fmt: skip
"""The table, in the order of the help screen."""


class Move(NamedTuple):
    """A key that moves the cursor; every table, tree and log has those that make sense there."""

    keys: str
    verb: str
    help: str
    shown_keys: str


MOVES: Final = (
    Move("up,k", "cursor_up", "One row up", "↑ k"),
    Move("down,j", "cursor_down", "One row down", "↓ j"),
    Move("left", "cursor_left", "One column left; in the tree: close the branch", "←"),
    Move("right", "cursor_right", "One column right; in the tree: open the branch", "→"),
    Move("pageup", "page_up", "One page up", "page up"),
    Move("pagedown", "page_down", "One page down", "page down"),
    Move("home", "first", "To the beginning", "home"),
    Move("end", "last", "To the end", "end"),
    Move("shift+left", "page_left", "One window of periods back", "shift+←"),
    Move("shift+right", "page_right", "One window of periods on", "shift+→"),
)
"""Widgets bind them; the help screen lists them. Shift+letter sorts a table by the column with that letter."""


def moves(*verbs: str) -> tuple[Move, ...]:
    """The moves with these verbs."""
    return tuple(move for move in MOVES if move.verb in verbs)


def actions_of(screen: str, table: Sequence[Action] = ACTIONS) -> tuple[Action, ...]:
    """The actions of one screen; ``table``: with the operator's own keys."""
    return tuple(action for action in table if screen in action.screens)


def offered(screen: str, *, may_change: bool, table: Sequence[Action] = ACTIONS) -> tuple[Action, ...]:
    """What is offered there: without the changing ones when nothing may be changed."""
    return tuple(action for action in actions_of(screen, table) if may_change or not action.changes)


def footer_of(screen: str, *, may_change: bool, table: Sequence[Action] = ACTIONS) -> tuple[Action, ...]:
    """The footer's actions, the most wanted first."""
    ranked = [action for action in offered(screen, may_change=may_change, table=table) if action.footer]
    return tuple(sorted(ranked, key=lambda action: action.footer))


def find(action_id: str) -> Action | None:
    """An action by its id."""
    return next((action for action in ACTIONS if action.action_id == action_id), None)
