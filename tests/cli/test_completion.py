"""Completion, by what the shells' scripts call, and in bash itself."""

from __future__ import annotations

import os
import pty
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import click
import pytest

from synergy.cli.completing import FOLDERS, NAMES, WORDS
from synergy.cli.program import LIVE_TEXT, Invocation
from synergy.cli.shells import SHELLS
from synergy.cli.synergyctl import main as synergyctl
from synergy.cli.synergyd import main as synergyd
from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.timeperiods import Qualifier, ordinal_of, timeperiod_of
from tests.cli import samples
from tests.cli.conftest import invoke
from tests.cli.scripted_daemon import ScriptedDaemon

LIMIT_SECONDS = 60.0
FREE = {
    "reason", "key", "until", "trigger_frequency", "trigger", "run_", "arguments", "description", "command_line", "to",
    "store", "broker", "first", "last", "since", "actor", "head",
}  # fmt: skip
"""What nobody knows before it is typed."""


@pytest.fixture
def live(daemon: ScriptedDaemon) -> ScriptedDaemon:
    """A deployment in which there is one of everything."""
    directives = (
        _directive("h1", "hold", "Hourly@2013010101"),
        _directive("h2", "hold", "everything"),
        _directive("s1", "seal", "Flights@2013010000"),
        _directive("b1", "batch", "4 jobs"),
    )
    ended = _directive("b0", "batch", "9 jobs")
    plans = (
        r.PlanRow("p1", "skip", ("Hourly@2013010101",), is_applied=False),
        r.PlanRow("p2", "hold", (), is_applied=True),
    )
    daemon.on(q.Processes, lambda _: r.Processes(processes=(samples.process(),)))
    daemon.on(q.Trees, lambda _: r.Trees(trees=(samples.tree(),)))
    daemon.on(q.ListEntries, lambda _: r.Entries(entries=(samples.entry(),)))
    daemon.on(q.Boxes, lambda _: r.Boxes(boxes=(samples.box(),)))
    daemon.on(
        q.ListUows, lambda _: r.Uows(uows=(samples.uow(), samples.uow("Report::mail@20130101063000.1")), more=False)
    )
    daemon.on(q.ListJobs, _jobs)
    daemon.on(q.Directives, lambda one: r.Directives(directives=(ended, *directives) if one.lifted else directives))
    daemon.on(q.ListPlans, lambda _: r.Plans(plans=plans))
    return daemon


def _directive(directive_id: str, kind: str, reach: str) -> r.Directive:
    return r.Directive(directive_id, kind, reach, "ann", samples.AT)


def _jobs(request: q.ListJobs) -> r.Jobs:
    """As the daemon answers: the newest first, both ends included."""
    first, last = (
        ordinal_of(Qualifier.HOURLY, text or "") for text in (request.from_timeperiod, request.to_timeperiod)
    )
    names = [timeperiod_of(Qualifier.HOURLY, ordinal) for ordinal in reversed(range(first, last + 1))]
    return r.Jobs(jobs=tuple(samples.job(name) for name in names[: request.limit]), more=False)


def completed(folder: Path, line: str, program: click.Command = synergyctl) -> list[str]:
    """What is offered at the end of a line of a project, without a shell around it."""
    shell = SHELLS["fish"](program, {"obj": Invocation("synergyctl", folder)}, "synergyctl", "_SYNERGYCTL_COMPLETE")
    words = shlex.split(f"{line}|")
    with ThreadPoolExecutor(1) as thread:
        asked = thread.submit(shell.get_completions, words[1:-1], words[-1].removesuffix("|"))
        return [item.value for item in asked.result(LIMIT_SECONDS)]


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("synergyctl rep", ["reprocess"]),
        ("synergyctl box st", ["start", "stop"]),
        ("synergyctl show --fo", ["--folder"]),
        ("synergyctl ls H", ["Hourly"]),
        ("synergyctl gc flush H", ["Hourly"]),
        ("synergyctl show H", ["Hourly@"]),
        ("synergyctl show Hourly@2013010102", ["Hourly@2013010102"]),
        ("synergyctl show Hourly@2013010102 ", []),
        ("synergyctl reprocess R", ["Report::mail"]),
        ("synergyctl reprocess Hourly@2013010102 Hourly@2013010103", ["Hourly@2013010103"]),
        ("synergyctl cancel Hourly@2013010101.", ["Hourly@2013010101.1"]),
        ("synergyctl logs Report::mail@", ["Report::mail@20130101063000.1"]),
        ("synergyctl uow Rep", ["Report::mail@20130101063000.1"]),
        ("synergyctl trigger ", ["Hourly", "Report::mail"]),
        ("synergyctl freerun rm ", ["Report::mail"]),
        ("synergyctl freerun cancel ", ["Report::mail"]),
        ("synergyctl cursor Hourly 2013010102", ["2013010102"]),
        ("synergyctl hold ", ["Flights", "Hourly"]),
        ("synergyctl seal ", ["Flights@", "Hourly@"]),
        ("synergyctl seal Flights@2013010102", ["Flights@2013010102"]),
        ("synergyctl release ", ["Hourly@2013010101", "h1"]),
        ("synergyctl unseal ", ["Flights@2013010000"]),
        ("synergyctl batch pause ", ["b1"]),
        ("synergyctl batch wait ", ["b1"]),
        ("synergyctl batch show ", ["b1", "b0"]),
        ("synergyctl apply ", ["p1"]),
        ("synergyctl undo ", ["p2"]),
        ("synergyctl reprocess Hourly@2013010101 --tree ", ["Flights"]),
        ("synergyctl reprocess Hourly@2013010101 --exclude ", ["Flights", "Hourly"]),
        ("synergyctl reprocess Hourly@2013010101 --only processed,sk", ["processed,skipped"]),
        ("synergyctl ls --state=pro", ["--state=processed"]),
        ("synergyctl uows --state inv", ["invalid"]),
        ("synergyctl mark n", ["noop"]),
        ("synergyctl wait Hourly@2013010101 --for can", ["canceled"]),
        ("synergyctl events --kind job,plan", ["job,plan_applied"]),
        ("synergyctl events --process H", ["Hourly"]),
        ("synergyctl ls -o js", ["json", "jsonl"]),
        ("synergyctl audit --verb un", ["unseal", "undo"]),
        ("synergyctl completion z", ["zsh"]),
    ],
)  # fmt: skip
def test_what_fits_at_the_cursor_is_offered(folder: Path, line: str, offered: list[str]) -> None:
    assert completed(folder, line) == offered


@pytest.mark.usefixtures("live")
def test_the_boxes_and_what_runs_on_them_are_offered(folder: Path) -> None:
    box = samples.box()

    assert completed(folder, "synergyctl box stop ") == [box.box_id]
    assert completed(folder, f"synergyctl box stop {box.box_id} ") == [row.process_name for row in box.processes]


@pytest.mark.usefixtures("live")
def test_of_many_timeperiods_the_newest_that_begin_so_are_offered(folder: Path) -> None:
    row = samples.process()
    assert row.last_timeperiod is not None

    newest = completed(folder, "synergyctl show Hourly@20")
    of_a_range = completed(folder, f"synergyctl skip Hourly@{row.last_timeperiod}..20")

    assert newest[0] == f"Hourly@{row.last_timeperiod}"
    assert newest == sorted(newest, reverse=True)
    assert of_a_range == [f"Hourly@{row.last_timeperiod}..{row.last_timeperiod}"]
    assert completed(folder, "synergyctl show Hourly@1999") == []
    assert completed(folder, "synergyctl show Nowhere@20") == []


def _texts(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Each text that a command takes: the command and the parameter's name."""
    for parameter in command.params:
        if parameter.type is LIVE_TEXT:
            yield " ".join(path), parameter.name or ""
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            below = command.get_command(click.Context(command), name)
            assert below is not None
            yield from _texts(below, (*path, name))


def test_every_text_of_every_command_is_completed_or_nobody_can_know_it() -> None:
    known = {*NAMES, *WORDS, *FOLDERS, *FREE}
    texts = [*_texts(synergyctl, ()), *_texts(synergyd, ())]

    open_ones = [(path, name) for path, name in texts if not {name, f"{path} {name}".strip()} & known]

    assert open_ones == []
    assert len(texts) > 100


def protocol(shell: str, line: str, folder: Path, **environment: str) -> str:
    """What a shell's script gets for a line."""
    program = [sys.executable, "-c", "from synergy.cli.synergyctl import main; main()"]
    given = {"COMP_WORDS": line, "_SYNERGYCTL_COMPLETE": f"{shell}_complete", **environment}
    done = subprocess.run(
        program,
        env={**os.environ, **given},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.usefixtures("live")
def test_each_shell_is_answered_in_its_own_form(folder: Path) -> None:
    line = "synergyctl freerun run "

    assert protocol("bash", line, folder) == "plain,Report::mail\n"
    assert protocol("zsh", line, folder) == f"plain\nReport\\:\\:mail\n{samples.entry().trigger_frequency}\n"
    assert protocol("fish", line, folder) == f"plain,Report::mail\t{samples.entry().trigger_frequency}\n"


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("synergyctl show Hourly@2013010102", "@2013010102"),
        ("synergyctl freerun run Report::m", "mail"),
        ("synergyctl ls --state=pro", "processed"),
        ("synergyctl skip 'Hourly@2013010101' Hourly@2013010102", "@2013010102"),
        ('synergyctl skip \\"Hourly@2013010101 Hourly@2013010102', "@2013010102"),
        ("synergyctl show 'Hourly@2013010102", "Hourly@2013010102"),
        ("synergyctl show Hourly@2013010102..x -C ", ""),
    ],
)
def test_bash_gets_what_stands_behind_its_last_break(folder: Path, line: str, offered: str) -> None:
    told = protocol("bash", line, folder, COMP_WORDBREAKS=" \t\n\"'@><=;|&(:")

    assert told.strip().partition(",")[2] == offered


def test_the_folder_on_the_line_is_asked(
    live: ScriptedDaemon, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")

    for option in (
        f"-C {folder} freerun run",
        f"freerun run --folder={folder}",
        "freerun run -C $PLACE",
        "-C ~ freerun run",
    ):
        told = protocol("bash", f"synergyctl {option} ", elsewhere, PLACE=str(folder), HOME=str(folder))
        assert told == "plain,Report::mail\n", option
    assert protocol("bash", "synergyctl freerun run ", elsewhere) == "\n"
    assert len(live.of(q.ListEntries)) == 4


@pytest.mark.parametrize("line", ["synergyctl show ", "synergyctl nonsense ", "synergyctl show 'open", "synergyctl"])
@pytest.mark.parametrize("shell", sorted(SHELLS))
def test_where_nothing_is_known_nothing_is_said(folder: Path, shell: str, line: str) -> None:
    assert protocol(shell, line, folder) == "\n"
    assert not list((folder / ".synergy").iterdir())


def test_a_daemon_that_does_not_answer_is_not_waited_for(folder: Path) -> None:
    """Asked with a limit of its own, far below that of a call: this ends long before one would."""
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(folder / ".synergy" / "control.sock"))
        mute.listen()
        assert protocol("bash", "synergyctl show ", folder) == "\n"
        assert protocol("bash", "synergyctl mark p", folder) == "plain,processed\n"


@pytest.fixture
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a synergyctl in it that is this one."""
    place = tmp_path_factory.mktemp("bin")
    program = place / "synergyctl"
    program.write_text(f"#!{sys.executable}\nfrom synergy.cli.entry import synergyctl\nsynergyctl()\n")
    program.chmod(0o755)
    return place


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("reproc", "synergyctl reprocess"),
        ("show Hou", "synergyctl show Hourly@"),
        ("show Hourly@2013010102", "synergyctl show Hourly@2013010102"),
        ("show Hourly@20130101021", "synergyctl show Hourly@20130101021"),
        ("skip Hourly@2013010122..201", "synergyctl skip Hourly@2013010122..201301012"),
        ("cancel Hourly@2013010101.", "synergyctl cancel Hourly@2013010101.1"),
        ("freerun run Rep", "synergyctl freerun run Report::mail"),
        ("freerun run Report::m", "synergyctl freerun run Report::mail"),
        ("ls --state=proc", "synergyctl ls --state=processed"),
        ('show "Hourly@201301012', 'synergyctl show "Hourly@201301012"'),
    ],
)
def test_bash_itself_completes(folder: Path, installed: Path, typed: str, line: str) -> None:
    environment = {
        **os.environ,
        "PATH": f"{installed}:{os.environ['PATH']}",
        "PS1": "",
        "TERM": "dumb",
        "HOME": str(folder),
    }
    keys = f"synergyctl {typed}\t" + ('"' if '"' in typed else "")
    with terminal(["bash", "--norc", "--noprofile", "-i"], folder, environment) as say:
        say('eval "$(synergyctl completion bash)"; printf "%s\\n" READY-$((1 + 1))\n', "READY-2")
        shown = say(f"{keys}\x01printf '<%s>' '\x05'; printf '%s\\n' DONE-$((1 + 1))\n", "DONE-2")

    assert f"<{line}>" in shown.replace(f"<{line} >", f"<{line}>")


@contextmanager
def terminal(argv: list[str], folder: Path, environment: dict[str, str]) -> Iterator[Callable[[str, str], str]]:
    """A program on a terminal; what is yielded types keys and returns what is shown until a word of it."""
    pid, screen = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execvpe(argv[0], argv, environment)  # noqa: S606 - the shell is what is tried

    def say(keys: str, until: str) -> str:
        os.write(screen, keys.encode())
        shown = b""
        while until.encode() not in shown:
            ready, _, _ = select.select([screen], [], [], LIMIT_SECONDS)
            assert ready, shown
            shown += os.read(screen, 1 << 16)
        return shown.decode()

    try:
        yield say
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(screen)


@pytest.mark.parametrize("program", [synergyctl, synergyd])
@pytest.mark.parametrize("shell", sorted(SHELLS))
def test_the_script_is_one_that_the_shell_can_read(program: click.Command, shell: str) -> None:
    script = invoke(program, ["completion", shell])
    found = shutil.which(shell)

    assert script.exit_code == 0
    assert f"_{program.name}_COMPLETE={shell}_complete".upper() in script.stdout.upper()
    if found is not None:
        read = subprocess.run(
            [found, "-n"], input=script.stdout, text=True, capture_output=True, check=False, timeout=60
        )
        assert (read.returncode, read.stderr) == (0, "")
