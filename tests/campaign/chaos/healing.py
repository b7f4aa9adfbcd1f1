"""The end of a campaign of faults: all must heal by itself, come to rest, and the evidence is taken."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from synergy.core.states import JobState
from synergy.core.timeperiods import Qualifier
from synergy.worker.marks import BOX, UOW_ID, box_mark
from synergy.worker.process_table import carries, read_table
from tests.campaign.chaos.field import Field
from tests.campaign.chaos.operator import Operator
from tests.campaign.chaos.verdict import Evidence, periods_until
from tests.campaign.chaos.workload import ENTRY, PROCESSES, read_journal
from tests.campaign.evidence import read_records
from tests.waiting import poll

ANSWER_SECONDS: Final = 60.0
IDLE_SECONDS: Final = 60.0
"""So long nothing is finished of what is stuck; what failed is tried again much sooner."""
STEP_SECONDS: Final = 1.5
AHEAD_HOURS: Final = 5
"""So far ahead periods are held, so that they are before they fall due."""
UNFINISHED: Final = "embryo,in_progress,final_run"


class Healed(NamedTuple):
    """What is known of a deployment that has healed and still runs. See Evidence."""

    until: str
    never: tuple[str, ...]
    left: tuple[str, ...]
    audit: Counter[str]
    verified: str


def heal(field: Field, operator: Operator) -> Healed:
    """Wait until it has healed by itself and come to rest."""
    never: list[str] = []
    _await(never, lambda: _runs(field), ANSWER_SECONDS, "daemon and boxes run, and have their store")
    pids = _pids(field)
    _lift_all(field, operator)
    until = str(field.status()["clock"]["schedule_time"])
    quiet = _let_nothing_new_begin(field, operator)
    _await_progress(never, field, lambda: not _overdue(field, until), f"all that was due at {until} is finished")
    _await_progress(never, field, lambda: _is_at_rest(field, quiet), "what was begun is done")
    operator.change(["deactivate", ENTRY], "end-entry")
    _await_progress(never, field, lambda: _is_at_rest(field, quiet), "the entry rests, too")
    if never:
        field.story.tell(_glance(field))
    if _pids(field) != pids:
        never.append(f"nobody ended a program, and yet {pids} became {_pids(field)}")
    verified = field.main.ctl("audit", "verify", expect=None)
    rows = json.loads(field.main.ctl("audit", "-o", "json").stdout)
    return Healed(
        until,
        tuple(never),
        _left(field),
        Counter(row["plan_id"] for row in rows if row["plan_id"]),
        verified.stdout + verified.stderr if verified.returncode else "",
    )


def take_evidence(field: Field, operator: Operator, healed: Healed) -> Evidence:
    """Stop the deployment, and read all that it and its jobs have written."""
    for deployment in reversed(field.boxes.values()):
        if not field.is_embedded:
            deployment.synergyd("supervisor", "stop", expect=None)
    field.main.synergyd("stop", expect=None)
    return Evidence(
        records=field.backstage.do(read_records(field.archive())),
        journal=read_journal(field.main.folder),
        acknowledged=operator.acknowledged,
        spans=tuple(field.story.spans),
        **healed._asdict(),
    )


def keep(field: Field, evidence: Evidence) -> Path:
    """Keep what was left of the deployment, to be looked at by people; where."""
    place = Path(tempfile.mkdtemp(prefix="syn-chaos-"))
    ignored = shutil.ignore_patterns("*.sock", "locks", "__pycache__")
    for box_id, deployment in field.boxes.items():
        shutil.copytree(deployment.folder, place / box_id, ignore=ignored)
    for name, records in evidence.records._asdict().items():
        (place / f"{name}.jsonl").write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in records))
    return place


def _await(never: list[str], condition: Callable[[], object], seconds: float, what: str) -> None:
    try:
        poll(condition, seconds, what, STEP_SECONDS)
    except AssertionError as error:
        never.append(str(error))


def _await_progress(never: list[str], field: Field, condition: Callable[[], object], what: str) -> None:
    """For as long as work goes on: a busy machine may take long to catch up, what is stuck does nothing."""
    before, now = -1, _finished(field)
    while before < now:
        try:
            poll(condition, IDLE_SECONDS, what, STEP_SECONDS)
        except AssertionError:
            before, now = now, _finished(field)
        else:
            field.story.tell(what)
            return
    never.append(f"nothing was finished for {IDLE_SECONDS:g} s after {now} jobs, but not {what}")


def _finished(field: Field) -> int:
    """How many jobs are done. Of units of work a store that has much to do tells late."""
    told: dict[str, Any] = {}
    poll(lambda: told.update(field.status()) or told, ANSWER_SECONDS, "a status is answered", STEP_SECONDS)
    return sum(int(told["jobs"][state.value]) for state in JobState if state.is_finished)


def _runs(field: Field) -> bool:
    """A supervisor that was killed counts as alive until its lease ends, also while the next one only starts."""
    told = field.status()
    is_up = told.get("state") == "running" and told["supervisors"] == len(field.boxes)
    return is_up and None not in _pids(field)


def _pids(field: Field) -> list[int | None]:
    return [field.main.daemon_pid, *(deployment.supervisor_pid for deployment in field.boxes.values())]


def _lift_all(field: Field, operator: Operator) -> None:
    """The operator goes home: nothing is held any more, and no batch waits."""
    done = field.main.ctl("directives", "-o", "json", expect=None)
    for row in json.loads(done.stdout or "[]"):
        name = row["directive_id"]
        if row["kind"] == "hold":
            operator.change(["release", name], f"lift-{name}")
        elif row["is_paused"]:
            operator.change(["batch", "resume", name], f"lift-{name}")


def _let_nothing_new_begin(field: Field, operator: Operator) -> datetime:
    """Hold what falls due a little later, and tell the schedule's time from which nothing does any more.

    What is held, or switched off, is not tried again when it fails.
    """
    at = datetime.fromisoformat(field.status()["clock"]["schedule_time"]) + timedelta(hours=AHEAD_HOURS)
    for name, qualifier in PROCESSES.items():
        first = f"{at:%Y%m%d}00" if qualifier is Qualifier.DAILY else f"{at:%Y%m%d%H}"
        operator.change(["hold", f"{name}@{first}.."], f"end-{name}")
    return at + timedelta(hours=1)  # what fell due last has begun by then


def _overdue(field: Field, until: str) -> bool:
    """Whether a job is not finished, of a period that was over then; also when nobody answers."""
    for name, qualifier in PROCESSES.items():
        due = periods_until(qualifier, until)
        if not due:
            continue
        done = field.main.ctl("ls", name, "--to", due[-1], "--state", UNFINISHED, "-o", "json", expect=None)
        if done.returncode or json.loads(done.stdout):
            return True
    return False


def _is_at_rest(field: Field, quiet: datetime) -> bool:
    """Whether nothing runs or waits; before everything fell due that was not held it may be so for an instant only."""
    told = field.status()
    if not told or datetime.fromisoformat(told["clock"]["schedule_time"]) < quiet:
        return False
    return not any((told["running"], told["queued"], told["jobs"]["state_in_progress"], told["uows"]["state_invalid"]))


def _glance(field: Field) -> str:
    told = field.status()
    wanted = ("state", "problems", "supervisors", "lag_seconds", "queued", "running", "jobs", "uows")
    why = field.main.ctl("why", "--all", expect=None).stdout
    return f"it is { {name: told.get(name) for name in wanted} }\n{why}"


def _left(field: Field) -> tuple[str, ...]:
    """Processes of units of work, all of which are finished."""
    marks = [box_mark(box_id, deployment.folder) for box_id, deployment in field.boxes.items()]
    return tuple(
        f"{row.name} (pid {row.pid})"
        for row in read_table().values()
        if not row.is_zombie and any(carries(row.pid, {BOX: mark}) for mark in marks) and _works(row.pid)
    )


def _works(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: PTH123 - as process_table reads it
            return f"{UOW_ID}=".encode() in file.read()
    except OSError:
        return False
