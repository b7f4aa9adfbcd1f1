"""What the daemon reads, one function for each question of LeaderStore; all run on the reader's thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from synergy.core.audit_chain import START, unreadable
from synergy.core.directives import Directive
from synergy.core.errors import StoreCorrupt
from synergy.core.plan_records import PlanRecord
from synergy.core.ports import AuditQuery, JobPage, JobQuery, PlanQuery, UowQuery
from synergy.core.records import Attempt, AuditEntry, AuditHead, HistoryEntry, Job, JobKey, UnitOfWork, UowId
from synergy.core.states import UowState
from synergy.stores.sqlite import rows
from synergy.stores.sqlite.bulk import Value
from synergy.stores.sqlite.statements import statements

PAGE: Final = 50_000
"""Jobs per page of a restart's scan."""

OPEN_PAGE: Final = 5_000
"""Units of work per step of a scan of the open ones."""

_IN_IDS: Final = "uow_id IN (SELECT value FROM json_each(?))"
_ACTIVE_JOB: Final = "state IN ('state_embryo', 'state_in_progress', 'state_final_run')"
_MANY: Final = frozenset({UowState.PROCESSED, UowState.NOOP})
_BEGUN: Final = "NOT applied AND state <> 'state_requested'"
"""As the index is defined, word for word."""

_DIGITS: Final = bytes.maketrans(b"012345", bytes(range(6)))


def job_page(connection: sqlite3.Connection, process_name: str, after: str) -> JobPage:
    """The next PAGE jobs with a timeperiod above ``after``; an empty page is the end."""
    found = connection.execute(statements("leader")["job_state_page"], (process_name, after, PAGE)).fetchone()
    if found[0] is None:
        return JobPage((), b"")
    if "?" in found[1]:
        raise StoreCorrupt(f"process {process_name}: a job after {after or 'the start'} has an unknown state")
    return JobPage(tuple(found[0].split(",")), found[1].encode().translate(_DIGITS))


def active_jobs(connection: sqlite3.Connection) -> tuple[Job, ...]:
    """See LeaderStore.active_jobs."""
    return rows.JOBS.select(connection, f"WHERE {_ACTIVE_JOB}")


def jobs(connection: sqlite3.Connection, keys: Sequence[JobKey]) -> tuple[Job, ...]:
    """See LeaderStore.jobs."""
    wanted = msgspec.json.encode([(key.process_name, key.timeperiod) for key in keys]).decode()
    tail = "WHERE (process_name, timeperiod) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))"
    return rows.JOBS.select(connection, tail, (wanted,))


def find_jobs(connection: sqlite3.Connection, query: JobQuery) -> tuple[Job, ...]:
    """See LeaderStore.find_jobs."""
    conditions, values = ["process_name = ?"], list[Value]([query.process_name])
    if query.from_timeperiod is not None:
        conditions.append("timeperiod >= ?")
        values.append(query.from_timeperiod)
    if query.to_timeperiod is not None:
        conditions.append("timeperiod <= ?")
        values.append(query.to_timeperiod)
    if query.states is not None:
        conditions.append("state IN (SELECT value FROM json_each(?))")
        values.append(rows.id_list(sorted(query.states)))
    tail = f"WHERE {' AND '.join(conditions)} ORDER BY timeperiod LIMIT ?"
    found = rows.JOBS.select(connection, tail, (*values, query.limit))
    return tuple(sorted(found, key=lambda job: job.timeperiod))


def uows(connection: sqlite3.Connection, uow_ids: Sequence[UowId]) -> tuple[UnitOfWork, ...]:
    """See LeaderStore.uows."""
    return rows.UOWS.select(connection, f"WHERE {_IN_IDS}", (rows.id_list(uow_ids),))


def find_uows(connection: sqlite3.Connection, query: UowQuery) -> tuple[UnitOfWork, ...]:
    """See LeaderStore.find_uows. Each state is read by itself, so that a rare one is found without a scan."""
    states: Sequence[UowState | None] = sorted(query.states) if query.states is not None else (None,)
    found = [uow for state in states for part in _parts(query, state) for uow in _uow_page(connection, query, part)]
    found.sort(key=lambda uow: (uow.created, uow.uow_id), reverse=True)
    return tuple(found[: query.limit])


class _Part(NamedTuple):
    """Units of work that one index finds: SQLite knows nothing of how many there are of each state."""

    by: str
    state: UowState | None = None
    condition: str = ""


def _parts(query: UowQuery, state: UowState | None) -> tuple[_Part, ...]:
    if query.process_name is not None and query.timeperiod is not None:
        return (_Part("uow_identity", state),)
    if state is None or state in _MANY:
        return (_Part("uow_by_age" if query.process_name is None else "uow_by_process", state),)
    # those of a rare state that are open, and those that are done
    done = _Part("uow_done", state, "applied")
    if state is UowState.REQUESTED:
        return _Part("uow_open", state, "NOT applied"), done
    return _Part("uow_begun", state, _BEGUN), done


def _uow_page(connection: sqlite3.Connection, query: UowQuery, part: _Part) -> tuple[UnitOfWork, ...]:
    conditions: list[str] = [part.condition] if part.condition else []
    values: list[Value] = []
    for column, value in (
        ("state", part.state),
        ("process_name", query.process_name),
        ("timeperiod", query.timeperiod),
    ):
        if value is not None:
            conditions.append(f"{column} = ?")
            values.append(str(value))
    if query.before is not None:
        conditions.append(
            "(created, uow_id) < (SELECT last.created, last.uow_id FROM unit_of_work AS last WHERE last.uow_id = ?)",
        )
        values.append(query.before)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    tail = f"INDEXED BY {part.by} {where} ORDER BY created DESC, uow_id DESC LIMIT ?"
    return rows.UOWS.select(connection, tail, (*values, query.limit))


def open_uows(connection: sqlite3.Connection) -> tuple[UnitOfWork, ...]:
    """See LeaderStore.open_uows. One read transaction, so that nothing slips from one part to the other unseen."""
    connection.execute("BEGIN")
    try:
        return tuple(_all_open(connection))
    finally:
        connection.execute("ROLLBACK")


def _all_open(connection: sqlite3.Connection) -> Iterator[UnitOfWork]:
    """All that are not applied: active ones have nothing to apply yet."""
    part, query = _Part("uow_open", None, "NOT applied"), UowQuery(limit=OPEN_PAGE)
    while found := _uow_page(connection, query, part):
        yield from found
        last = min(found, key=lambda uow: (uow.created, uow.uow_id))
        query = UowQuery(before=last.uow_id, limit=OPEN_PAGE)


def begun_uows(connection: sqlite3.Connection) -> tuple[UnitOfWork, ...]:
    """See LeaderStore.begun_uows."""
    return rows.UOWS.select(connection, f"INDEXED BY uow_begun WHERE {_BEGUN}")


def count_uows(connection: sqlite3.Connection) -> Mapping[UowState, int]:
    """See LeaderStore.count_uows; states without any are left out."""
    text = connection.execute(statements("leader")["count_uows"]).fetchone()[0]
    return msgspec.json.decode(text, type=dict[UowState, int])


def history(connection: sqlite3.Connection, key: JobKey, limit: int, offset: int) -> tuple[HistoryEntry, ...]:
    """See LeaderStore.history."""
    tail = "WHERE process_name = ? AND timeperiod = ? ORDER BY seq DESC LIMIT ? OFFSET ?"
    return rows.HISTORY.select(connection, tail, (key.process_name, key.timeperiod, limit, offset))


def attempts(connection: sqlite3.Connection, key: JobKey, entry_name: str | None) -> tuple[Attempt, ...]:
    """See LeaderStore.attempts."""
    tail = (
        "JOIN (SELECT uow_id, run FROM unit_of_work WHERE process_name = ? AND timeperiod = ? AND entry_name IS ?) "
        "USING (uow_id) ORDER BY run, attempt, started"
    )
    return rows.ATTEMPTS.select(connection, tail, (key.process_name, key.timeperiod, entry_name))


def open_plans(connection: sqlite3.Connection) -> tuple[PlanRecord, ...]:
    """See LeaderStore.open_plans; oldest first."""
    return tuple(sorted(rows.PLANS.select(connection, "WHERE NOT done"), key=lambda plan: (plan.at, plan.plan_id)))


def find_plans(connection: sqlite3.Connection, query: PlanQuery) -> tuple[PlanRecord, ...]:
    """See LeaderStore.find_plans."""
    conditions: dict[str, Value] = {}
    if query.plan_id is not None:
        conditions["plan_id = ?"] = query.plan_id
    if query.key is not None:
        conditions["key = ?"] = query.key
    told = [*conditions, *(["inverse IS NOT NULL AND undone_by IS NULL"] if query.undoable else [])]
    where = f"WHERE {' AND '.join(told)} " if told else ""
    found = rows.PLANS.select(
        connection, f"{where}ORDER BY at DESC, plan_id DESC LIMIT ?", (*conditions.values(), query.limit)
    )
    return tuple(sorted(found, key=lambda plan: (plan.at, plan.plan_id), reverse=True))


def directives(connection: sqlite3.Connection, *, lifted: bool) -> tuple[Directive, ...]:
    """See LeaderStore.directives."""
    found = rows.DIRECTIVES.select(connection, "" if lifted else "WHERE lifted IS NULL")
    return tuple(sorted(found, key=lambda one: (one.at, one.directive_id)))


def audit(connection: sqlite3.Connection, query: AuditQuery) -> tuple[AuditEntry, ...]:
    """See LeaderStore.audit."""
    given = (
        ("at >= ?", query.since),
        ("at < ?", query.until),
        ("actor = ?", query.actor),
        ("verb = ?", query.verb),
        ("seq < ?", query.before),
    )
    conditions = [condition for condition, value in given if value is not None]
    values = [value for _, value in given if value is not None]
    by = "" if query.since is None and query.until is None else "INDEXED BY audit_by_age "
    where = f"WHERE {' AND '.join(conditions)} " if conditions else ""
    found = _audit(connection, f"{by}{where}ORDER BY seq DESC LIMIT ?", (*values, query.limit))
    return tuple(sorted(found, key=_seq, reverse=True))


def audit_after(connection: sqlite3.Connection, seq: int, limit: int) -> tuple[AuditEntry, ...]:
    """See LeaderStore.audit_after."""
    return tuple(sorted(_audit(connection, "WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit)), key=_seq))


def _audit(connection: sqlite3.Connection, tail: str, values: Sequence[Value]) -> Sequence[AuditEntry]:
    """One that cannot be read must not hide the others: then each is read by itself."""
    try:
        return rows.AUDIT.select(connection, tail, values)
    except (sqlite3.OperationalError, msgspec.MsgspecError):
        numbers = connection.execute(f"SELECT seq FROM audit {tail}", values).fetchall()  # noqa: S608 - a constant tail
        return [_audit_entry(connection, seq) for (seq,) in numbers]


def _audit_entry(connection: sqlite3.Connection, seq: int) -> AuditEntry:
    try:
        return rows.AUDIT.select(connection, "WHERE seq = ?", (seq,))[0]
    except (sqlite3.OperationalError, msgspec.MsgspecError) as error:
        return unreadable(seq, str(error))


def _seq(entry: AuditEntry) -> int:
    return entry.seq


def audit_head(connection: sqlite3.Connection) -> AuditHead:
    """See LeaderStore.audit_head."""
    found = rows.AUDIT_HEAD.select(connection, "ORDER BY seq DESC LIMIT 1")
    return found[0] if found else START


def held(connection: sqlite3.Connection, box_id: str) -> tuple[UnitOfWork, ...]:
    """See WorkerStore.held."""
    tail = f"INDEXED BY uow_begun WHERE {_BEGUN} AND state = 'state_in_progress' AND box_id = ?"
    return rows.UOWS.select(connection, tail, (box_id,))
