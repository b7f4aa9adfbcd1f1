"""The console through a real ssh server and the real ``synergyd proxy``: what is asked, what is refused, and a cut."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from synergy.core.control.events import Alert
from tests.servers.sshd import PASSPHRASE, PROGRAM, SshServer, ssh_server
from tests.tui.fake_daemon import FakeDeployment, fake_daemon
from tests.tui.terminal import Terminal, console_in_terminal
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not PROGRAM.exists(), reason=f"{PROGRAM} is missing: apt-get install openssh-server"),
]
SYNERGYD = str(Path(sys.executable).with_name("synergyd"))
SETTINGS = '[synergy]\ncontext = "flights"\nsynergy_start_timeperiod = "2013010100"\n'


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SshServer]:
    folder = tmp_path / "sshd"
    folder.mkdir()
    with ssh_server(folder) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "my flights"
    (folder / ".synergy").mkdir(parents=True)
    (folder / "synergy.toml").write_text(SETTINGS)
    return folder


def to(server: SshServer, folder: Path | str) -> list[str]:
    return ["--synergyd", SYNERGYD, f"{server.address}{str(folder).replace(' ', '%20')}"]


def plain(server: SshServer, *words: str) -> tuple[int, str, str]:
    """Without a terminal, so that ssh cannot ask."""
    program = "import sys; from synergy.cli.entry import console; sys.exit(console())"
    done = subprocess.run(
        [sys.executable, "-c", program, "--plain", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False, timeout=60, start_new_session=True, env=os.environ | {"PATH": server.path},
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@asynccontextmanager
async def far_console(
    server: SshServer, project: Path, deployment: FakeDeployment, *words: str
) -> AsyncIterator[Terminal]:
    async with (
        fake_daemon(project / ".synergy" / "control.sock", deployment),
        console_in_terminal(project.parent, [*to(server, project), *words], path=server.path) as terminal,
    ):
        yield terminal


async def test_a_screen_is_printed_from_far_away(server: SshServer, project: Path) -> None:
    async with fake_daemon(project / ".synergy" / "control.sock", FakeDeployment()):
        code, shown, told = await asyncio.to_thread(plain, server, *to(server, project))
    assert (code, told) == (0, "")
    assert "Flights" in shown


async def test_after_a_cut_it_logs_in_again_and_no_event_is_lost(server: SshServer, project: Path) -> None:
    deployment = FakeDeployment()
    async with far_console(server, project, deployment) as terminal:
        await terminal.shows("live")
        server.cut()
        await terminal.shows("STALE")
        deployment.announce(Alert("gave_up", "FlightsHourly has failed for too long"))
        await terminal.shows("has failed for too long")
        assert b"read again" not in terminal.output


async def test_what_ssh_asks_is_asked_before_the_screen_is_taken(server: SshServer, project: Path) -> None:
    server.know(None)
    server.use("locked_key")
    async with far_console(server, project, FakeDeployment()) as terminal:
        await terminal.shows("Are you sure you want to continue connecting")
        terminal.press("yes\r")
        await terminal.shows("Enter passphrase for key")
        assert b"\x1b[?1049h" not in terminal.output
        terminal.press(f"{PASSPHRASE}\r")
        await terminal.shows("live")
        server.cut()
        await terminal.shows("try: ssh")
        terminal.press(":q\r")
        assert await terminal.ends() == 0


async def test_a_question_is_left_by_an_interrupt(server: SshServer, project: Path) -> None:
    server.use("locked_key")
    async with far_console(server, project, FakeDeployment()) as terminal:
        await terminal.shows("Enter passphrase for key")
        terminal.press("\x03")
        assert await terminal.ends() == 130
        assert b"Traceback" not in terminal.output


async def test_ssh_ends_with_a_console_that_is_killed(server: SshServer, project: Path) -> None:
    async with far_console(server, project, FakeDeployment()) as terminal:
        await terminal.shows("live")
        (ssh,) = psutil.Process(terminal.process.pid).children()
        assert ssh.name() == "ssh"
        terminal.process.kill()
        await terminal.process.wait()
        await wait_until(lambda: not ssh.is_running() or ssh.status() == psutil.STATUS_ZOMBIE)


def test_a_far_folder_that_is_no_project_is_told(server: SshServer, tmp_path: Path) -> None:
    code, _, told = plain(server, *to(server, tmp_path))
    assert (code, told.count("\n")) == (2, 1)
    assert f"127.0.0.1 port {server.port}: {tmp_path}/synergy.toml does not exist" in told
    assert f"{server.address}/FOLDER" in told


def test_a_daemon_that_does_not_run_there_is_told_with_how_to_start_it(server: SshServer, project: Path) -> None:
    code, _, told = plain(server, *to(server, project))
    assert (code, told.count("\n")) == (9, 1)
    assert "no daemon answers on" in told
    assert f"start it there: ssh -p {server.port}" in told


def test_a_machine_without_synergyd_is_told(server: SshServer) -> None:
    code, _, told = plain(server, "--synergyd", "/opt/nothing/synergyd", server.address)
    assert (code, told.count("\n")) == (9, 1)
    assert "/opt/nothing/synergyd is not found on 127.0.0.1" in told


def test_a_shell_that_greets_is_told(server: SshServer, project: Path) -> None:
    server.allow("key", before="echo Welcome")
    code, _, told = plain(server, *to(server, project))
    assert (code, told.count("\n")) == (9, 1)
    assert "its shell must print nothing" in told


def test_who_is_not_let_in_is_told(server: SshServer, project: Path) -> None:
    server.use("other_key")
    code, _, told = plain(server, *to(server, project))
    assert (code, told.count("\n")) == (5, 1)
    assert f"does not let {server.user} in (it takes publickey)" in told


@pytest.mark.parametrize(
    ("known", "complaint"), [(None, "is not known here"), ("other_key", "another host key than before")]
)
def test_a_host_that_may_be_another_one_is_told(
    server: SshServer, project: Path, known: str | None, complaint: str
) -> None:
    server.know(known)
    code, _, told = plain(server, *to(server, project))
    assert (code, told.count("\n")) == (5, 1)
    assert complaint in told


def test_a_machine_that_does_not_answer_is_told(server: SshServer) -> None:
    server.stop()
    code, _, told = plain(server, server.address)
    assert (code, told.count("\n")) == (9, 1)
    assert "no ssh server answers on 127.0.0.1" in told


def test_a_machine_without_ssh_is_told(server: SshServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    (server.folder / "bin" / "ssh").unlink()
    code, _, told = plain(server, server.address)
    assert (code, told.count("\n")) == (2, 1)
    assert "the command ssh is missing here" in told
