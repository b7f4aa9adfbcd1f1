"""What people write: triggers, timeperiods, targets, moments, arguments of entries. Read, or refused in words."""

from __future__ import annotations

from typing import Any

from synergy.core import timeperiods as t
from synergy.core.arguments import argument_pairs, read_arguments
from synergy.core.control.framing import decode_call, encode_request
from synergy.core.control.requests import RunEntry
from synergy.core.errors import InvalidArgument
from synergy.core.moments import parse_moment
from synergy.core.targets import parse_entry, parse_job, parse_target
from synergy.core.timeperiods import Qualifier
from synergy.core.triggers import firings, parse_trigger
from synergy.daemon.views.shapes import iso
from tests.fuzz.target import Target, always

INSTANTS = (0.0, 1_364_688_000.5, 1_382_835_600.0, 4e9)
TRIGGERS = (
    "every 60", "every 0.5", "at 06:30", "at 0-08:30, 4-17:00", "at Mon-00:00 Europe/Berlin", "cron 30 6 * * 1-5",
    "cron */5 0-6,8 L * MON#1", "cron @daily America/New_York", "cron 0 0 29 2 *", "at 02:30 Europe/Berlin",
)  # fmt: skip
PERIODS = (
    "2013010100", "2013010000", "2013000000", "20130101143000", "MainHourly@2013010100..2013010123", "Report::mail",
    "MainHourly@2013010100.1", "2h", "2026-11-26", "2026-11-26T06:30:00+02:00", "3w",
)  # fmt: skip
ARGUMENTS = ("a=1", "b=text", 'c="quoted"', "d=null", "e=1.5e3", "f=[1,2]", "g={}", "h=true", "i=", "j=-0")


def text_of(data: bytes) -> str:
    """Any bytes as the texts that a command line or a protocol may hold, lone surrogates too."""
    return data.decode("utf-8", "surrogateescape")


def read_trigger(data: bytes) -> None:
    """A trigger that was read has a next firing, whenever it is asked, and can be told."""
    trigger = parse_trigger(text_of(data))
    for instant in INSTANTS:
        following = firings(trigger, instant, 3)
        assert all(iso(moment) for moment in following)
        assert following == sorted(following)
        assert trigger.first_at_or_after(instant) >= instant
    assert trigger.describe()


def read_period(data: bytes) -> None:
    """A timeperiod that was read is written the same, and lies in time; the rest of what may be named is read too."""
    text, read, refused = text_of(data), 0, None
    for qualifier in Qualifier:
        try:
            ordinal = t.ordinal_of(qualifier, text)
        except InvalidArgument as error:
            refused = error
        else:
            read += 1
            assert t.timeperiod_of(qualifier, ordinal) == text
            assert t.start_of(qualifier, ordinal) < t.end_of(qualifier, ordinal)
            assert t.enclosing(Qualifier.YEARLY, text) <= t.last_enclosing(Qualifier.YEARLY, text)
    assert parse_entry(text) is None or "::" in text
    others: tuple[Any, ...] = (parse_target, parse_job, lambda said: iso(max(0.0, parse_moment(said, 1.7e9))))
    for other in others:
        try:
            other(text)
        except InvalidArgument as error:
            refused = error
        else:
            read += 1
    if refused is not None and not read:
        raise refused


def read_freerun(data: bytes) -> None:
    """Arguments arrive at the daemon as they were read, or are refused before they leave."""
    arguments = read_arguments(text_of(data).split("\n"))
    assert read_arguments(argument_pairs(arguments)) == arguments
    line = encode_request(1, RunEntry("Report::mail", arguments))
    call = decode_call(line)
    assert getattr(call, "request", None) == RunEntry("Report::mail", arguments), line


def _encoded(*texts: str) -> list[bytes]:
    return [text.encode() for text in texts]


ZONES = (b" Europe/Berlin", b" ../../etc/passwd", b" Asia/Kathmandu", b"*/", b"#", b"L", b", ", b"MON", b"29 2 *", b"@")
TRIGGER_TARGET = Target("triggers", lambda: _encoded(*TRIGGERS), always(read_trigger), (InvalidArgument,), ZONES)
PERIOD_TARGET = Target("timeperiods", lambda: _encoded(*PERIODS), always(read_period), (InvalidArgument,))
FREERUN_TARGET = Target(
    "freerun_arguments",
    lambda: [*_encoded(*ARGUMENTS), "\n".join(ARGUMENTS).encode()],
    always(read_freerun),
    (InvalidArgument,),
    (b"=", b"=1e400", b'="\\ud800"', b"=NaN", b"=[[[[", b"=18446744073709551616"),
)
