"""Finding and ending trees of real processes."""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
import sys
from pathlib import Path

from synergy.worker.process_table import ProcessId, carries, is_alive, read_row, send_signal
from synergy.worker.process_tree import Hunt, TreeRoot, end_tree, find_tree
from tests.unkillable import TRACEABLE, unkillable
from tests.waiting import wait_until


def start(script: str, mark: str, stdout: int | None = None) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "SYNERGY_TEST": mark}
    return subprocess.Popen(["sh", "-c", script], env=environment, stdout=stdout, start_new_session=True)


async def ready(process: subprocess.Popen[bytes]) -> None:
    """It has said its first line."""
    assert process.stdout is not None
    assert await asyncio.to_thread(process.stdout.readline)
    process.stdout.close()


async def test_a_tree_is_found_by_its_mark_though_its_root_is_dead() -> None:
    with start("setsid sleep 600 & exit 0", "orphan"):
        pass
    root = TreeRoot((), {"SYNERGY_TEST": "orphan"})
    await wait_until(lambda: len(find_tree(root)) == 1)
    proof = await end_tree(root, 5.0)
    assert len(proof.found) == 1
    assert proof.remaining == ()
    assert proof.signal_name == "TERM"
    assert find_tree(root) == {}


async def test_a_stopped_process_ends_too() -> None:
    process = start("exec sleep 600", "stopped")
    os.kill(process.pid, 19)
    proof = await end_tree(TreeRoot((process.pid,), {}), 5.0)
    assert (proof.remaining, proof.signal_name) == ((), "TERM")
    process.wait()


async def test_a_process_without_its_mark_is_found_by_descent() -> None:
    process = start("env -u SYNERGY_TEST setsid sleep 600; true", "parent")
    root = TreeRoot((process.pid,), {"SYNERGY_TEST": "parent"})
    await wait_until(lambda: len(find_tree(root)) >= 2)
    assert (await end_tree(root, 5.0)).remaining == ()
    process.wait()


async def test_what_outlives_kill_is_told() -> None:
    process = start("exec sleep 600", "survivor")
    row = read_row(process.pid)
    assert row is not None
    await asyncio.sleep(0)
    proof = await end_tree(TreeRoot((process.pid,), {}), 0.0, kill_seconds=-1.0)
    assert proof.remaining == (row.id,)
    assert str(process.pid) in str(proof)
    process.kill()
    process.wait()


def test_this_process_and_its_ancestors_are_never_part_of_a_tree() -> None:
    assert os.getpid() not in {process.pid for process in find_tree(TreeRoot((os.getpid(), os.getppid()), {}))}


def test_no_marks_match_nothing() -> None:
    assert not carries(os.getpid(), {})


def test_a_pid_that_became_another_process_is_left_alone() -> None:
    process = start("exec sleep 600", "reused")
    row = read_row(process.pid)
    assert row is not None
    send_signal(ProcessId(process.pid, row.started - 1), 9)  # type: ignore[arg-type]
    assert is_alive(row.id)
    process.kill()
    process.wait()
    assert not is_alive(row.id)
    assert read_row(process.pid) is None


def test_a_process_that_is_just_becoming_another_program_is_waited_for() -> None:
    script = "import os, time; t = time.monotonic() + 0.1\nwhile time.monotonic() < t: pass\n"
    script += "os.execve('/bin/sleep', ['sleep', '600'], {'SYNERGY_TEST': 'becoming'})"
    process = subprocess.Popen([sys.executable, "-I", "-S", "-c", script], env={})
    found = carries(process.pid, {"SYNERGY_TEST": "becoming"})
    process.kill()
    process.wait()
    assert found


def test_a_process_that_has_no_variables_and_waits_is_none_of_ours() -> None:
    process = subprocess.Popen(["/bin/sleep", "600"], env={})
    found = carries(process.pid, {"SYNERGY_TEST": "none"})
    process.kill()
    process.wait()
    assert not found


async def test_each_process_is_told_with_its_name_its_signals_and_when_it_was_gone() -> None:
    script = "sleep 600 & trap '' TERM; echo ready; while :; do :; done"
    process = start(script, "told", stdout=subprocess.PIPE)
    await ready(process)
    root = TreeRoot((process.pid,), {"SYNERGY_TEST": "told"})
    await wait_until(lambda: "sleep" in {row.name for row in find_tree(root).values()})
    proof = await end_tree(root, 3.0)
    process.wait()

    by_pid = {one.id.pid: one for one in proof.processes}
    shell = by_pid.pop(process.pid)
    assert shell.name == "sh"
    assert [name for name, _ in shell.signals] == ["TERM", "KILL"]
    term, kill = (at for _, at in shell.signals)
    assert shell.gone is not None
    assert proof.began <= term < kill <= shell.gone <= proof.scanned
    (sleeper,) = by_pid.values()
    assert (sleeper.name, [name for name, _ in sleeper.signals]) == ("sleep", ["TERM"])
    assert proof.remaining == ()


async def test_a_process_that_outlives_kill_is_gone_in_a_later_round() -> None:
    process = start(f"exec {shlex.join([sys.executable, '-c', TRACEABLE])}", "stuck", stdout=subprocess.PIPE)
    await ready(process)
    hunt = Hunt(TreeRoot((process.pid,), {}))
    with unkillable(process.pid):
        stuck = await hunt.end(0.1, kill_seconds=0.2)
        assert [one.pid for one in stuck.remaining] == [process.pid]
        assert hunt.look()
        assert str(process.pid) in str(stuck)
    process.wait()

    proof = await hunt.end(0.0)
    (one,) = proof.processes
    assert (one.signals[-1][0], proof.remaining, proof.found) == ("KILL", (), (process.pid,))


def test_a_name_is_read_whole_and_can_be_shown(tmp_path: Path) -> None:
    program = tmp_path / "a) (b\x1b[1m"
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([program, "600"]) as process:
        row = read_row(process.pid)
        process.kill()
    assert row is not None
    assert (row.name, row.parent) == ("a) (b?[1m", os.getpid())
    assert 0.0 <= row.id.age_seconds < 3600.0
