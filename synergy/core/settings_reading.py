"""From the tables of ``synergy.toml`` to ``Settings``: every mistake at once, each with its place, value and remedy.

Sections and prefixes: see ``synergy.core.settings``. A setting may also stand in ``[synergy]`` under its full name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from synergy.core.counting import counted
from synergy.core.errors import InvalidArgument, InvalidDefinition
from synergy.core.settings import ClockSettings, Settings
from synergy.core.suggestions import did_you_mean
from synergy.core.timeperiods import FIRST_YEAR, LAST_YEAR, Qualifier, end_of, ordinal_of, start_of

Locate = Callable[[str, str], str]
"""From a section and a key as written (either may be empty) to the place that a message names: ``synergy.toml:7``."""

NAME: Final = re.compile(r"\.*[A-Za-z0-9_][A-Za-z0-9_.-]*")
"""What a process, entry, tree or box may be called: nothing that ``PROCESS@FROM..TO``, ``PROCESS::ENTRY``, an option of
the command line or a file name would read differently."""

MOST: Final = 1_000_000_000
"""The largest number that a setting or a field of a definition takes: in seconds some thirty years."""

_FASTEST: Final = 10_000_000
"""Of a replay clock: a year in three seconds."""

_SHOWN_CHARS: Final = 200
_TOLD_CHARS: Final = 400

_PREFIXED: Final = ("gc", "mq")
_APART: Final = ("clock", "pools")
"""Settings that are sections of their own."""
_SECTIONS: Final = ("synergy", *_APART, *_PREFIXED)
_FIELDS: Final = {each.name: each for each in msgspec.structs.fields(Settings) if each.name not in _APART}
_CLOCK_FIELDS: Final = {each.name: each for each in msgspec.structs.fields(ClockSettings)}
_AT_LEAST: Final[dict[str, float]] = {
    "lag_minutes": 0,
    "max_number_of_failures": 0,
    "event_log_max_size": 1,
    "db_log_ttl_days": 1,
    "db_uow_ttl_days": 1,
    "gc_release_lag_minutes": 0,
    "mq_prefetch": 1,
    "mq_heartbeat_seconds": 1,
    "slots": 1,
    "stop_grace_seconds": 0,
    "child_max_uows": 1,
    "child_max_rss_mb": 16,
}
_REMEDIES: Final = {
    "str": "write it in quotes",
    "int": "write a whole number",
    "float": "write a number",
    "bool": "write true or false",
}
"""By what was expected."""
_AT_MOST: Final = {"mq_prefetch": 65_535, "mq_heartbeat_seconds": 65_535}
_CHOICES: Final = {
    "gc_on_give_up": ("alert", "skip"),
    "mq_queue_type": ("classic", "quorum"),
    "log_level": ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
}
_SCHEMES: Final = {
    "store": re.compile(r"sqlite:.+|mongodb(\+srv)?://.+"),
    "broker": re.compile(r"embedded:|amqps?://.+"),
    "data_source": re.compile(r"sqlite:.+|mongodb(\+srv)?://.+"),
}
_SCHEME_REMEDIES: Final = {
    "store": 'use "sqlite:PATH" or "mongodb://HOST/DATABASE"',
    "data_source": 'use "sqlite:PATH" or "mongodb://HOST/DATABASE"',
    "broker": 'use "embedded:" or "amqp://USER:PASSWORD@HOST:5672/VHOST"',
}
_MODULE: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


def parse_instant(text: str) -> float:
    """Seconds since the epoch of an ISO-8601 time; UTC when it names no offset.

    Raises:
        InvalidArgument: it is none.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidArgument(f'"{text}" is no ISO-8601 time', remedy='write it as "2013-01-01T00:00:00Z"') from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _check_start(text: str) -> None:
    if not start_of(Qualifier.YEARLY, 0) <= parse_instant(text) < end_of(Qualifier.YEARLY, LAST_YEAR - FIRST_YEAR):
        raise InvalidArgument(f'"{text}" has no timeperiod', remedy=f"use a year from {FIRST_YEAR} to {LAST_YEAR}")


def shown(value: object) -> str:
    """A wrong value as a message quotes it: whatever it is, not longer than a line or two."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits; lists without end
        return f"<{type(value).__name__}>"
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"


def bounded(text: str) -> str:
    """A part of a message that quotes what a user wrote, not longer than some lines."""
    return text if len(text) <= _TOLD_CHARS else f"{text[:_TOLD_CHARS]}…"


def parse_settings(tables: Mapping[str, object], locate: Locate = lambda _section, _key: "synergy.toml") -> Settings:
    """Read the tables of a parsed ``synergy.toml``.

    Raises:
        InvalidDefinition: ``problems`` holds every mistake.
    """
    reading = _Reading(locate)
    values = reading.values(tables)
    clock = reading.clock(tables.get("clock"))
    pools = reading.pools(tables.get("pools"))
    reading.relations(values)
    if reading.problems:
        raise InvalidDefinition(counted(len(reading.problems), "wrong setting"), problems=tuple(reading.problems))
    return Settings(**values, clock=clock, pools=pools)


class _Reading:
    """One pass over the tables; ``problems`` grows, nothing is raised."""

    def __init__(self, locate: Locate) -> None:
        self.problems: list[str] = []
        self._locate = locate
        self._written: dict[str, tuple[str, str]] = {}

    def values(self, tables: Mapping[str, object]) -> dict[str, Any]:
        """The settings of [synergy], [gc] and [mq] under their full names."""
        found: dict[str, Any] = {}
        for section, table in tables.items():
            if section not in _SECTIONS:
                self._stray(section, table)
            elif not isinstance(table, Mapping):
                self._problem("", section, "is not a section", f"write [{section}] on a line of its own")
            elif section not in _APART:
                self._table(section, table, found)
        for name, each in _FIELDS.items():
            if each.required and name not in self._written:
                self._problem("synergy", name, "is missing", f"set it in [synergy], e.g. {_EXAMPLES[name]}")
        return found

    def clock(self, table: object) -> ClockSettings | None:
        """The settings of [clock], None when there is no such section."""
        if not isinstance(table, Mapping):
            return None
        found: dict[str, Any] = {}
        for key, value in table.items():
            if key not in _CLOCK_FIELDS:
                self._unknown("clock", key, _CLOCK_FIELDS, "setting")
                continue
            plain = value.isoformat() if isinstance(value, datetime) else value
            if self._typed("clock", key, plain, _CLOCK_FIELDS[key].type):
                found[key] = plain
        if "start" not in table:
            self._problem("clock", "start", "is missing", 'set for example start = "2013-01-01T00:00:00Z"')
        elif "start" in found:
            self._attempt("clock", "start", lambda: _check_start(found["start"]))
        self._check_speed(found.get("speed", 1.0))
        return ClockSettings(**found) if "start" in found else None

    def _check_speed(self, speed: float) -> None:
        if not self._is_positive(speed):
            self._problem("clock", "speed", f"{speed} is not above 0", "seconds of schedule time per second")
        elif speed > _FASTEST:
            self._problem("clock", "speed", f"{shown(speed)} is too large", f"use at most {_FASTEST}")

    def pools(self, table: object) -> dict[str, int]:
        """The sizes in [pools]."""
        found: dict[str, int] = {}
        for name, size in table.items() if isinstance(table, Mapping) else ():
            if not NAME.fullmatch(name):
                self._problem("pools", name, f'"{name}" is no name', "use letters, digits and _ . -")
            elif type(size) is not int or size < 1:
                self._problem("pools", name, f"{shown(size)} is no size", "use a whole number of at least 1")
            elif size > MOST:
                self._problem("pools", name, f"{shown(size)} is too large", f"use at most {MOST}")
            else:
                found[name] = size
        return found

    def relations(self, values: Mapping[str, Any]) -> None:
        """Rules over more than one setting."""
        start, end = values.get("synergy_start_timeperiod"), values.get("synergy_end_timeperiod")
        if start is not None and end is not None and end <= start:
            self._problem(*self._written["synergy_end_timeperiod"], f"{end} is not after the start {start}", "raise it")
        if values.get("mq_announce_jobs") and values.get("broker", "embedded:").startswith("embedded:"):
            where = self._written["mq_announce_jobs"]
            self._problem(*where, "the embedded broker is not reached by others", "leave it out, or use RabbitMQ")
        lease, heartbeat = values.get("lease_seconds", 20.0), values.get("heartbeat_seconds", 5.0)
        if heartbeat > lease / 4:
            where = self._written.get("heartbeat_seconds") or self._written["lease_seconds"]
            self._problem(
                *where,
                f"heartbeat_seconds {heartbeat:g} is more than a quarter of lease_seconds {lease:g}",
                "a supervisor needs two beats before it has to end its work, half-way through its lease",
            )

    def _stray(self, key: str, value: object) -> None:
        """A section that is none, or a setting above the first section."""
        if isinstance(value, Mapping):
            self._unknown("", key, _SECTIONS, "section")
        elif key in _FIELDS:
            self._problem("", key, "stands in no section", "put it below a line [synergy]")
        else:
            self._unknown("", key, [*_SECTIONS, *_FIELDS], "setting")

    def _table(self, section: str, table: Mapping[str, object], found: dict[str, Any]) -> None:
        prefix = f"{section}_" if section in _PREFIXED else ""
        for key, value in table.items():
            name = key if key.startswith(prefix) else prefix + key
            if name not in _FIELDS:
                known = [each.removeprefix(prefix) for each in _FIELDS if each.startswith(prefix)]
                self._unknown(section, key, known, "setting")
            elif name in self._written:
                self._problem(section, key, "is set twice", f"also in [{self._written[name][0]}]; keep one of them")
            else:
                self._written[name] = (section, key)
                if self._typed(section, key, value, _FIELDS[name].type) and self._allowed(section, key, name, value):
                    found[name] = value

    def _typed(self, section: str, key: str, value: object, kind: Any) -> bool:
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            reason = str(error).replace("`", "").replace("Expected", "expected")
            wanted = reason.removeprefix("expected ").partition(" ")[0].rstrip(",")
            remedy = _REMEDIES.get(wanted, "correct the value")
            told = reason if key in _SCHEMES else f"{shown(value)}: {reason}"  # a URL may hold a password
            self._problem(section, key, told, remedy)
            return False
        return True

    def _allowed(self, section: str, key: str, name: str, value: Any) -> bool:
        before = len(self.problems)
        if isinstance(value, str):
            self._check_text(section, key, name, value)
        elif not isinstance(value, bool):
            self._check_number(section, key, name, value)
        return len(self.problems) == before

    def _check_number(self, section: str, key: str, name: str, value: float) -> None:
        if name in _AT_LEAST:
            if not value >= _AT_LEAST[name]:
                self._problem(section, key, f"{shown(value)} is too small", f"use at least {_AT_LEAST[name]:g}")
        elif not self._is_positive(value):
            self._problem(section, key, f"{shown(value)} is not above 0", "use a positive number")
        most = _AT_MOST.get(name, MOST)
        if value > most:
            self._problem(section, key, f"{shown(value)} is too large", f"use at most {most}")

    def _check_text(self, section: str, key: str, name: str, value: str) -> None:
        if name.endswith("_timeperiod"):
            self._attempt(section, key, lambda: ordinal_of(Qualifier.HOURLY, value))
        elif name in _CHOICES and value not in _CHOICES[name]:
            self._problem(section, key, f'"{value}" is unknown', f"use one of: {', '.join(_CHOICES[name])}")
        elif name in _SCHEMES and not _SCHEMES[name].fullmatch(value):
            scheme = value.partition(":")[0]  # the rest may hold a password
            self._problem(section, key, f'"{scheme}:…" is no {name} that is known', _SCHEME_REMEDIES[name])
        elif name == "box_id" and not NAME.fullmatch(value):
            self._problem(section, key, f'"{value}" is no name', "use letters, digits and _ . -")
        elif name == "context" and not _MODULE.fullmatch(value):
            self._problem(section, key, f'"{value}" is no module name', 'write it as "package.module"')
        elif not value.strip():
            self._problem(section, key, "is empty", "give it a value or leave it out")

    def _attempt(self, section: str, key: str, read: Callable[[], object]) -> None:
        try:
            read()
        except InvalidArgument as error:
            self._problem(section, key, error.message, error.remedy)

    def _unknown(self, section: str, key: str, known: Iterable[str], kind: str) -> None:
        self._problem(section, key, f"{kind} is unknown", did_you_mean(key, known))

    def _problem(self, section: str, key: str, what: str, remedy: str) -> None:
        name = bounded(f"[{section}] {key}" if section else key)
        self.problems.append(f"{self._locate(section, key)}: {name}: {bounded(what)}; {remedy}")

    @staticmethod
    def _is_positive(value: float) -> bool:
        return value > 0


_EXAMPLES: Final = {
    "context": 'context = "jobs"',
    "synergy_start_timeperiod": 'synergy_start_timeperiod = "2026110100"',
}
