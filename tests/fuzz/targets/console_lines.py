"""What an operator types into the console: a filter, a log's pattern, a command. It is taken or refused, and soon."""

from __future__ import annotations

from synergy.core.errors import InvalidArgument
from synergy.tui.actions import ACTIONS
from synergy.tui.commands import Act, action_here, complete, parse_command, parse_place
from synergy.tui.model.filters import parse_filter, select
from synergy.tui.model.log_lens import NO_LENS, Held, Selection
from synergy.tui.model.log_levels import Level
from synergy.tui.model.wishes import request_of
from tests.fuzz.target import Target, always
from tests.fuzz.targets.written_texts import text_of

ROWS = tuple(
    (text, {"state": "in progress", "process": text, "period": "2013010100"})
    for text in ("MainHourly 2013010100 in progress", "a" * 40, "ab" * 200, "x" * 5000, "", "é\u202e\t(((")
)
LINES = tuple(
    Held(number, "2026-11-26T06:30:00.000Z", "stdout", Level.UNKNOWN, text)
    for number, text in enumerate(("started", "a" * 60_000, "ab " * 20_000, "0" * 40 + "!"))
)
FILTERS = ("Main", "!state:skipped", "process:Fl* state:in_progress", "(a|b)+$", "^Main.*[0-9]{2}$", "period:2013*")
PATTERNS = (
    b"(a+)+$",
    b"(a|a)*b",
    b"(.*)*x",
    b"a{1,400}{1,400}",
    b"(?=",
    b"\\",
    b".*.*.*.*=",
    b"{99999999999}",
    b"(?i)",
)
COMMANDS = (
    "tt Flights", "uow state:invalid", "job FlightsDaily@2013010100", "reprocess A@2013010100 --self --depth 2",
    "mark processed 'A@2013010100'", "hold A --until 2h", "cursor A 2013010200", "batch pause p1", "drain --until 5m",
    "undo", "why all", "quit", "zoom_in", "reprocess A@1 --max-parallel 3", "seal Flights@2013060000", "log A@1",
)  # fmt: skip
SCREENS = ("overview", "timetable", "job", "log")


def filter_rows(data: bytes) -> None:
    """A table's filter over rows that a pattern may stumble over."""
    wanted = parse_filter(text_of(data))
    assert len(select(len(ROWS), wanted, lambda at: ROWS[at])) <= len(ROWS)
    assert wanted.passes_state("in progress") in {True, False}


def filter_log(data: bytes) -> None:
    """A log's pattern over long lines."""
    selection = Selection(NO_LENS.with_pattern(text_of(data)))
    selection.take(LINES, 0)
    assert len(selection.shown) <= len(LINES)


def command(data: bytes) -> None:
    """A command line, with its ghost text; a verb becomes a request."""
    line = text_of(data)
    complete(line, processes=("MainHourly",), trees=("Main",), actions=ACTIONS)
    read = parse_command(line)
    for screen in SCREENS:
        try:
            action_here(read, screen)
        except InvalidArgument:
            continue
    if isinstance(read, Act):
        request_of(read.verb, read.targets, read.given, 1.7e9)
    else:
        parse_place(line)


FILTER_TARGET = Target(
    "console_filter", lambda: [text.encode() for text in FILTERS], always(filter_rows), (InvalidArgument,), PATTERNS
)
LOG_TARGET = Target(
    "console_log_filter", lambda: [text.encode() for text in FILTERS], always(filter_log), (InvalidArgument,), PATTERNS
)
COMMAND_TARGET = Target(
    "console_command",
    lambda: [text.encode() for text in COMMANDS],
    always(command),
    (InvalidArgument,),
    (b"--until ", b"--depth ", b"--max-parallel ", b"'", b'"', b" A@2013010100", b"1e999h", b"--to"),
)
