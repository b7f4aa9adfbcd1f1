"""Orphans of ended processes are adopted and reaped."""

from __future__ import annotations

import subprocess
import sys

SUBREAPER = """
import os, subprocess
from synergy.worker.process_table import read_table
from synergy.worker.reaping import Reaper, become_subreaper
from tests.waiting import poll

def ours():
    return [row for row in read_table().values() if row.parent == os.getpid()]

assert become_subreaper()
assert Reaper(adopts=False).orphans() == ()
reaper = Reaper(adopts=True)
subprocess.run(["sh", "-c", "sleep 0.3 & sleep 600 & exit 0"], check=True)
poll(lambda: len(reaper.orphans()) == 2)
poll(lambda: len(reaper.orphans()) == 1)
(orphan,) = reaper.orphans()
os.kill(orphan, 9)
poll(lambda: reaper.orphans() == ())
poll(lambda: ours() == [])
print("reaped")
"""


def test_orphans_are_adopted_and_reaped() -> None:
    done = subprocess.run([sys.executable, "-c", SUBREAPER], check=False, capture_output=True, text=True, timeout=30)
    assert (done.stdout, done.stderr) == ("reaped\n", "")
