"""The supervisor as a program: its lock, its signals, its broker and what it says when it cannot start."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from synergy.brokers.embedded.broker import EmbeddedBroker
from synergy.core.messages import (
    Q_UOW_STATUS,
    StatusMessage,
    SupervisorStarted,
    UowFinished,
    UowMessage,
    decode_status,
    encode,
    process_queue,
)
from synergy.core.ports import Batch, Delivery, Message
from synergy.core.records import UnitOfWork, derive_uow_id
from synergy.core.states import UowState
from synergy.pidfile import PidFile, holder
from synergy.stores.sqlite.leader import SqliteLeaderStore
from synergy.worker import app
from synergy.worker.process_table import read_row
from tests.waiting import wait_until, within

pytestmark = pytest.mark.real

TOML = """
[synergy]
context = "jobs"
synergy_start_timeperiod = "2013010100"
store = "sqlite:.synergy/synergy.db"
stop_grace_seconds = 60
"""

JOBS = """
from synergy.definitions import ManagedProcess, Tree
process_context = [ManagedProcess(process_name="Job", time_qualifier="hourly", command=["sh", "-c", "{script}"])]
timetable_context = [Tree(tree_name="T", enclosed_processes=["Job"])]
"""


def make_project(folder: Path, script: str) -> Path:
    (folder / "synergy.toml").write_text(TOML)
    (folder / "jobs.py").write_text(JOBS.replace("{script}", script))
    (folder / ".synergy").mkdir()
    return folder


class Office:
    """The daemon's side: a broker and a store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broker = EmbeddedBroker(folder / ".synergy" / "broker.sock")
        self.store = SqliteLeaderStore(folder / ".synergy" / "synergy.db")
        self.statuses: list[StatusMessage] = []

    async def open(self) -> None:
        await self.store.open()
        await self.broker.start()
        await self.broker.declare([Q_UOW_STATUS])
        await self.broker.consume(Q_UOW_STATUS, 10, self._take)

    async def close(self) -> None:
        await self.broker.stop()
        await self.store.close()

    async def offer(self, timeperiod: str) -> UnitOfWork:
        uow_id = derive_uow_id("Job", None, timeperiod, 1)
        uow = UnitOfWork(uow_id, "Job", timeperiod, 1, timeperiod, timeperiod)
        await self.store.commit(Batch(await self.store.take_term("test"), new_uows=(uow,)))
        await self.broker.declare([process_queue("Job")])
        await self.broker.publish([Message(process_queue("Job"), encode(UowMessage("Job", uow_id)))])
        return uow

    async def stored(self, uow: UnitOfWork) -> UnitOfWork:
        (found,) = await self.store.uows([uow.uow_id])
        return found

    def has(self, kind: type[StatusMessage]) -> bool:
        return any(isinstance(status, kind) for status in self.statuses)

    def _take(self, deliveries: object) -> None:
        for delivery in deliveries:  # type: ignore[attr-defined]
            taken: Delivery = delivery
            self.statuses.append(decode_status(taken.body))
            taken.ack()


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    made = Office(make_project(tmp_path, "echo $$ > pid.new; mv pid.new pid; test -e quick || exec sleep 600"))
    await made.open()
    yield made
    await made.close()


async def start(folder: Path) -> Process:
    program = (
        "import sys; from pathlib import Path; from synergy.worker.app import main; sys.exit(main(Path(sys.argv[1])))"
    )
    return await asyncio.create_subprocess_exec(sys.executable, "-c", program, str(folder), stderr=PIPE)


async def ended(process: Process) -> str:
    """Wait for its end; returns what it said on stderr."""
    _, said = await within(20, process.communicate())
    return said.decode()


async def test_it_works_through_a_real_broker_and_outlives_it(office: Office) -> None:
    (office.folder / "quick").touch()
    process = await start(office.folder)
    await wait_until(lambda: office.has(SupervisorStarted))
    await office.offer("2013010100")
    await wait_until(lambda: office.has(UowFinished))
    await office.broker.stop()
    office.statuses.clear()
    office.broker = EmbeddedBroker(office.folder / ".synergy" / "broker.sock")
    await office.broker.start()
    await office.broker.declare([Q_UOW_STATUS])
    await office.broker.consume(Q_UOW_STATUS, 10, office._take)
    uow = await office.offer("2013010101")
    await wait_until(lambda: office.has(UowFinished), 20)
    assert (await office.stored(uow)).state is UowState.PROCESSED
    process.send_signal(signal.SIGTERM)
    assert await ended(process) == ""
    assert process.returncode == 0


@pytest.mark.parametrize("signals", [[signal.SIGQUIT], [signal.SIGTERM, signal.SIGTERM]], ids=["quit", "twice"])
async def test_in_a_hurry_it_ends_its_work_and_gives_it_back(office: Office, signals: list[signal.Signals]) -> None:
    process = await start(office.folder)
    uow = await office.offer("2013010100")
    await wait_until((office.folder / "pid").exists)
    pid = int((office.folder / "pid").read_text())
    process.send_signal(signals[0])
    if len(signals) > 1:
        log = office.folder / ".synergy" / "logs" / "supervisor.log"
        await wait_until(lambda: "supervisor_stops" in log.read_text())
        process.send_signal(signals[1])
    await ended(process)
    assert read_row(pid) is None
    assert (await office.stored(uow)).state is UowState.REQUESTED
    (supervisor,) = await office.store.supervisors() or (None,)
    assert supervisor is None or supervisor.gone


async def test_a_second_one_is_refused(office: Office) -> None:
    process = await start(office.folder)
    await wait_until(lambda: office.has(SupervisorStarted))
    assert holder(office.folder / ".synergy" / "supervisor.pid") == process.pid
    second = await start(office.folder)
    assert f"is held by process {process.pid}" in await ended(second)
    assert second.returncode == 3
    process.terminate()
    await ended(process)


async def test_its_log_is_json_with_actions(office: Office) -> None:
    process = await start(office.folder)
    await wait_until(lambda: office.has(SupervisorStarted))
    process.terminate()
    await ended(process)
    lines = (office.folder / ".synergy" / "logs" / "supervisor.log").read_text().splitlines()
    actions = [json.loads(line)["action"] for line in lines]
    assert actions[0] == "supervisor_ready"
    assert "supervisor_stops" in actions


def test_a_folder_that_is_no_project_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(tmp_path) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_a_corrupt_store_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path, "true")
    (tmp_path / ".synergy" / "synergy.db").write_bytes(b"this is no database" * 1000)
    assert app.main(tmp_path) != 0
    error = capsys.readouterr().err
    assert "synergy.db" in error
    assert "Traceback" not in error


def test_the_lock_is_free_again_after_a_failed_start(tmp_path: Path) -> None:
    make_project(tmp_path, "true")
    (tmp_path / ".synergy" / "synergy.db").write_bytes(b"this is no database" * 1000)
    app.main(tmp_path)
    with PidFile(tmp_path / ".synergy" / "supervisor.pid"):
        assert holder(tmp_path / ".synergy" / "supervisor.pid") is not None
