"""A short run of the simulation: the rules hold, a seed replays exactly, and planted bugs are found."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation import command
from tests.simulation.planted import BUGS, Bug
from tests.simulation.run import LEAST_FAULTS, Outcome, run_seed
from tests.simulation.story import Violation

SEEDS_AT_A_TIME = 20


@pytest.mark.parametrize("first", range(0, 100, SEEDS_AT_A_TIME))
def test_nothing_is_lost_double_or_stuck_whatever_fails(first: int) -> None:
    for seed in range(first, first + SEEDS_AT_A_TIME):
        outcome = run_seed(seed)
        assert outcome.violation is None, f"seed {seed}: {outcome.violation}; see scripts/simulate --seed {seed}"
        assert outcome.faults >= LEAST_FAULTS


def test_a_seed_is_lived_through_the_same_way_in_any_process() -> None:
    stories = set()
    for order in ("1", "2"):  # of sets of strings
        again = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "tests.simulation.command", "--seed", "5"],
            cwd=command.ROOT, env={**os.environ, "PYTHONHASHSEED": order},
            capture_output=True, text=True, check=True, timeout=300,
        )  # fmt: skip
        stories.add(again.stdout)
    (story,) = stories
    assert "!! dies" in story
    assert "MakePlan" in story
    assert story.splitlines()[-1].startswith("seed 5: ")


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_that_is_to_be_planted_fits_the_code(bug: Bug) -> None:
    spec = importlib.util.find_spec(bug.module)
    assert spec is not None
    assert spec.origin is not None
    planted = bug.planted_in(Path(spec.origin).read_text())
    compile(planted, bug.module, "exec")


def test_a_bug_that_does_not_fit_is_an_error() -> None:
    with pytest.raises(ValueError, match="fits 0 places"):
        BUGS[0].planted_in("something else")


@pytest.mark.parametrize("name", ["a claim is no compare-and-set", "a run has the number of the one before"])
def test_a_planted_bug_is_found(name: str) -> None:
    (number,) = (number for number, bug in enumerate(BUGS) if bug.name == name)
    assert command.hunt(number, first=0, seeds=60) is not None


def test_the_last_line_counts_and_the_exit_code_tells(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--seeds", "2"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("2 seeds, 2")


def test_a_violation_is_told_with_its_seed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fails(seed: int, least_faults: int) -> Outcome:
        return run_seed(seed, least_faults)._replace(violation=Violation("a rule", "is broken"))

    monkeypatch.setattr(command, "run_seed", fails)

    assert command.main(["--seeds", "1", "--first", "7"]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "seed 7: a rule: is broken; see it: scripts/simulate --seed 7"
    assert told[-1].endswith(" faults, 1 violation")


@pytest.mark.parametrize(("arguments", "told"), [(["--seeds", "0"], "use 1 or more"), (["--first", "-1"], "use 0")])
def test_what_makes_no_sense_is_refused(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(arguments)
    assert told in capsys.readouterr().err
