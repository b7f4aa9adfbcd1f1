"""``scripts/fuzz``: runs targets for a while, tells executions, rate and findings, and keeps the inputs that failed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.fuzz.catalog import TARGETS
from tests.fuzz.fuzzing import Report, fuzz, saved, try_one
from tests.fuzz.target import Target


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 1 when anything was found."""
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="for each target (default: 5)")
    parser.add_argument("--target", action="append", choices=[one.name for one in TARGETS], help="repeatable; all")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same inputs (default: 1)")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"), metavar="FOLDER", help="for what failed")
    parser.add_argument("--input", type=Path, metavar="FILE", help="try this one input of --target instead")
    asked = parser.parse_args(argv)
    chosen = [one for one in TARGETS if not asked.target or one.name in asked.target]
    if asked.input is not None:
        return _retry(chosen[0], asked.input)
    reports = [_run(one, asked.seed, asked.seconds, asked.keep) for one in chosen]
    found = sum(len(report.findings) for report in reports)
    print(f"{sum(report.executions for report in reports):,} executions, {found} findings (seed {asked.seed})")
    return 1 if found else 0


def _run(target: Target, seed: int, seconds: float, keep: Path) -> Report:
    report = fuzz(target, seed, seconds=seconds)
    print(report.line(), flush=True)
    for finding in report.findings:
        print(
            f"  {finding.place}: {finding.told.strip().splitlines()[-1][:200]}\n    {saved(keep, target.name, finding)}"
        )
    return report


def _retry(target: Target, path: Path) -> int:
    with target.open() as attempt:
        found = try_one(target, attempt, path.read_bytes())
    print("nothing is found" if isinstance(found, bool) else found.told)
    return 0 if isinstance(found, bool) else 1


if __name__ == "__main__":
    sys.exit(main())
