"""Commands: exit codes, what they are told, their logs, limits, cancels, and nothing left behind."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from synergy.clocks import RealClock
from synergy.core.context import DaemonSpec, Work
from synergy.core.kills import MOST_PROCESSES
from synergy.core.messages import KillUnproved, UowClaimed
from synergy.core.states import UowState
from synergy.worker import daemons, process_tree, slots
from synergy.worker.process_table import carries, read_row, read_table
from synergy.worker.process_tree import KILL_SECONDS, TreeRoot, find_tree
from tests.unkillable import TRACEABLE, unkillable
from tests.waiting import wait_until
from tests.worker.workshop import make_site, with_context, working


def shell(script: str, **fields: object) -> Work:
    return Work(command=("sh", "-c", script), **fields)  # type: ignore[arg-type]


def sleepers(site_mark: str) -> list[int]:
    """Processes of this box, other than the supervisor's own."""
    return [pid for pid in read_table() if carries(pid, {"SYNERGY_BOX": site_mark}) and pid != os.getpid()]


def names_of(site_mark: str) -> dict[int, str]:
    return {pid: row.name for pid in sleepers(site_mark) if (row := read_row(pid))}


def is_running(pid: int) -> bool:
    row = read_row(pid)
    return row is not None and not row.is_zombie


async def test_a_command_that_exits_3_is_invalid_and_its_log_is_there(tmp_path: Path) -> None:
    async with working(make_site(tmp_path, {"Job": shell("echo working; echo badly >&2; exit 3")})) as shop:
        uow = await shop.run("Job")
        log = await shop.log(uow.uow_id)
    assert (uow.state, uow.exit_reason) == (UowState.INVALID, "exit 3")
    assert {(line.stream, line.text) for line in log.lines} == {("stdout", "working"), ("stderr", "badly")}


@pytest.mark.parametrize(
    ("script", "state", "reason"),
    [
        ("exit 0", UowState.PROCESSED, None),
        ("exit 99", UowState.NOOP, "exit 99"),
        ("kill -9 $$", UowState.INVALID, "signal 9"),
        ("kill -TERM $$", UowState.INVALID, "signal 15"),
    ],
)
async def test_an_exit_code_decides_the_state(tmp_path: Path, script: str, state: UowState, reason: str | None) -> None:
    async with working(make_site(tmp_path, {"Job": shell(script)})) as shop:
        uow = await shop.run("Job")
    assert (uow.state, uow.exit_reason) == (state, reason)


async def test_another_code_may_mean_noop(tmp_path: Path) -> None:
    async with working(make_site(tmp_path, {"Job": shell("exit 7", noop_exit_codes=(7,))})) as shop:
        assert (await shop.run("Job")).state is UowState.NOOP


@pytest.mark.parametrize(
    ("work", "reason"),
    [
        (Work(command=("no-such-program",)), "not executable: no-such-program"),
        (Work(command=("./plain.txt",)), "not executable: ./plain.txt"),
        (Work(command=("true",), cwd="nowhere"), "not executable: folder {folder}/nowhere does not exist"),
    ],
)
async def test_what_cannot_be_executed_is_named(tmp_path: Path, work: Work, reason: str) -> None:
    (tmp_path / "plain.txt").write_text("hello")
    async with working(make_site(tmp_path, {"Job": work})) as shop:
        uow = await shop.run("Job")
    assert (uow.state, uow.exit_reason) == (UowState.INVALID, reason.format(folder=tmp_path))


async def test_a_command_is_told_by_placeholders_and_environment(tmp_path: Path) -> None:
    script = "import os, sys; print(sys.argv[1:], os.environ['SYNERGY_UOW_ID'], os.environ['COLOR'], os.getcwd())"
    (tmp_path / "below").mkdir()
    command = ("python", "-c", script, "{process_name}", "{timeperiod}/{end_timeperiod}", "{attempt}", "{other}")
    works = {"Job": Work(command=command, env={"COLOR": "blue"}, cwd="below")}
    async with working(make_site(tmp_path, works)) as shop:
        uow = await shop.run("Job")
        texts = await shop.texts(uow.uow_id)
    arguments = "['Job', '2013010100/2013010101', '1', '{other}']"
    assert texts == [f"{arguments} Job@2013010100.1 blue {tmp_path}/below"]


async def test_python_is_this_interpreter_and_finds_the_project(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import sys; print(sys.executable)\n")
    async with working(make_site(tmp_path, {"Job": Work(command=("python", "-m", "mine"), cwd="/")})) as shop:
        uow = await shop.run("Job")
        assert Path((await shop.texts(uow.uow_id))[0]).parent == Path(sys.executable).parent


async def test_the_pid_is_stored_before_the_command_runs(tmp_path: Path) -> None:
    async with working(make_site(tmp_path, {"Job": shell("echo $$; exec sleep 600")})) as shop:
        uow_id = await shop.offer("Job")
        await wait_until(lambda: shop.texts(uow_id))
        (text,) = await shop.texts(uow_id)
        assert (await shop.stored(uow_id)).pid == int(text)


async def test_a_line_is_stored_while_the_command_still_runs(tmp_path: Path) -> None:
    async with working(make_site(tmp_path, {"Job": shell("echo begun; exec sleep 600")})) as shop:
        uow_id = await shop.offer("Job")
        await shop.until_text(uow_id, "begun")
        assert (await shop.stored(uow_id)).state is UowState.IN_PROGRESS


async def test_a_canceled_command_is_gone_with_all_that_it_started(tmp_path: Path) -> None:
    script = "sleep 600 & setsid sleep 601 & (setsid setsid sleep 602 &) ; echo ready; sleep 603"
    site = make_site(tmp_path, {"Job": shell(script)})
    async with working(site) as shop:
        uow_id = await shop.offer("Job")
        await shop.until_text(uow_id, "ready")
        await shop.cancel(uow_id)
        uow = await shop.finished(uow_id)
        assert sleepers(site.box_mark) == []
        assert "canceled: ended 5 processes with TERM" in (await shop.texts(uow_id))[-1]
    assert (uow.state, uow.exit_reason) == (UowState.CANCELED, "canceled")


async def test_how_its_processes_were_ended_is_kept_with_the_attempt(tmp_path: Path) -> None:
    site = make_site(tmp_path, {"Job": shell("sleep 600 & setsid sleep 601 & echo ready; wait")})
    async with working(site) as shop:
        uow_id = await shop.offer("Job")
        await shop.until_text(uow_id, "ready")
        await wait_until(lambda: sorted(names_of(site.box_mark).values()) == ["sh", "sleep", "sleep"])
        names = names_of(site.box_mark)
        began = RealClock().real_time()
        await shop.cancel(uow_id)
        uow = await shop.finished(uow_id)
        kill = await shop.kill(uow_id)
    assert kill is not None
    assert kill.box_id == "box-1"
    assert {one.pid: one.name for one in kill.processes} == names
    assert uow.finished is not None
    for one in kill.processes:
        assert one.gone is not None
        assert [sent.name for sent in one.signals] == ["TERM"]
        assert one.started <= began <= one.signals[0].at <= one.gone <= kill.rescanned <= uow.finished
    assert (kill.more, kill.remaining) == (0, ())


async def test_of_very_many_processes_the_first_are_listed_and_the_others_counted(tmp_path: Path) -> None:
    script = "for i in $(seq 70); do sleep 600 & done; echo ready; wait"
    async with working(make_site(tmp_path, {"Job": shell(script)})) as shop:
        uow_id = await shop.offer("Job")
        await shop.until_text(uow_id, "ready")
        await shop.cancel(uow_id)
        await shop.finished(uow_id)
        kill = await shop.kill(uow_id)
    assert kill is not None
    assert (len(kill.processes), kill.more) == (MOST_PROCESSES, 71 - MOST_PROCESSES)


async def test_what_a_command_left_behind_is_told_with_its_own_end(tmp_path: Path) -> None:
    async with working(make_site(tmp_path, {"Job": shell("setsid sleep 600 & exit 3")})) as shop:
        uow = await shop.run("Job")
        kill = await shop.kill(uow.uow_id)
    assert uow.exit_reason == "exit 3"
    assert kill is not None
    assert len(kill.processes) == 1


async def test_a_command_that_ends_by_itself_has_no_such_report(tmp_path: Path) -> None:
    async with working(make_site(tmp_path, {"Job": shell("exit 0")})) as shop:
        assert await shop.kill((await shop.run("Job")).uow_id) is None


async def test_what_outlives_kill_is_told_and_the_work_not_ended_before_it_is_gone(tmp_path: Path) -> None:
    work = Work(command=(sys.executable, "-c", TRACEABLE), grace_seconds=0.1)
    async with working(make_site(tmp_path, {"Job": work})) as shop:
        uow_id = await shop.offer("Job")
        await shop.until_text(uow_id, "traceable")
        pid = (await shop.stored(uow_id)).pid
        assert pid is not None
        with unkillable(pid):
            await shop.cancel(uow_id)
            told = await shop.status(KillUnproved, uow_id)
            assert (told.attempt, told.pids, told.box_id) == (1, (pid,), "box-1")
            stored = await shop.stored(uow_id)
            assert (stored.state, stored.cancel_requested) == (UowState.IN_PROGRESS, True)
        uow = await shop.finished(uow_id)
        kill = await shop.kill(uow_id)
    assert uow.state is UowState.CANCELED
    assert kill is not None
    (one,) = kill.processes
    assert (one.signals[-1].name, kill.remaining) == ("KILL", ())
    assert one.gone is not None
    assert one.gone - one.signals[-1].at > KILL_SECONDS - 1


async def test_what_ignores_term_is_killed_after_its_grace(tmp_path: Path) -> None:
    script = "trap '' TERM; echo ready; while :; do sleep 600; done"
    site = make_site(tmp_path, {"Job": shell(script, grace_seconds=0.3)})
    async with working(site) as shop:
        uow_id = await shop.offer("Job")
        await shop.until_text(uow_id, "ready")
        await shop.cancel(uow_id)
        await shop.finished(uow_id)
        assert sleepers(site.box_mark) == []
        assert "with KILL" in (await shop.texts(uow_id))[-1]


async def test_a_cancel_that_no_message_told_comes_with_the_heartbeat(tmp_path: Path) -> None:
    async with working(make_site(tmp_path, {"Job": shell("exec sleep 600")}, heartbeat_seconds=0.2)) as shop:
        uow_id = await shop.offer("Job")
        await shop.status(UowClaimed, uow_id)
        await shop.request_cancel(uow_id)
        assert (await shop.finished(uow_id)).state is UowState.CANCELED


async def test_a_time_limit_ends_the_tree(tmp_path: Path) -> None:
    site = make_site(tmp_path, {"Job": shell("sleep 600 & sleep 601", time_limit=0.3)})
    async with working(site) as shop:
        uow = await shop.run("Job")
        assert sleepers(site.box_mark) == []
    assert (uow.state, uow.exit_reason) == (UowState.INVALID, "time limit 0.3 s")


async def test_what_a_finished_command_left_running_is_ended(tmp_path: Path) -> None:
    site = make_site(tmp_path, {"Job": shell("setsid sleep 600 & sleep 0.2; exit 0")})
    async with working(site) as shop:
        uow = await shop.run("Job")
        assert sleepers(site.box_mark) == []
        assert "left behind by the command: ended 1 process with TERM" in (await shop.texts(uow.uow_id))[-1]
    assert uow.state is UowState.PROCESSED


async def test_commands_never_take_more_than_the_slots(tmp_path: Path) -> None:
    script = "mkdir run.$$; test $(ls -d run.* | wc -l) -le 2 || echo too many; sleep 0.1; rmdir run.$$"
    async with working(make_site(tmp_path, {"Job": shell(script)})) as shop:
        for uow_id in await shop.offer_all([("Job", f"201301010{hour}") for hour in range(6)]):
            uow = await shop.finished(uow_id)
            assert "too many" not in await shop.texts(uow.uow_id)


async def test_a_stopped_supervisor_gives_its_work_back_with_the_same_attempt(tmp_path: Path) -> None:
    site = make_site(tmp_path, {"Job": shell("exec sleep 600")}, slots=1)
    async with working(site) as shop:
        first, second = await shop.offer_all([("Job", "2013010100"), ("Job", "2013010101")])
        await wait_until(lambda: sleepers(site.box_mark))
        shop.supervisor.stop()
        await wait_until(lambda: not sleepers(site.box_mark))
        for uow_id in (first, second):
            await wait_until(lambda uow_id=uow_id: _is_requested(shop.stored(uow_id)))  # type: ignore[misc]


@pytest.mark.parametrize("stops", [[True], [False, True]], ids=["at once", "after a first word"])
async def test_a_stop_in_a_hurry_does_not_wait_for_long_graces(
    tmp_path: Path, stops: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (process_tree, slots, daemons):
        monkeypatch.setattr(module, "HURRY_SECONDS", 0.2)
    stubborn = Work(command=("sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.1; done"), grace_seconds=600.0)
    site = with_context(make_site(tmp_path, {"Job": stubborn}), daemons=[DaemonSpec("Feed", stubborn)])
    feed = tmp_path / ".synergy" / "logs" / "Feed.log"
    async with working(site) as shop:
        await shop.until_text(await shop.offer("Job"), "up")
        await wait_until(lambda: feed.exists() and feed.read_text() == "up\n")
        for now in stops:
            shop.supervisor.stop(now=now)
            await asyncio.sleep(0)
        await wait_until(lambda: not find_tree(TreeRoot((), site.marks)))


async def _is_requested(stored: object) -> bool:
    uow = await stored  # type: ignore[misc]
    return bool(uow.state is UowState.REQUESTED and uow.attempt == 1)
