"""Outages of minutes, one after the other, in a deployment at work: what ``scripts/outages`` runs.

Of each is measured after how many seconds ``synergyctl status`` and the console name what is down, and after how many
work goes on by itself once it is over. In the end the store must show that nothing was lost, and nothing done twice.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from tests.campaign.faults import CUT_OFF, Fault, faults_of
from tests.campaign.plant import BACKENDS, BOXES, Plant, plant
from tests.campaign.verdict import verdict
from tests.campaign.watching import ConsoleWatch, StatusWatch
from tests.campaign.workload import DAILY
from tests.waiting import poll

SECONDS: Final = 60.0
TOLD_SECONDS: Final = 15.0
"""Within this what is down must be named."""
ANSWER_SECONDS: Final = 8.0
"""Within this a status must come, and a change be made or refused: long before any driver gives up."""
GOES_ON_SECONDS: Final = 10.0
"""Within this work must go on after the end."""
STORE_DOWN: Final = 9
"""Exit code of a change that the store cannot take."""


class Course(NamedTuple):
    """How long outages last, and how many times longer than on a quiet machine everything may take."""

    seconds: float = SECONDS
    patience: float = 1.0


class Outcome(NamedTuple):
    """What was seen of one outage, in seconds; None: never. ``wrong``: what was not as it must be."""

    fault: Fault
    status_told: float | None
    words: str
    console_told: float | None
    slowest_answer: float
    goes_on: float | None
    console_clear: float | None
    all_clear: float
    wrong: list[str]

    def line(self) -> str:
        """All of it in one line."""
        return (
            f"{self.fault.name:15} told: status {_seconds(self.status_told)}, console {_seconds(self.console_told)}; "
            f"slowest answer {_seconds(self.slowest_answer)}; after its end: work goes on {_seconds(self.goes_on)}, "
            f"console clear {_seconds(self.console_clear)}, caught up {_seconds(self.all_clear)}: "
            f"{'; '.join(self.wrong) or 'ok'}   [{self.words}]"
        )


class Campaign:
    """Outages in one deployment; each begins when work streams steadily."""

    def __init__(self, plant: Plant, course: Course) -> None:
        self._plant = plant
        self._course = course
        self._status = StatusWatch(plant.main.folder)
        self._console = ConsoleWatch(plant.main.folder)
        self._pid = plant.main.daemon_pid
        plant.backstage.begin(self._status.run())
        plant.backstage.begin(self._console.run())
        poll(lambda: self._status.seen and self._console.is_running, 30, "the watchers watch")

    def suffer(self, fault: Fault) -> Outcome:
        """One outage, from its beginning until all is well again."""
        plant = self._plant
        self._console.expect(fault.badge)
        lost = self._leases_lost()
        began = time.monotonic()
        fault.begin(plant)
        _sleep_until(began + self._course.seconds / 2)
        wrong = self._change(fault)
        _sleep_until(began + self._course.seconds)
        wrong += self._others_at_work(fault, began)
        self._console.expect("Nothing is wrong.")
        fault.end(plant)
        ended, at = time.monotonic(), plant.now
        box_id = fault.component if fault is CUT_OFF else None
        goes_on = _awaited(lambda: plant.witness.begun(at, box_id))
        try:
            plant.await_steady()
        except AssertionError as error:
            wrong.append(str(error))
        clear = time.monotonic() - ended
        told = self._status.first(began, lambda seen: any(each.startswith(fault.says) for each in seen.problems))
        console = self._console.shown.get(fault.badge)
        cleared = self._console.shown.get("Nothing is wrong.")
        slowest = max(seen.answered - seen.asked for seen in self._status.since(began))
        outcome = Outcome(
            fault,
            told and told.answered - began,
            next((each for each in told.problems if each.startswith(fault.says)), "") if told else "",
            console and console - began,
            slowest,
            goes_on and goes_on - at,
            cleared and cleared - ended,
            clear,
            wrong,
        )
        return outcome._replace(
            wrong=[*wrong, *_judged(outcome, self._course.patience), *self._state_of_daemon(began, fault, lost)]
        )

    def _change(self, fault: Fault) -> list[str]:
        """Ask for a change in the middle of it: with the store down it is refused, with its reason, else it is made."""
        began = time.monotonic()
        try:
            done = self._plant.main.ctl("activate", DAILY, expect=None)
        except subprocess.TimeoutExpired:
            return ["a change was not answered"]
        wrong = []
        if (seconds := time.monotonic() - began) > ANSWER_SECONDS * self._course.patience:
            wrong.append(f"a change was answered after {seconds:.1f} s")
        wanted = STORE_DOWN if fault.component == "store" else 0
        if done.returncode != wanted or (wanted and "store" not in done.stderr):
            wrong.append(f"a change ended with {done.returncode}: {done.stderr.strip()}")
        return wrong

    def _others_at_work(self, fault: Fault, began: float) -> list[str]:
        """Who is not cut off works all the time."""
        if fault is not CUT_OFF:
            return []
        since = self._plant.now - min(10.0, time.monotonic() - began)
        return [] if self._plant.witness.begun(since, BOXES[0]) else [f"{BOXES[0]} stood still"]

    def _state_of_daemon(self, began: float, fault: Fault, lost: Sequence[str]) -> list[str]:
        wrong = []
        if self._plant.main.daemon_pid != self._pid:
            wrong.append("the daemon did not live through it")
        if unanswered := [seen for seen in self._status.since(began) if not seen.told]:
            wrong.append(f"{len(unanswered)} of its status had no answer: {unanswered[0].complaint.strip()}")
        gone = self._leases_lost()[len(lost) :]
        others = [line for line in gone if fault is not CUT_OFF or fault.component not in line]
        if others:
            wrong.append(f"leases were lost: {others}")
        if fault is CUT_OFF and not gone:
            wrong.append("it was cut off for less than its lease: let it last longer")
        return wrong

    def _leases_lost(self) -> list[str]:
        return [line for line in self._plant.main.logged().splitlines() if '"action":"lease_lost"' in line]


def _judged(outcome: Outcome, patience: float) -> list[str]:
    limits = (
        ("status told it", outcome.status_told, TOLD_SECONDS),
        ("the console told it", outcome.console_told, TOLD_SECONDS),
        ("a status came", outcome.slowest_answer, ANSWER_SECONDS),
        ("work went on", outcome.goes_on, GOES_ON_SECONDS),
    )
    return [
        f"{what} {'never' if seconds is None else f'after {seconds:.1f} s'}"
        for what, seconds, limit in limits
        if seconds is None or seconds > limit * patience
    ]


def run(backend: str, chosen: Sequence[str], course: Course) -> int:
    """Run the outages whose names contain one of ``chosen`` (all when there is none); the exit code."""
    faults = [fault for fault in faults_of(backend) if not chosen or any(word in fault.name for word in chosen)]
    bad = 0
    with plant(backend) as made:
        made.start()
        _say(f"{backend}: {len(faults)} outages of {course.seconds:g} s, {len(BOXES)} boxes")
        campaign = Campaign(made, course)
        for fault in faults:
            outcome = campaign.suffer(fault)
            bad += bool(outcome.wrong)
            _say(outcome.line())
        totals, wrong = verdict(made)
        for each in wrong:
            _say(f"wrong: {each}")
    held = not bad and not wrong
    _say(f"{backend}: {totals}; {bad} of {len(faults)} outages and {len(wrong)} records are not as they must be")
    _say("everything held" if held else "NOT everything held")
    return 0 if held else 1


def main() -> int:
    """The program."""
    parser = argparse.ArgumentParser(prog="scripts/outages", description=__doc__, allow_abbrev=False)
    parser.add_argument("--backend", choices=BACKENDS, default=BACKENDS[0])
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long each outage lasts (default: 60)")
    parser.add_argument("fault", nargs="*", help="only outages whose name contains this: store, frozen, box")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # what was started is stopped first
    return run(options.backend, options.fault, Course(options.seconds))


def _awaited(look: Callable[[], float | None]) -> float | None:
    found: list[float] = []

    def is_there() -> bool:
        if (at := look()) is not None:
            found.append(at)
        return bool(found)

    try:
        poll(is_there, SECONDS, "work goes on")
    except AssertionError:
        return None
    return found[0]


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


def _seconds(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.1f} s"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
