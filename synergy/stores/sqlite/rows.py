"""How records lie in their tables: a table has the record's fields as columns; sub-values are JSON text.

Records are read as JSON text that SQLite makes (see the package's docstring) and msgspec checks while it decodes, so a
state or a type that does not exist is told and never passed on. ``printf`` keeps every bit of a stamp: SQLite's JSON
functions round to 15 digits, and ``quote`` loses the last bit of a few in a million.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from enum import Enum
from types import GenericAlias
from typing import Any, Final, Generic, TypeVar, cast, get_args, get_origin

import msgspec
from msgspec import Struct
from msgspec.structs import astuple, fields

from synergy.core import plan_records, records
from synergy.core.directives import Directive
from synergy.stores.sqlite.bulk import ROWS, Value, query_rows

Record = TypeVar("Record", bound=Struct)
Item = TypeVar("Item", str, int)

_encode = msgspec.json.Encoder().encode


class Rows(Generic[Record]):
    """One kind of record and its table."""

    def __init__(self, kind: type[Record], table: str) -> None:
        described = fields(kind)
        self.table = table
        self.columns = tuple(field.name for field in described)
        self._converted = tuple(
            (index, convert) for index, field in enumerate(described) if (convert := _converter(field.type))
        )
        self._json = ", ".join(f"'{field.name}', {_json_column(field.name, field.type)}" for field in described)
        self._decode = cast(
            "Callable[[str], tuple[Record, ...]]",
            msgspec.json.Decoder(cast("Any", GenericAlias(tuple, (kind, ...)))).decode,
        )
        names = ", ".join(self.columns)
        # the names are constants of this program
        self.replace = f"INSERT OR REPLACE INTO {table} ({names}) VALUES {ROWS}"  # noqa: S608
        self.append = f"INSERT INTO {table} ({names}) VALUES {ROWS}"  # noqa: S608
        self.add = f"{self.append} ON CONFLICT (%s) DO NOTHING"

    def row(self, record: Record) -> tuple[Value, ...]:
        """The record's columns, in the table's order."""
        values: list[Any] = list(astuple(record))
        for index, convert in self._converted:
            if values[index] is not None:
                values[index] = convert(values[index])
        return tuple(values)

    def select(
        self,
        connection: sqlite3.Connection,
        tail: str = "",
        values: Sequence[Value] = (),
    ) -> tuple[Record, ...]:
        """The records of ``SELECT * FROM table <tail>``, in one step.

        SQLite does not promise the order in which a subquery is aggregated: sort when order matters.
        """
        source = f"SELECT * FROM {self.table} {tail}"  # noqa: S608 - the tails are constants of this folder
        sql = f"SELECT json_group_array(json_object({self._json})) FROM ({source})"  # noqa: S608 - as above
        return self._decode(connection.execute(sql, values).fetchone()[0])


def json_text(value: object) -> str:
    """How a sub-value lies in its column."""
    return _encode(value).decode()


def id_list(ids: Sequence[str]) -> str:
    """The parameter of ``IN (SELECT value FROM json_each(?))``."""
    return json_text(ids)


def read_ids(connection: sqlite3.Connection, sql: str, values: Sequence[Value] = ()) -> list[str]:
    """What a query answers whose one value is a JSON array of strings."""
    return msgspec.json.decode(connection.execute(sql, values).fetchone()[0], type=list[str])


def read_arrays(
    connection: sqlite3.Connection,
    sql: str,
    given: Sequence[Sequence[Value]],
    kind: type[Item],
) -> list[Item]:
    """Like ``read_ids``, over a query with ``VALUES /*rows*/``."""
    found: list[Item] = []
    for text in query_rows(connection, sql, given):
        found += msgspec.json.decode(text, type=cast("type[list[Item]]", GenericAlias(list, (kind,))))
    return found


def _converter(kind: Any) -> Callable[[Any], Value] | None:
    if _is_nested(kind):
        return json_text
    if bool in _alternatives(kind):
        return int
    if any(isinstance(one, type) and issubclass(one, Enum) for one in _alternatives(kind)):
        return lambda value: cast("str", value.value)
    return None


def _json_column(name: str, kind: Any) -> str:
    if _is_nested(kind):
        return f"json({name})"
    if bool in _alternatives(kind):
        return f"json(iif({name} IS NULL, 'null', iif({name}, 'true', 'false')))"
    if float in _alternatives(kind):
        return f"iif({name} IS NULL, NULL, json(printf('%!.18g', {name})))"
    return name


def _is_nested(kind: Any) -> bool:
    """Whether it is a sub-value, or may be one."""
    is_record = any(isinstance(one, type) and issubclass(one, Struct) for one in _alternatives(kind))
    return get_origin(kind) in {dict, tuple} or is_record


def _alternatives(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) or (kind,)


JOBS: Final = Rows(records.Job, "job")
UOWS: Final = Rows(records.UnitOfWork, "unit_of_work")
ATTEMPTS: Final = Rows(records.Attempt, "attempt")
HISTORY: Final = Rows(records.HistoryEntry, "history")
PLANS: Final = Rows(plan_records.PlanRecord, "plan")
DIRECTIVES: Final = Rows(Directive, "directive")
AUDIT: Final = Rows(records.AuditEntry, "audit")
AUDIT_HEAD: Final = Rows(records.AuditHead, "audit_head")
OVERRIDES: Final = Rows(records.ProcessOverride, "process_override")
ENTRIES: Final = Rows(records.EntryRecord, "freerun_entry")
SUPERVISORS: Final = Rows(records.SupervisorRecord, "supervisor")
BOX_PROCESSES: Final = Rows(records.BoxProcess, "box_process")
