"""A short run of the simulation: the rules hold, a seed replays exactly, and planted bugs are found.

Worlds are lived through in processes of their own: what dies in them leaves coroutines that never end.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.simulation import command
from tests.simulation.planted import BUGS, Bug
from tests.simulation.world import SLOTS

SEEDS_AT_A_TIME = 20


def simulate(*arguments: str, hash_seed: str = "0") -> str:
    """What ``scripts/simulate`` says, when all rules hold."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.simulation.command", *arguments],
        cwd=command.ROOT, env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True, text=True, check=False, timeout=500,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


@pytest.mark.parametrize("first", range(0, 100, SEEDS_AT_A_TIME))
def test_nothing_is_lost_double_or_stuck_whatever_fails(first: int) -> None:
    told = simulate("--first", str(first), "--seeds", str(SEEDS_AT_A_TIME)).splitlines()[-1]

    counted = re.fullmatch(rf"{SEEDS_AT_A_TIME} seeds, ([\d,]+) faults, 0 violations", told)
    assert counted is not None, told
    assert int(counted[1].replace(",", "")) >= SEEDS_AT_A_TIME * 100


def test_a_seed_is_lived_through_the_same_way_in_any_process() -> None:
    story, again = (simulate("--seed", "5", hash_seed=order) for order in ("1", "2"))
    assert story == again
    assert "!! dies" in story
    assert "MakePlan" in story
    assert story.splitlines()[-1].startswith("seed 5: ")


def test_in_some_worlds_more_is_claimed_than_there_are_slots() -> None:
    def most_held(seed: int) -> int:
        held: dict[str, str] = {}
        most = 0
        for state, uow_id, box in re.findall(r" store +([a-z ]+) (\S+@\S+) \d+ ?(\S*)", simulate("--seed", str(seed))):
            held.pop(uow_id, None)
            if state == "in progress":
                held[uow_id] = box
                most = max(most, *Counter(held.values()).values())
        return most

    assert most_held(8) < 2 * SLOTS < most_held(9)


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


@pytest.mark.parametrize(
    "name",
    [
        "a claim is no compare-and-set",
        "a run is taken as fresh by the clock of its box",
        "a run has the number of the one before",
    ],
)
def test_a_planted_bug_is_found(name: str) -> None:
    (number,) = (number for number, bug in enumerate(BUGS) if bug.name == name)
    assert command.hunt(number, first=0, seeds=60) is not None


def test_a_violation_is_told_with_its_seed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def breaks(seed: int, faults: int) -> command.Told:
        return command.Told(seed, Counter({"is killed": faults}), 9, 9, "a rule: is broken")

    monkeypatch.setattr(command, "_tell", breaks)

    assert command.main(["--seeds", "1", "--first", "7", "--faults", "120"]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "seed 7: a rule: is broken; see it: scripts/simulate --seed 7"
    assert told[-1] == "1 seed, 120 faults, 1 violation"


def test_a_planted_bug_that_is_not_found_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "hunt", lambda _number, _first, _seeds: None)

    assert command.main(["--mutations", "--seeds", "3"]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"SURVIVES 3 seeds: {BUGS[0].name}"
    assert told[-1].endswith(f", 0 found, {len(BUGS)} not found")


@pytest.mark.parametrize(("arguments", "told"), [(["--seeds", "0"], "use 1 or more"), (["--first", "-1"], "use 0")])
def test_what_makes_no_sense_is_refused(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(arguments)
    assert told in capsys.readouterr().err
