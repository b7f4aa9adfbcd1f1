"""The operator of a campaign: asks for changes at random, and repeats those of which it got no answer."""

from __future__ import annotations

import json
import random
import subprocess
import threading
from datetime import datetime, timedelta
from typing import Any, Final

from tests.campaign.chaos.story import Story
from tests.campaign.chaos.workload import START, START_STAMP
from tests.endtoend.deployment import Deployment, Done

REFUSALS: Final = {1, 3, 4, 6, 7, 8}
"""Exit codes of an answer that is an answer: not legal now, overtaken, partly done, not proved yet."""
USAGE: Final = 2
NO_ANSWER: Final = 9
TRIES: Final = 8
PAUSE_SECONDS: Final = 1.0
PAST_HOURS: Final = 40


class Operator:
    """Remembers which changes it was told are made."""

    def __init__(self, deployment: Deployment, story: Story, over: threading.Event) -> None:
        self.acknowledged: list[str] = []
        """Plans, by their ids, that were said to be carried out."""
        self._deployment = deployment
        self._story = story
        self._over = over

    def change(self, words: list[str], key: str) -> str:
        """Ask for a change, again and again until there is an answer; what the answer was."""
        for _ in range(TRIES):
            done = self._ask([*words, "--yes", "--key", key, "-o", "json"])
            if done is None:
                return "no answer"
            if done.returncode != NO_ANSWER:
                return self._heard(words, done)
            if self._over.wait(PAUSE_SECONDS):
                break
        return "no answer"

    def batches(self) -> list[str]:
        """The batches that are under way, as far as somebody says."""
        done = self._ask(["batch", "ls", "-o", "json"])
        if done is None or done.returncode:
            return []
        return [row["directive_id"] for row in json.loads(done.stdout)]

    def _ask(self, words: list[str]) -> Done | None:
        try:
            return self._deployment.ctl(*words, expect=None)
        except (AssertionError, subprocess.TimeoutExpired) as error:
            self._story.complain(f"synergyctl {' '.join(words)}: {error}")
            return None

    def _heard(self, words: list[str], done: Done) -> str:
        if done.returncode not in {0, *REFUSALS} and not _is_yet_to_come(done):
            self._story.complain(f"synergyctl {' '.join(words)}: exit {done.returncode}: {done.stderr.strip()}")
        answer: dict[str, Any] = json.loads(done.stdout) if done.stdout else {}
        if plan_id := answer.get("plan_id"):
            self.acknowledged.append(plan_id)
        return f"exit {done.returncode}, {plan_id}" if plan_id else f"exit {done.returncode}"


def _is_yet_to_come(done: Done) -> bool:
    """A daemon that was begun while its clock was wrong may be behind: then the period does not exist yet."""
    return done.returncode == USAGE and '"not_found"' in done.stderr


def some_change(draw: int, hours: float, batches: list[str]) -> list[str]:
    """A change of something in the latest ``hours`` of the schedule, as words of synergyctl. Pure."""
    chance = random.Random(draw)  # noqa: S311 - no secrets
    last = max(1, int(hours))
    first = max(0, last - chance.randrange(PAST_HOURS))
    length = chance.randrange(1, 7)
    process_name = chance.choice(["Calls", "Commands"])
    jobs = f"{process_name}@{stamp(first)}..{stamp(first + length - 1)}"
    day = f"CallsDaily@{stamp(first - first % 24)}"
    changes = [
        ["reprocess", jobs, "--no-wait"],
        ["reprocess", day, "--no-wait"],
        ["skip", f"{process_name}@{stamp(last)}", "--no-wait"],
        ["cancel", f"{process_name}@{stamp(last - 1)}..{stamp(last)}", "--no-wait"],
        ["undo", "--no-wait"],
        ["reprocess", jobs, "--max-parallel", str(chance.randrange(1, 4)), "--no-wait"],
    ]
    if batches:
        changes.append(["batch", chance.choice(["pause", "resume", "cancel"]), chance.choice(batches)])
    return chance.choice(changes)


def some_hold(draw: int, hours: float) -> str:
    """What is held for a while: a process, or some hours of it. Pure."""
    chance = random.Random(draw)  # noqa: S311 - no secrets
    at = int(hours)
    return chance.choice(["Calls", "Commands", f"Calls@{stamp(at)}..{stamp(at + 3)}", f"Commands@{stamp(at)}.."])


def stamp(hours: int) -> str:
    """The timeperiod that begins so many hours after the first one."""
    at = datetime.fromisoformat(START_STAMP) + timedelta(hours=max(0, hours))
    return f"{at:%Y%m%d%H}" if hours > 0 else START
