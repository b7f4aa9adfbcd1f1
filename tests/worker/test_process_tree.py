"""Finding and ending trees of real processes."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

from synergy.worker.process_table import ProcessId, carries, is_alive, read_row, send_signal
from synergy.worker.process_tree import TreeRoot, end_tree, find_tree
from tests.waiting import wait_until


def start(script: str, mark: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "SYNERGY_TEST": mark}
    return subprocess.Popen(["sh", "-c", script], env=environment, start_new_session=True)


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
