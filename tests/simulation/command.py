"""``scripts/simulate``: runs seeds, replays one, or shows that planted bugs are found."""

from __future__ import annotations

import argparse
import gc
import json
import logging
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final, NamedTuple

from synergy.core.counting import counted
from tests.simulation.planted import BUGS
from tests.simulation.run import LEAST_FAULTS, run_seed

ROOT: Final = Path(__file__).parents[2]
SEEDS: Final = 100
HUNT_SEEDS: Final = 600
HUNT_SECONDS: Final = 900.0


class Told(NamedTuple):
    """What a seed came to; ``violation`` is None when every rule held."""

    seed: int
    faults: Counter[str]
    verbs: int
    attempts: int
    violation: str | None


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments say; returns the exit code."""
    asked = _parser().parse_args(arguments)
    if asked.mutations:
        return hunt_all(asked.first, asked.seeds or HUNT_SEEDS)
    if asked.seed is not None:
        return replay(asked.seed, asked.faults)
    return run(range(asked.first, asked.first + (asked.seeds or SEEDS)), asked.faults, asked.processes)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/simulate", description=__doc__)
    parser.add_argument(
        "--seeds", type=_count, metavar="N", help=f"how many seeds ({SEEDS}; {HUNT_SEEDS} per mutation)"
    )
    parser.add_argument("--first", type=_number, default=0, metavar="S", help="the first one (0)")
    parser.add_argument(
        "--faults", type=_number, default=LEAST_FAULTS, metavar="N", help="at least so many faults each"
    )
    parser.add_argument("--seed", type=_number, metavar="S", help="live through this one again, and print its story")
    parser.add_argument("--processes", type=_count, default=1, metavar="N", help="so many at a time (1)")
    parser.add_argument("--mutations", action="store_true", help="plant one bug after the other; each must be found")
    return parser


def _number(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is negative; use 0 or more")
    return number


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is too few; use 1 or more")
    return number


def replay(seed: int, faults: int) -> int:
    """Print a seed's story."""
    outcome = run_seed(seed, faults)
    print("\n".join(outcome.world.story.written()))
    told = f"{outcome.faults} faults, story {outcome.world.story.digest()}"
    print(f"seed {seed}: {told}, {outcome.violation or 'all holds'}")
    return int(outcome.violation is not None)


def run(seeds: Sequence[int], faults: int, processes: int) -> int:
    """Live through many; a violation is told at once."""
    began, all_faults, violations, verbs, attempts = time.monotonic(), Counter[str](), 0, 0, 0
    for told in _told(seeds, faults, processes):
        all_faults += told.faults
        verbs += told.verbs
        attempts += told.attempts
        if told.violation is not None:
            violations += 1
            print(f"seed {told.seed}: {told.violation[:600]}; see it: scripts/simulate --seed {told.seed}", flush=True)
    for kind, count in all_faults.most_common():
        print(f"{count:>9,}  {kind}")
    print(f"{verbs:,} requests of operators, {attempts:,} attempts begun, {time.monotonic() - began:.1f} s")
    print(f"{counted(len(seeds), 'seed')}, {all_faults.total():,} faults, {counted(violations, 'violation')}")
    return int(violations > 0)


def _told(seeds: Sequence[int], faults: int, processes: int) -> Iterator[Told]:
    tell = partial(_tell, faults=faults)
    if processes == 1:
        yield from map(tell, seeds)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_prepare) as pool:
        yield from pool.map(tell, seeds, chunksize=5)


def _prepare() -> None:
    """What the simulated deployments log is of no interest; and what is loaded now lives as long as the process."""
    logging.disable(logging.CRITICAL)
    gc.freeze()


def _tell(seed: int, faults: int) -> Told:
    outcome = run_seed(seed, faults)
    story = outcome.world.story
    attempts = sum(what == "begins" for _, _, what, _ in story.lines)
    violation = None if outcome.violation is None else str(outcome.violation)
    return Told(seed, story.faults, story.verbs.total(), attempts, violation)


def hunt_all(first: int, seeds: int) -> int:
    """Plant one bug after the other; all must be found."""
    survivors = 0
    for number, bug in enumerate(BUGS):
        found = hunt(number, first, seeds)
        if found is None:
            survivors += 1
            print(f"SURVIVES {counted(seeds, 'seed')}: {bug.name}", flush=True)
        else:
            told = f"seed {found['seed']}, the {found['seeds']}. one, {found['seconds']} s"
            print(f"found: {bug.name}\n       {told}: {found['rule']}", flush=True)
    print(f"{counted(len(BUGS), 'planted bug')}, {len(BUGS) - survivors} found, {survivors} not found")
    return int(survivors > 0)


def hunt(number: int, first: int, seeds: int) -> dict[str, object] | None:
    """Which seed finds the bug, and how soon; None when none does."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.simulation.hunt", str(number), str(first), str(seeds)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=HUNT_SECONDS, check=False)
    if done.returncode != 0:
        raise RuntimeError(f'bug "{BUGS[number].name}" cannot be hunted: {done.stderr[-2000:]}')
    found: dict[str, object] | None = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    _prepare()
    sys.exit(main(sys.argv[1:]))
