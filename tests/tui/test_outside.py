"""What the console does outside its screens: its command line, its plain lines, and its end when it fails."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from synergy import __version__
from synergy.client.ssh import Address
from synergy.core.control import replies as r
from synergy.core.errors import InvalidDefinition
from synergy.tui.app import main
from synergy.tui.arguments import control_socket, parse_arguments, runtime_folder
from synergy.tui.crash import write_report
from tests.tui.fake_daemon import FakeDeployment, fake_daemon
from tests.tui.terminal import console_in_terminal


def test_the_socket_is_where_the_settings_say(tmp_path: Path) -> None:
    (tmp_path / "synergy.toml").write_text('[synergy]\ncontext = "x"\n')
    assert control_socket(tmp_path) == tmp_path / ".synergy" / "control.sock"
    (tmp_path / "synergy.toml").write_text('[synergy]\nruntime_folder = "/run/flights"\n')
    assert runtime_folder(tmp_path) == Path("/run/flights")


@pytest.mark.parametrize("content", [None, "[synergy", b"\xff\xfe", b"a = " + b"[" * 5_000, b"a = " + b"9" * 5_000])
def test_a_folder_that_is_no_project_is_named_with_the_remedy(tmp_path: Path, content: str | bytes | None) -> None:
    if content is not None:
        (tmp_path / "synergy.toml").write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InvalidDefinition) as caught:
        control_socket(tmp_path)
    assert str(tmp_path) in caught.value.message
    assert caught.value.remedy


def test_words_behind_the_options_are_a_far_host_and_a_command() -> None:
    options = parse_arguments(["--read-only", "ssh://ops@box-1", "tt", "Flights"])
    assert (options.remote, options.command, options.read_only) == (Address("box-1", "ops"), "tt Flights", True)
    assert options.label == "box-1"
    assert options.shell_line("synergyctl status") == "ssh ops@box-1 'synergyctl status'"
    assert parse_arguments(["uow", "state:invalid"]).command == "uow state:invalid"


def test_a_shell_is_always_told_the_folder_as_the_line_may_be_pasted_in_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flights = tmp_path / "flights of 2013"
    flights.mkdir()
    told = f"synergyctl -C '{flights}' status"
    monkeypatch.chdir(flights)
    assert parse_arguments([]).shell_line("synergyctl status") == told
    assert parse_arguments(["-C", "."]).shell_line("synergyctl status") == told
    monkeypatch.chdir(tmp_path)
    assert parse_arguments(["-C", "flights of 2013"]).shell_line("synergyctl status") == told
    assert parse_arguments(["ssh://box-1/srv/flights"]).shell_line("synergyctl status") == (
        "ssh box-1 'synergyctl -C /srv/flights status'"
    )


def test_with_a_socket_a_shell_is_told_the_folder_whose_socket_it_is_or_the_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flights = tmp_path / "flights"
    flights.mkdir()
    (flights / "synergy.toml").write_text('[synergy]\nruntime_folder = "run"\n')

    def told(*words: str) -> str:
        return parse_arguments(words).shell_line("synergyctl gc refresh")

    monkeypatch.chdir(tmp_path)
    assert parse_arguments(["--socket", "flights/run/control.sock"]).label == "flights"
    assert told("--socket", "flights/run/control.sock") == f"synergyctl -C {flights} gc refresh"
    assert told("--socket", "elsewhere/c.sock", "-C", "flights") == f"synergyctl -C {flights} gc refresh"
    view = flights / "run" / "view.sock"
    assert told("--socket", "flights/run/view.sock") == f"synergyctl --socket {view} gc refresh"


def test_the_help_lists_every_word_that_leads_to_a_screen(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    listed = capsys.readouterr().out.partition("commands that lead to a screen")[2].partition("examples:")[0]
    assert {"problems", "tt", "job", "box"} <= {name.strip(",") for name in listed.split()}


def test_the_program_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"synergy-console {__version__}\n"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ([], "store   up sqlite"),
        (["tt", "process:FlightsD*"], "FlightsDaily"),
        (["tt", "Foo"], 'no process passes the filter "Foo"'),
        (["tree"], "Delays (depends on Flights, Weather)"),
        (["job", "FlightsDaily@2013010100"], "attempt 1"),
        (["log", "FlightsDaily@2013010100#1"], "842 flights"),
        (["uow", "state:invalid"], "exit 3"),
        (["ps"], "every 60"),
        (["fr"], "Report::mail"),
        (["gc"], "2013030418"),
        (["boxes"], "box-1"),
        (["holds"], "WeatherDaily"),
        (["directives"], "2 at once"),
        (["batch", "b1"], "running"),
    ],
)
async def test_every_screen_can_be_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str], expected: str
) -> None:
    path = tmp_path / "c.sock"
    played = FakeDeployment()
    played.directives = [
        r.Directive("h1", "hold", "WeatherDaily", "olga", None),
        r.Directive("b1", "batch", "3 jobs", "olga", None, max_parallel=2, total=3, left=2),
    ]
    async with fake_daemon(path, played):
        code = await asyncio.to_thread(main, ["--socket", str(path), "--plain", *command])
    shown = capsys.readouterr().out
    assert code == 0
    assert expected in shown
    assert "\x1b" not in shown


async def test_the_timetable_is_printed_under_its_periods_and_from_the_first_one_there_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.sock"
    async with fake_daemon(path, FakeDeployment()):
        assert await asyncio.to_thread(main, ["--socket", str(path), "--plain", "tt"]) == 0
    lines = capsys.readouterr().out.splitlines()
    hours = next(at for at, line in enumerate(lines) if line.startswith("hourly "))
    assert lines[hours + 1].split() == ["2013-03-03", "2013-03-04", "2013-03-05"]
    hourly = next(line for line in lines if line.startswith("  FlightsHourly "))
    assert lines[hours + 2].rindex("12") == len(hourly) - 3
    assert "daily 2013010100 .. 2013030500" in lines
    months = lines.index("monthly 2013010000 .. 2013030000")
    assert [line.split() for line in lines[months + 1 : months + 3]] == [["2013"], ["01", "02", "03"]]
    assert lines[lines.index("yearly 2013000000 .. 2013000000") + 1].split() == ["2013"]


async def test_a_job_is_printed_with_all_of_why_it_waits_and_the_command_that_helps(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.sock"
    async with fake_daemon(path, FakeDeployment()):
        assert await asyncio.to_thread(main, ["--socket", str(path), "--plain", "job", "FlightsDaily@2013030400"]) == 0
        kept = capsys.readouterr().out.splitlines()
        assert await asyncio.to_thread(main, ["--socket", str(path), "--plain", "job", "FlightsDaily@2013010100"]) == 0
        done = capsys.readouterr().out.splitlines()
    rows = [line.split() for line in kept]
    failed = "FlightsHourly@2013030418"
    assert any(line.startswith("why     blocked_children  1 child not finished") for line in kept)
    assert any(row[:3] == ["root", failed, "retry_wait"] for row in rows)
    assert any(row[:3] == ["why", failed, "retry_wait"] for row in rows)
    assert f"run   synergyctl --socket {path} gc flush FlightsHourly" in kept
    assert "log   no such file" in kept
    assert not any("y copies it" in line for line in kept)
    assert done[-1].startswith("log of attempt 1 of 1, line ")
    assert not any(line.startswith(("why ", "root ", "run ")) for line in done)


@pytest.mark.parametrize("words", [["--port", "1"], ["--allow-changes"]])
def test_what_is_for_the_web_only_is_refused_without_it(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        parse_arguments(words)
    assert left.value.code == 2
    assert "go with --web" in capsys.readouterr().err


def test_without_textual_serve_what_to_install_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "synergy.tui.web.command", None)
    assert main(["--web", "--socket", "/nowhere/c.sock"]) == 2
    assert "pip install 'synergy-scheduler[web]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["--plain", "--socket", "/nowhere/c.sock"], 9, "synergyd start"),
        (["--plain", "-C", "/nowhere"], 2, "is no Synergy project"),
        (["nonsense", "--socket", "/nowhere/c.sock"], 2, "is no command"),
        (["ssh://box-1:high"], 2, "its port is no number"),
        (["--web", "--port", "70000"], 2, "take a number from 0 to 65535"),
        (["--web", "--plain"], 2, "leave one of them out"),
        (["--web", "--read-only", "--allow-changes"], 2, "leave one of them out"),
        (["--web", "ssh://ops@box-1"], 2, "ssh -L 8765:127.0.0.1:8765 ops@box-1"),
        (["--web", "-C", "/nowhere"], 2, "is no Synergy project"),
        (["--web", "nonsense", "--socket", "/nowhere/c.sock"], 2, "is no command"),
        (
            ["--plain", "--socket", "/nowhere/c.sock", "nowhere"],
            2,
            '"nowhere" is no command; synergy-console --help lists all',
        ),
        (["problem", "--socket", "/nowhere/c.sock"], 2, "use problems; synergy-console --help lists all"),
        (["zoom_in", "--socket", "/nowhere/c.sock"], 2, '"zoom_in" shows nothing'),
    ],
)
def test_what_cannot_work_is_one_line_and_an_exit_code(
    capsys: pytest.CaptureFixture[str], words: list[str], code: int, complaint: str
) -> None:
    assert main(words) == code
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert complaint in told
    assert told.count("\n") == 1


ENTRY = "import sys; from synergy.cli.entry import console; sys.exit(console())"
"""What the installed script does."""


def left_with(folder: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", ENTRY, *words], cwd=folder, capture_output=True, text=True, check=False, timeout=60,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["nonsense"], 2),
        (["--plain", "nonsense"], 2),
        (["--plain", "-C", "/nowhere"], 2),
        (["-C", "/nowhere"], 2),
        (["--socket", "/nowhere/c.sock"], 2),
        (["--plain", "--socket", "/nowhere/c.sock"], 9),
        (["--plain", "ssh://127.0.0.1:1/srv"], 9),
    ],
)
def test_the_installed_program_leaves_with_the_code_of_what_went_wrong(
    tmp_path: Path, words: list[str], code: int
) -> None:
    (tmp_path / "synergy.toml").write_text("[synergy]\n")
    left, told = left_with(tmp_path, *words)
    assert (left, told.splitlines()[-1][:6]) == (code, "error:"), told


async def test_the_installed_program_leaves_with_2_for_a_job_that_does_not_exist(tmp_path: Path) -> None:
    path = tmp_path / "c.sock"
    async with fake_daemon(path, FakeDeployment()):
        words = ("--socket", str(path), "--plain", "job", "Nothing@2013010100")
        left, told = await asyncio.to_thread(left_with, tmp_path, *words)
    assert (left, told[:10]) == (2, "error: job")


async def test_plain_refuses_to_change_anything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "c.sock"
    async with fake_daemon(path, FakeDeployment()):
        code = await asyncio.to_thread(main, ["--socket", str(path), "--plain", "reprocess", "FlightsDaily@2013010100"])
    assert code == 2
    assert "use synergyctl" in capsys.readouterr().err


def failing_with(secret: str) -> KeyError:
    try:
        known: dict[str, KeyError] = {}
        return known[secret[:0]]
    except KeyError as problem:
        return problem


def test_a_crash_leaves_a_report_with_the_traceback_and_no_values(tmp_path: Path) -> None:
    path = write_report(failing_with("hunter" + "2"), "overview > tree", tmp_path)
    assert path is not None
    told = path.read_text()
    assert "KeyError" in told
    assert "failing_with" in told
    assert "overview > tree" in told
    assert "textual" in told
    assert "hunter2" not in told
    assert path.stat().st_mode & 0o077 == 0


def test_a_report_goes_to_the_temporary_folder_when_there_is_no_other(tmp_path: Path) -> None:
    path = write_report(KeyError("x"), "overview", tmp_path / "missing")
    assert path is not None
    path.unlink()


@pytest.mark.real
async def test_a_console_that_fails_restores_the_terminal_and_says_so_in_one_line(tmp_path: Path) -> None:
    (tmp_path / ".synergy").mkdir()
    (tmp_path / "synergy.toml").write_text("[synergy]\n")
    failing = "def fail(self): raise KeyError('broken')\napp.ConsoleApp.on_ready = fail"
    async with console_in_terminal(tmp_path, [], before=failing) as terminal:
        assert await terminal.ends() == 1
        await terminal.shows("error: the console failed: KeyError('broken'); the report is")
        after = bytes(terminal.output).rpartition(b"\x1b[?1049l")[2]
        assert b"Traceback" not in bytes(terminal.output)
        assert b"\x1b[?25h" in after
    assert len(list((tmp_path / ".synergy").glob("console-crash-*.txt"))) == 1


def test_without_a_terminal_plain_is_named(tmp_path: Path) -> None:
    (tmp_path / "synergy.toml").write_text("[synergy]\n")
    program = "import sys; from synergy.tui.app import main; sys.exit(main([]))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 2
    assert "--plain" in done.stderr
