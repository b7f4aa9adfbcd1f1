from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
import pytest

from synergy import __version__
from synergy.cli.failures import report
from synergy.cli.lazy import LazyGroup
from synergy.cli.program import Invocation, Program, command, group
from synergy.cli.synergyctl import COMMANDS
from synergy.cli.synergyctl import main as synergyctl
from synergy.cli.synergyd import main as synergyd
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import InvalidDefinition, NotFound
from synergy.core.states import JobState, UowState, parse_state
from tests.cli import samples
from tests.cli.conftest import Ctl, invoke
from tests.cli.scripted_daemon import ScriptedDaemon

CTL = f"{sys.executable} -c 'from synergy.cli.entry import synergyctl; synergyctl()'"


def _shell(line: str) -> tuple[int, str]:
    """Exit code and standard error of a line for the shell."""
    done = subprocess.run(line, shell=True, stderr=subprocess.PIPE, text=True, check=False, timeout=30)  # noqa: S602 - ours
    return done.returncode, done.stderr


def _commands(of: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(of, LazyGroup):
        context = click.Context(of)
        for name in of.list_commands(context):
            found = of.get_command(context, name)
            assert found is not None
            yield (*path, name)
            yield from _commands(found, (*path, name))


@pytest.mark.parametrize("name", ["batch", "freerun"])
def test_the_line_of_a_family_names_all_of_its_commands(name: str) -> None:
    family = synergyctl.get_command(click.Context(synergyctl), name)
    assert isinstance(family, LazyGroup)

    told = COMMANDS[name].summary.partition(": ")[2].removesuffix(".")

    assert sorted(told.split(", ")) == sorted(family.list_commands(click.Context(family)))


def test_the_help_names_every_exit_code_that_an_operator_meets() -> None:
    shown = " ".join(invoke(synergyctl, ["--help"]).stdout.split())

    assert "8 cannot be undone, 9 no daemon, 124 timed out, 130 interrupted." in shown


@pytest.mark.parametrize("path", [*_commands(synergyctl)], ids=" ".join)
def test_every_command_has_help_with_examples_and_the_common_options(path: tuple[str, ...]) -> None:
    shown = invoke(synergyctl, [*path, "--help"])

    assert shown.exit_code == 0
    assert "Examples:" in shown.stdout
    for option in ("-C, --folder", "-o, --output", "--help"):
        assert option in shown.stdout


@pytest.mark.parametrize("path", [*_commands(synergyd)], ids=" ".join)
def test_every_command_of_the_daemon_has_them_too(path: tuple[str, ...]) -> None:
    shown = invoke(synergyd, [*path, "--help"])

    assert shown.exit_code == 0
    assert "Examples:" in shown.stdout
    assert "-C, --folder" in shown.stdout


@pytest.mark.parametrize("program", [synergyctl, synergyd])
def test_a_program_tells_its_version(program: Program) -> None:
    assert invoke(program, ["--version"]).stdout == f"{program.name} {__version__}\n"


def _examples() -> Iterator[str]:
    for program in (synergyctl, synergyd):
        for path in ((), *_commands(program)):
            shown = invoke(program, [*path, "--help"]).stdout.partition("Examples:\n")[2]
            yield from (line.strip() for line in shown.splitlines() if line.strip())


@pytest.mark.parametrize("example", [*_examples()])
def test_every_example_of_the_help_is_understood(folder: Path, daemon: ScriptedDaemon, example: str) -> None:
    for part in re.split(r" \| (?=jq |tail |synergyctl )| && ", example):
        name, *arguments = shlex.split(part)
        if name != "synergyctl" or "-f" in arguments:
            continue
        where = ["-C", str(folder)] if "-C" not in arguments else []
        refused = invoke(synergyctl, [*where, *arguments, *(["--timeout", "0"] if "events" in arguments else [])])
        assert '"code": "usage"' not in refused.stderr
        assert "--help" not in refused.stderr, refused.stderr
    for request in daemon.asked:
        for text in getattr(request, "states", ()):
            assert parse_state(UowState, text) if isinstance(request, q.ListUows) else parse_state(JobState, text)


@pytest.mark.parametrize("path", [*_commands(synergyctl), *_commands(synergyd)], ids=" ".join)
def test_the_commands_page_names_every_command(path: tuple[str, ...]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "commands.md").read_text()

    assert f"`{path[0]}" in page
    assert path[-1] in page


def test_help_imports_neither_the_protocol_nor_asyncio() -> None:
    code = (
        "import sys; from synergy.cli.synergyctl import main; print('asyncio' in sys.modules, 'msgspec' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)

    assert shown.stdout == "False False\n"


def test_an_unknown_command_names_the_nearest(ctl: Ctl) -> None:
    result = ctl("statsu")

    assert result.exit_code == 2
    assert result.stderr == 'error: there is no command "statsu"; did you mean status?; see synergyctl --help\n'


def test_an_unknown_option_is_an_object_with_json(ctl: Ctl) -> None:
    result = ctl("status", "--bogus", "-o", "json")

    assert result.exit_code == 2
    assert json.loads(result.stderr)["code"] == "usage"


def test_no_daemon_is_told_with_the_remedy(ctl: Ctl) -> None:
    result = ctl("status")

    assert result.exit_code == 9
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert "synergyd start" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_folder_without_a_project_is_told(tmp_path: Path) -> None:
    result = invoke(synergyctl, ["status", "-C", str(tmp_path)])

    assert result.exit_code == 2
    assert "synergy.toml" in result.stderr


@command("fail", "x fail")
@click.argument("how")
def fail(_invocation: Invocation, how: str) -> int:
    """Fail."""
    if how == "interrupt":
        raise KeyboardInterrupt
    if how == "defect":
        raise ExceptionGroup("outer", [ZeroDivisionError("by\nnought")])
    if how == "pipe":
        raise BrokenPipeError(32, "broken pipe")
    return 7


@group("x", {}, "x fail", cls=Program)
def program(_invocation: Invocation) -> None:
    """Do."""


program.add_command(fail)


def test_an_interrupt_exits_130(tmp_path: Path) -> None:
    result = invoke(program, ["fail", "interrupt", "-C", str(tmp_path)])

    assert result.exit_code == 130


def test_a_gone_reader_is_no_drama(tmp_path: Path) -> None:
    result = invoke(program, ["fail", "pipe", "-C", str(tmp_path)])

    assert result.exit_code == 1
    assert result.stderr == ""


def test_a_commands_number_is_the_exit_code() -> None:
    assert invoke(program, ["fail", "not"]).exit_code == 7


def test_a_defect_becomes_one_line_and_a_report(folder: Path) -> None:
    (folder / ".synergy" / "logs").mkdir()

    result = invoke(program, ["-C", str(folder), "fail", "defect"])

    assert result.exit_code == 70
    assert result.stderr.count("\n") == 1
    (kept,) = (folder / ".synergy" / "logs").glob("x-crash-*.txt")
    assert str(kept) in result.stderr
    assert "ZeroDivisionError" in kept.read_text()


def test_the_only_problem_of_a_definition_is_the_error(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    error = InvalidDefinition("1 wrong definition", problems=("a.py:1: x; y",))

    assert report(error, "x", tmp_path, as_json=False) == 2
    assert capsys.readouterr().err == "error: a.py:1: x; y\n"
    report(error, "x", tmp_path, as_json=True)
    told = json.loads(capsys.readouterr().err)
    assert (told["message"], told["problems"]) == ("a.py:1: x; y", ["a.py:1: x; y"])


@pytest.mark.parametrize(("program", "arguments"), [(synergyctl, []), (synergyd, []), (synergyctl, ["freerun"])])
def test_a_program_without_a_command_shows_what_there_is(program: Program, arguments: list[str]) -> None:
    shown = invoke(program, arguments)

    assert (shown.exit_code, shown.stdout) == (2, "")
    assert shown.stderr.startswith("Usage: synergy")
    assert "\nCommands:\n" in shown.stderr


def test_a_family_without_a_command_is_an_error_with_json(ctl: Ctl) -> None:
    assert json.loads(ctl("-o", "json", "freerun").stderr) == {
        "code": "usage", "message": "no command is given", "remedy": "see synergyctl freerun --help"
    }  # fmt: skip
    assert ctl().stderr == "error: Missing command; see synergyctl --help\n"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_failure(folder: Path, daemon: ScriptedDaemon, closed: str) -> None:
    daemon.on(q.ListJobs, lambda _: r.Jobs(jobs=(samples.job(),), more=False))

    assert _shell(f"{CTL} -C {folder} ls {closed}") == (0, "")
    assert _shell(f"{CTL} -C {folder} skip - --yes {closed} 2>&1")[0] == 2


def test_a_full_disk_behind_the_output_is_told_in_a_line(folder: Path, daemon: ScriptedDaemon) -> None:
    daemon.on(q.ListJobs, lambda _: r.Jobs(jobs=(samples.job(),), more=False))

    assert _shell(f"{CTL} -C {folder} ls > /dev/full") == (9, "error: the disk is full; make room and try again\n")


def test_an_interrupt_while_it_is_imported_is_silent(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    code = "from synergy.cli.entry import synergyctl; synergyctl()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False, timeout=30
    )

    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_every_problem_of_a_definition_has_its_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    error = InvalidDefinition("2 problems", problems=("a.py:1: x", "a.py:2: y"))

    assert report(error, "x", tmp_path, as_json=False) == 2
    assert capsys.readouterr().err == "error: 2 problems\n  a.py:1: x\n  a.py:2: y\n"
    report(error, "x", tmp_path, as_json=True)
    assert json.loads(capsys.readouterr().err)["problems"] == ["a.py:1: x", "a.py:2: y"]


def test_an_error_stays_on_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    report(NotFound("no\nsuch", remedy="look"), "x", tmp_path, as_json=False)

    assert capsys.readouterr().err == "error: no such; look\n"


@pytest.mark.parametrize(
    "shape",
    [
        r.Job, r.JobDetail, r.Uow, r.HistoryRow, r.AttemptRow, r.Kill, r.Killed, r.Stopped, r.LogRow, r.Plan,
        r.Applied, r.Status, r.TreeRow, r.ProcessRow, r.EntryRow, r.BoxRow, r.BoxProcessRow, r.WorkerRow, r.Collector,
        r.CollectorRow, r.Done, r.AuditRow,
        r.Why, r.Condition, r.RootCause, r.WhyAll, r.Blocks, r.BlockedJob, r.JobRun, r.RunAttempt,
    ],
)  # fmt: skip
def test_the_commands_page_names_every_field(shape: type[msgspec.Struct]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "commands.md").read_text()
    fields = {field.name for field in msgspec.structs.fields(shape)} - {"v", "job"}

    assert any(all(f"`{field}`" in line for field in fields) for line in page.splitlines()) or shape is r.JobDetail
    assert all(f"`{field}`" in page for field in fields)
