from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from synergy.cli.synergyctl import main
from tests.cli.scripted_daemon import ScriptedDaemon

Ctl = Callable[..., Result]

ENDS_SECONDS = 60.0


def invoke(program: click.Command, arguments: Sequence[str], stdin: str = "") -> Result:
    """Run a program with standard output and error apart, and no terminal.

    It runs on a thread of its own: a command makes and ends its own event loop, which must not be the test runner's.
    """
    runner = CliRunner()
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(runner.invoke, program, arguments, input=stdin, prog_name=program.name)
        result = running.result(ENDS_SECONDS)
    assert "Traceback" not in result.stderr, result.stderr
    return result


TOML = """
[synergy]
context = "jobs"
synergy_start_timeperiod = "2013010100"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project whose daemon does not run."""
    (tmp_path / "synergy.toml").write_text(TOML)
    (tmp_path / ".synergy").mkdir()
    return tmp_path


@pytest.fixture
def daemon(folder: Path) -> Iterator[ScriptedDaemon]:
    scripted = ScriptedDaemon(folder / ".synergy" / "control.sock")
    scripted.start()
    yield scripted
    scripted.stop()


@pytest.fixture
def ctl(folder: Path) -> Ctl:
    """Run synergyctl on the project; standard output and error apart, no terminal."""

    def run(*arguments: str, stdin: str = "") -> Result:
        return invoke(main, ["-C", str(folder), *arguments], stdin)

    return run
