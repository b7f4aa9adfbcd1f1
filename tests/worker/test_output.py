"""Much output, and children that cannot be kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from synergy.core.context import Work
from synergy.core.messages import UowClaimed
from synergy.core.states import UowState
from synergy.worker import logs
from tests.waiting import wait_until
from tests.worker.workshop import make_site, working, write_jobs

LINES = 30_000
JOBS = f"""
    import os, sys

    def floods(uow):
        for number in range({LINES}):
            print(number, "x" * 50)

    def floods_past_python(uow):
        for number in range({LINES}):
            os.write(2, b"%d %s\\n" % (number, b"x" * 50))

    def garbles(uow):
        import socket
        for fd in range(3, 64):
            try:
                socket.socket(fileno=os.dup(fd)).sendall(b"garbage garbage garbage")
            except OSError:
                pass
        raise SystemExit

    def which(uow):
        print(os.getpid())

    def forks(uow):
        pid = os.fork()
        if pid == 0:
            print("from the fork")
            sys.stdout.flush()
            os._exit(0)
        os.waitpid(pid, 0)
        print("from the child")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_jobs(tmp_path, JOBS)
    return tmp_path


@pytest.mark.parametrize(
    "work",
    [
        Work(run="jobs:floods"),
        Work(run="jobs:floods_past_python"),
        Work(command=("python", "-c", "import jobs; jobs.floods(None)")),
    ],
    ids=["callable", "descriptor", "command"],
)
async def test_no_line_is_lost_though_the_store_is_slower(
    folder: Path, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "FULL_BYTES", 100_000)
    async with working(make_site(folder, {"Job": work})) as shop:
        uow = await shop.run("Job")
        assert uow.state is UowState.PROCESSED
        texts = await shop.texts(uow.uow_id)
    assert [int(text.split()[0]) for text in texts] == list(range(LINES))


async def test_a_fork_of_a_child_speaks_for_itself(folder: Path) -> None:
    async with working(make_site(folder, {"Job": Work(run="jobs:forks")})) as shop:
        uow = await shop.run("Job")
        assert sorted(await shop.texts(uow.uow_id)) == ["from the child", "from the fork"]


async def test_a_child_whose_channel_was_written_into_is_replaced(folder: Path) -> None:
    works = {"Job": Work(run="jobs:garbles"), "Next": Work(run="jobs:which")}
    async with working(make_site(folder, works, slots=1)) as shop:
        uow = await shop.run("Job")
        assert (uow.state, uow.exit_reason) == (UowState.INVALID, "signal 9")
        assert (await shop.run("Next")).state is UowState.PROCESSED


async def test_a_child_that_grew_too_big_is_replaced(folder: Path) -> None:
    site = make_site(folder, {"Job": Work(run="jobs:which")}, slots=1, child_max_rss_mb=1, heartbeat_seconds=0.5)
    async with working(site) as shop:
        before = {worker.pid for worker in shop.supervisor.workers()}
        await wait_until(lambda: not before & {worker.pid for worker in shop.supervisor.workers()})
        assert (await shop.run("Job")).state is UowState.PROCESSED


async def test_work_that_waits_for_a_child_that_never_starts_is_told(folder: Path) -> None:
    (folder / "msgspec.py").write_text("raise RuntimeError('a module of this name hides the real one')\n")
    async with working(make_site(folder, {"Job": Work(run="jobs:which")}, slots=1)) as shop:
        uow_id = await shop.offer("Job")
        await shop.status(UowClaimed, uow_id)
        uow = await shop.finished(uow_id)
    assert uow.state is UowState.INVALID
    assert uow.exit_reason == (
        "worker child cannot start: exit 1: RuntimeError: a module of this name hides the real one"
    )
