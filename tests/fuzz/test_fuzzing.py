"""A short run of every target, and that a run finds what there is: with the smallest input, each time the same."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random

import pytest

from synergy.core.control import requests as q
from synergy.core.control.methods import METHODS
from tests.fuzz import fuzzing
from tests.fuzz.__main__ import main
from tests.fuzz.catalog import TARGETS
from tests.fuzz.fuzzing import Finding, fuzz, saved, try_one
from tests.fuzz.mutating import LONGEST_BYTES, mutated, mutated_json
from tests.fuzz.target import Target, always
from tests.fuzz.targets.control_requests import REQUESTS

SLOW = {
    "damaged_store": 15,
    "damaged_log": 15,
    "console_filter": 150,
    "console_log_filter": 25,
    "definition_values": 200,
}
QUICK = 1_000
"""Executions of a target in the quick gate: some tenths of a second each."""


def touchy(data: bytes) -> None:
    """Refuses what has no ``a``, and stumbles over an ``x``."""
    if b"a" not in data:
        raise KeyError(data)
    assert b"x" not in data


TOUCHY = Target("touchy", lambda: (b"aaaaaaaaaaaa",), always(touchy), (KeyError,), (b"x",))


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_nothing_is_found(target: Target, tmp_path: Path) -> None:
    report = fuzz(target, seed=1, executions=SLOW.get(target.name, QUICK))
    kept = [f"{saved(tmp_path, target.name, finding)}\n{finding.told}" for finding in report.findings]
    assert not kept, "\n".join(kept)
    assert report.executions == SLOW.get(target.name, QUICK)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_the_seeds_of_a_target_are_right_inputs(target: Target) -> None:
    with target.open() as attempt:
        outcomes = [try_one(target, attempt, seed) for seed in target.seeds()]
    assert True in outcomes


def test_every_method_of_the_control_protocol_is_among_the_seeds() -> None:
    elsewhere = {q.Hello, q.Subscribe, q.FollowLog, q.Shutdown}  # a session's own, and the end of the target
    assert {type(request) for request in REQUESTS} | elsewhere == set(METHODS.values())


def test_what_fails_is_found_and_cut_down() -> None:
    report = fuzz(TOUCHY, seed=1, executions=2_000)
    (finding,) = report.findings
    assert sorted(finding.data) == sorted(b"ax")
    assert finding.place == "AssertionError"
    assert report.refused > 0
    assert "1 findings" in report.line()


def test_the_same_seed_makes_the_same_inputs() -> None:
    def inputs(seed: int) -> list[bytes]:
        seen: list[bytes] = []
        fuzz(TOUCHY._replace(open=always(seen.append)), seed, executions=300)
        return seen

    assert inputs(1) == inputs(1)
    assert inputs(1) != inputs(2)


def test_what_never_ends_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzzing, "MOST_CPU_SECONDS", 0.05)

    def turn(_data: bytes) -> None:
        while True:
            time.monotonic()

    found = try_one(TOUCHY, turn, b"a")
    assert isinstance(found, Finding)
    assert found.place.startswith("TooLong")


def test_what_takes_too_much_memory_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzzing, "MOST_GROWTH_MB", 20)
    peaks = iter((100, 150, 150))
    monkeypatch.setattr(fuzzing, "_peak_mb", lambda: next(peaks))
    found = try_one(TOUCHY, touchy, b"a")
    assert isinstance(found, Finding)
    assert found.place == "TooLarge"


def test_the_program_keeps_what_failed_and_tries_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tests.fuzz.__main__.TARGETS", (TOUCHY,))
    assert main(["--seconds", "0.5", "--keep", str(tmp_path)]) == 1
    (kept,) = tmp_path.glob("*.bin")
    assert str(kept) in capsys.readouterr().out
    assert main(["--target", "touchy", "--input", str(kept)]) == 1
    kept.write_bytes(b"a")
    assert main(["--target", "touchy", "--input", str(kept)]) == 0


def test_inputs_have_a_bounded_length_and_json_stays_json() -> None:
    random = Random(3)  # noqa: S311 - inputs, not secrets
    for _ in range(500):
        assert len(mutated(random, [b"abc" * 1000], [b"w"])) <= LONGEST_BYTES
        assert mutated_json(random, b'{"a":[1,2,{"b":null}]}')
