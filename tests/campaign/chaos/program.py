"""Faults at random in a real deployment at work, drawn from a seed: what ``scripts/chaos`` runs.

After the last fault everything must heal by itself; then records, audit and the jobs' own journal must show that
nothing was lost, nothing was done twice, and nothing is stuck.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from tests.campaign.chaos.acts import INSIDE, NoVictim
from tests.campaign.chaos.field import Field, field
from tests.campaign.chaos.healing import heal, keep, take_evidence
from tests.campaign.chaos.keeper import Keeper
from tests.campaign.chaos.operator import Operator
from tests.campaign.chaos.outside import OUTSIDE
from tests.campaign.chaos.plan import BACKENDS, Fault, plan_faults
from tests.campaign.chaos.story import Story
from tests.campaign.chaos.verdict import Finding, Harm, findings_of, last_line

SECONDS: Final = 60.0
HANDS: Final = 16
"""How many faults may last at the same time."""
PATIENCE_SECONDS: Final = 5.0
"""So long a fault waits for the one before it on the same resource."""
TOLD: Final = 50
"""How many findings are spelled out."""
ACTS: Final = {**INSIDE, **OUTSIDE}


class Hands:
    """Does to a deployment what a plan says, each fault in a thread of its own; a context that ends with the last."""

    def __init__(self, made: Field, operator: Operator) -> None:
        self._field = made
        self._operator = operator
        self._busy: dict[str, threading.Lock] = defaultdict(threading.Lock)

    def do(self, faults: Sequence[Fault]) -> None:
        """All of them, each when its time has come; returns when the last one is over."""
        began = time.monotonic()
        over = self._field.over
        with ThreadPoolExecutor(HANDS) as pool:
            try:
                for fault in faults:
                    if over.wait(max(0.0, began + fault.at - time.monotonic())):
                        return
                    pool.submit(self._suffer, fault)
            except BaseException:
                over.set()
                raise

    def _suffer(self, fault: Fault) -> None:
        """One fault; one of a resource that is still away, because a server took long to come back, waits a little."""
        busy = self._busy[fault.resource]
        if not busy.acquire(timeout=PATIENCE_SECONDS):
            self._field.story.missed_it(fault.kind, f"{fault.resource} is not back yet")
            return
        try:
            self._inflict(fault)
        finally:
            busy.release()

    def _inflict(self, fault: Fault) -> None:
        story, over = self._field.story, self._field.over
        if over.is_set():
            return
        began = time.monotonic()
        try:
            with ACTS[fault.kind](self._field, self._operator, fault) as what:
                lasts = f"{what} for {fault.seconds:.1f} s" if fault.seconds else what
                story.happened(fault.kind, lasts.strip())
                over.wait(fault.seconds)
        except NoVictim as error:
            story.missed_it(fault.kind, str(error))
        except (AssertionError, OSError, subprocess.SubprocessError) as error:
            story.complain(f"{fault.kind}: {type(error).__name__}: {error}")
        finally:
            story.is_over(fault.kind, began)


def run(backend: str, seconds: float, seed: int) -> int:
    """Run a campaign; the exit code: 0 only when nothing was lost, done twice or stuck."""
    story = Story()
    faults = plan_faults(seed, seconds, backend)
    with field(backend, story) as made:
        made.start()
        story.begin(f"{backend}, seed {seed}: {len(faults)} faults within {seconds:g} s; {_means(made)}")
        operator = Operator(made.main, story, made.over)
        with Keeper(made.kept(), story):
            Hands(made, operator).do(faults)
            story.tell("the last fault is over; now everything must heal")
            healed = heal(made, operator)
        evidence = take_evidence(made, operator, healed)
        findings = findings_of(evidence)
        findings += [Finding(Harm.STUCK, complaint) for complaint in story.complaints]
        if findings:
            story.tell(f"what is left of it is kept in {keep(made, evidence)}")
    records = evidence.records
    again = sum(1 for archived in records.uows if archived.uow.attempt > 1)
    ends = sum(1 for line in evidence.journal if line.what == "ends")
    _say("")
    for kind, count in sorted(story.injected.items()):
        _say(f"{count:6d}  {kind}")
    if story.missed:
        _say(f"{sum(story.missed.values()):6d}  found nobody to happen to")
    _say(
        f"{len(records.jobs)} jobs, {len(records.uows)} units of work, {len(records.attempts)} attempts, {ends} runs "
        f"that came to their end; {again} units were offered again, {len(evidence.acknowledged)} changes were made"
    )
    for reason, count in Counter(attempt.exit_reason or "well" for attempt in records.attempts).most_common(TOLD):
        _say(f"{count:6d}  attempts ended: {reason}")
    for finding in findings[:TOLD]:
        _say(f"{finding.harm}: {finding.text}")
    if len(findings) > TOLD:
        _say(f"… and {len(findings) - TOLD} more")
    _say(last_line(sum(story.injected.values()), findings))
    return 1 if findings else 0


def _means(made: Field) -> str:
    disk = "a full disk is a small one that is filled"
    if made.no_disk is not None:
        disk = f"a full disk is files that may not grow ({made.no_disk})"
    clock = "clocks are stepped by libfaketime" if made.clocks else "no clock is stepped: there is no libfaketime"
    return f"{disk}; {clock}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """The program."""
    parser = argparse.ArgumentParser(prog="scripts/chaos", description=__doc__, allow_abbrev=False)
    parser.add_argument("--backend", choices=BACKENDS, default=BACKENDS[0])
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long faults happen (default: 60)")
    parser.add_argument("--seed", type=int, default=None, help="the same faults again (default: new ones)")
    options = parser.parse_args()
    if options.seconds <= 0:
        parser.error(f"--seconds {options.seconds:g} is not above 0")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # what was started is stopped first
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1, 1_000_000)
    try:
        return run(options.backend, options.seconds, seed)
    except KeyboardInterrupt:
        _say("interrupted; all that was started is stopped")
        return 128 + signal.SIGINT


if __name__ == "__main__":
    sys.exit(main())
