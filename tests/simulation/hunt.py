"""Hunts one planted bug, in a process of its own: the first seed that finds it, and by which rule.

Nothing of the project is imported before the bug is planted.
"""

from __future__ import annotations

import json
import logging
import sys
import time

from tests.simulation.planted import BUGS, plant


def main(number: int, first: int, seeds: int) -> None:
    """Print what was found, as JSON."""
    plant(BUGS[number])
    from tests.simulation.run import run_seed

    logging.disable(logging.CRITICAL)
    began = time.monotonic()
    for seed in range(first, first + seeds):
        violation = run_seed(seed).violation
        if violation is not None:
            seconds = round(time.monotonic() - began, 1)
            print(json.dumps({"seed": seed, "seeds": seed - first + 1, "rule": violation.rule, "seconds": seconds}))
            return
    print(json.dumps(None))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
