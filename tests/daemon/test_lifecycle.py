"""The programs as a user runs them: real processes, a real folder."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from synergy.core.control import requests as q
from synergy.core.control.framing import ReplyFrame, decode_answer, encode_request
from synergy.daemon.lifecycle import STOP_MARGIN_SECONDS
from synergy.loading import init_project, load_paths
from synergy.pidfile import PidFile, holder
from tests.waiting import poll

pytestmark = pytest.mark.real

LIMIT_SECONDS = 90.0
Synergyd = Callable[..., subprocess.CompletedProcess[str]]


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "synergy.cli.synergyd", *arguments]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A new project; whatever still runs of it at the end is ended."""
    project = tmp_path / "project"
    init_project(project)
    yield project
    subprocess.run(
        _command("stop", "--now", "-C", str(project)), check=False, timeout=LIMIT_SECONDS, capture_output=True
    )


@pytest.fixture
def synergyd(folder: Path) -> Synergyd:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            _command(*arguments, "-C", str(folder)), check=False, capture_output=True, text=True, timeout=LIMIT_SECONDS
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


def _standing(synergyd: Synergyd) -> dict[str, object]:
    told = json.loads(synergyd("status", "-o", "json").stdout)
    assert isinstance(told, dict)
    return told


def _supervisor(folder: Path) -> int:
    """The supervisor's process id, once the daemon has started it."""
    path = load_paths(folder).supervisor_pid_file
    poll(lambda: holder(path) is not None, 30, "the daemon starts a supervisor")
    pid = holder(path)
    assert pid is not None
    return pid


def test_start_returns_when_it_answers_and_stop_when_all_is_gone(synergyd: Synergyd, folder: Path) -> None:
    started = synergyd("start")
    assert (started.returncode, started.stderr) == (0, "")
    assert _standing(synergyd)["answers"] is True
    _supervisor(folder)

    assert synergyd("stop").returncode == 0
    assert _standing(synergyd) == {
        "v": 1,
        "running": False,
        "answers": False,
        "standby": False,
        "daemon_pid": None,
        "supervisor_pid": None,
    }
    assert synergyd("status").returncode == 1
    again = synergyd("stop")
    assert (again.returncode, again.stdout) == (0, "nothing runs\n")


@pytest.mark.parametrize("how", [(), ("--now",)])
def test_a_stop_right_after_the_start_leaves_no_supervisor(
    synergyd: Synergyd, folder: Path, how: tuple[str, ...]
) -> None:
    synergyd("start")

    assert synergyd("stop", *how).returncode == 0

    # The supervisor that was being started had not written its pid file yet; it may take a moment to be gone.
    poll(lambda: not [line for line in _command_lines() if str(folder) in line], 10.0, "nothing of it runs")


def _command_lines() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found.append(path.read_bytes().decode(errors="replace").replace("\0", " "))
    return found


def test_a_second_start_is_refused_and_names_the_first(synergyd: Synergyd) -> None:
    synergyd("start")
    pid = _standing(synergyd)["daemon_pid"]

    second = synergyd("start")

    assert second.returncode == 3
    assert f"pid {pid}" in second.stderr
    assert _standing(synergyd)["daemon_pid"] == pid


def test_a_busy_pid_file_is_told(synergyd: Synergyd, folder: Path) -> None:
    paths = load_paths(folder)
    paths.runtime_folder.mkdir()
    with PidFile(paths.pid_file):
        refused = synergyd("start")

    assert refused.returncode == 3
    assert f"pid {os.getpid()}" in refused.stderr


def test_a_socket_in_use_is_told(synergyd: Synergyd, folder: Path) -> None:
    paths = load_paths(folder)
    paths.runtime_folder.mkdir()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(paths.control_socket))
        other.listen()
        refused = synergyd("start")

    assert refused.returncode == 3
    assert str(paths.control_socket) in refused.stderr
    assert holder(paths.pid_file) is None


FULL_DISK = 'mount -t tmpfs -o size=4k,mode=755 tmpfs "$1" && { cat /dev/zero > "$1/all" 2>&-; shift; exec "$@"; }'
"""In a mount namespace of its own: whoever may make none as a user sees why."""


def test_a_full_disk_is_told(folder: Path) -> None:
    logs = load_paths(folder).runtime_folder / "logs"
    logs.mkdir(parents=True)

    inside = ["unshare", "--map-root-user", "--mount", "sh", "-c", FULL_DISK, "sh", str(logs)]
    start = [*inside, *_command("start", "-C", str(folder))]
    refused = subprocess.run(start, check=False, capture_output=True, text=True, timeout=LIMIT_SECONDS)

    assert refused.returncode == 9, refused.stderr
    assert "no space left on device" in refused.stderr


def test_a_corrupt_store_is_told(synergyd: Synergyd, folder: Path) -> None:
    paths = load_paths(folder)
    paths.runtime_folder.mkdir()
    paths.sqlite_path.write_bytes(b"this is no database" * 1000)

    refused = synergyd("start")

    assert refused.returncode == 9
    assert str(paths.sqlite_path) in refused.stderr
    assert holder(paths.pid_file) is None


def test_a_runtime_folder_that_cannot_be_is_told(synergyd: Synergyd, folder: Path) -> None:
    (folder / ".synergy").write_text("in the way")

    refused = synergyd("start")

    assert refused.returncode == 9
    assert f"runtime folder {folder / '.synergy'} cannot be written" in refused.stderr


def test_a_runtime_folder_that_cannot_be_is_warned_of_by_a_check(synergyd: Synergyd, folder: Path) -> None:
    settings = folder / "synergy.toml"
    settings.write_text(settings.read_text().replace('runtime_folder = ".synergy"', 'runtime_folder = "/proc/nope"'))

    checked = synergyd("check")

    assert checked.returncode == 0
    assert "warning: runtime_folder: /proc/nope cannot be written: /proc keeps no files" in checked.stderr


def test_wrong_definitions_start_nothing_and_stop_nothing(synergyd: Synergyd, folder: Path) -> None:
    synergyd("start")
    pid = _standing(synergyd)["daemon_pid"]
    jobs = folder / "jobs.py"
    jobs.write_text(jobs.read_text().replace('"hourly"', '"minutely"'))

    restarted = synergyd("restart")

    assert restarted.returncode == 2
    assert "minutely" in restarted.stderr
    assert synergyd("check").returncode == 2
    assert _standing(synergyd)["daemon_pid"] == pid


def test_settings_that_were_made_wrong_keep_nobody_from_looking_and_stopping(synergyd: Synergyd, folder: Path) -> None:
    synergyd("start")
    pid, supervisor = _standing(synergyd)["daemon_pid"], _supervisor(folder)
    settings = folder / "synergy.toml"
    settings.write_text(settings.read_text().replace("[synergy]", "[synergy]\nslotz = 1", 1))

    looked = synergyd("status")
    assert looked.returncode == 0
    assert f"runs, pid {pid}" in looked.stdout
    assert "slotz" in looked.stderr
    assert looked.stderr.startswith("warning: ")

    stopped = synergyd("stop", "--now")
    assert stopped.returncode == 0
    assert stopped.stdout == f"stopped: daemon, pid {pid}\nstopped: supervisor, pid {supervisor}\n"
    assert synergyd("stop").returncode == 2


def test_a_program_that_is_not_on_this_box_is_warned_of_and_not_refused(synergyd: Synergyd, folder: Path) -> None:
    entry = 'FreerunEntry(process_name="Mail", entry_name="ops", trigger_frequency="every 60", command=["nosuchcmd"])'
    jobs = folder / "jobs.py"
    jobs.write_text(f"{jobs.read_text()}\nfrom synergy.definitions import FreerunEntry\nprocess_context += [{entry}]\n")

    checked = synergyd("check")

    assert checked.returncode == 0
    assert "warning: Mail::ops: its command is not executable: nosuchcmd" in checked.stderr


def test_a_restart_leaves_the_supervisor_alone(synergyd: Synergyd, folder: Path) -> None:
    synergyd("start")
    before, supervisor = _standing(synergyd)["daemon_pid"], _supervisor(folder)

    assert synergyd("restart").returncode == 0

    after = _standing(synergyd)
    assert after["daemon_pid"] not in {None, before}
    assert after["supervisor_pid"] == supervisor


def test_after_kill_9_start_goes_on_with_the_living_supervisor(synergyd: Synergyd, folder: Path) -> None:
    synergyd("start")
    supervisor = _supervisor(folder)
    daemon = holder(load_paths(folder).pid_file)
    assert daemon is not None
    os.kill(daemon, signal.SIGKILL)
    poll(lambda: holder(load_paths(folder).pid_file) is None)
    assert synergyd("status").returncode == 1

    assert synergyd("start").returncode == 0
    assert _standing(synergyd)["supervisor_pid"] == supervisor


def test_a_stopped_daemon_that_does_not_listen_is_ended_by_signal(synergyd: Synergyd, folder: Path) -> None:
    synergyd("start")
    load_paths(folder).control_socket.unlink()

    assert synergyd("status").returncode == 1
    assert synergyd("stop", "--now").returncode == 0
    assert _standing(synergyd)["running"] is False


def test_a_stop_that_takes_long_tells_for_whom_it_waits(synergyd: Synergyd, folder: Path) -> None:
    synergyd("start")
    paths = load_paths(folder)
    pid = holder(paths.pid_file)
    assert pid is not None
    seconds = paths.settings.stop_grace_seconds + STOP_MARGIN_SECONDS
    os.kill(pid, signal.SIGSTOP)
    with subprocess.Popen(_command("stop", "-C", str(folder)), stderr=subprocess.PIPE, text=True) as stopping:
        assert stopping.stderr is not None
        told = stopping.stderr.readline()
        os.kill(pid, signal.SIGCONT)
        assert stopping.wait(LIMIT_SECONDS) == 0
    assert told == f"waiting for daemon, pid {pid}, up to {seconds:g} s; --now ends it sooner\n"


def test_run_tells_the_service_manager_and_ends_with_its_supervisor(folder: Path, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(60)
        environment = os.environ | {"NOTIFY_SOCKET": str(tmp_path / "notify")}
        with subprocess.Popen(_command("run", "-C", str(folder)), env=environment) as daemon:
            assert manager.recv(100) == b"READY=1"
            _supervisor(folder)
            daemon.terminate()
            assert manager.recv(100) == b"STOPPING=1"
            assert daemon.wait(LIMIT_SECONDS) == 0
    assert holder(load_paths(folder).supervisor_pid_file) is None


def test_proxy_carries_the_protocol(synergyd: Synergyd, folder: Path) -> None:
    synergyd("start")

    line = encode_request(1, q.Hello("test"))
    answered = subprocess.run(
        _command("proxy", "-C", str(folder)), input=line, check=True, capture_output=True, timeout=LIMIT_SECONDS
    )

    assert isinstance(decode_answer(answered.stdout.rstrip()), ReplyFrame)


def test_proxy_without_a_daemon_is_told(synergyd: Synergyd) -> None:
    refused = synergyd("proxy")

    assert refused.returncode == 9
    assert "synergyd start" in refused.stderr


def test_a_supervisor_has_a_life_of_its_own(synergyd: Synergyd, folder: Path) -> None:
    synergyd("start")
    pid = _supervisor(folder)

    assert synergyd("supervisor", "start").returncode == 3
    assert synergyd("supervisor", "status").returncode == 0
    assert f"pid {pid}" in synergyd("supervisor", "stop", "--now").stdout
    poll(lambda: holder(load_paths(folder).supervisor_pid_file) not in {None, pid}, 30, "the daemon starts another")


@pytest.mark.parametrize("name", ["synergyd.pid", "control.sock", "logs/daemon.log", "logs/daemon.out"])
def test_a_start_follows_no_link_that_somebody_planted(synergyd: Synergyd, folder: Path, name: str) -> None:
    precious, planted = folder / "precious", folder / ".synergy" / name
    precious.write_text("what must stay as it is")
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.symlink_to(precious)

    done = synergyd("start")

    assert done.returncode != 0
    assert str(planted) in done.stderr
    assert precious.read_text() == "what must stay as it is"
