"""The true reason why an attempt ended, in the words that are stored and shown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from synergy.core.states import UowState
from synergy.worker.frames import Outcome

CANCELED: Final = "canceled"
OUT_OF_MEMORY: Final = "out of memory"
SIGKILL: Final = 9


def time_limit_reason(seconds: float) -> str:
    """``time limit 300 s``."""
    return f"time limit {seconds:g} s"


def memory_limit_reason(limit_mb: int, held_mb: int) -> str:
    """``memory limit 500 MB (612 MB held)``."""
    return f"memory limit {limit_mb:,} MB ({held_mb:,} MB held)"


def import_limit_reason(run: str, seconds: float) -> str:
    """``importing module jobs took more than 30 s``."""
    return f"importing module {run.partition(':')[0]} took more than {seconds:g} s"


def command_outcome(return_code: int, noop_exit_codes: Sequence[int], *, oom_killed: bool) -> Outcome:
    """What an exit code means: 0 processed, a noop code noop, anything else invalid; negative is a signal's number."""
    if return_code == 0:
        return Outcome(UowState.PROCESSED)
    if return_code in noop_exit_codes:
        return Outcome(UowState.NOOP, reason=f"exit {return_code}")
    return Outcome(UowState.INVALID, reason=death_reason(return_code, oom_killed=oom_killed))


def death_reason(return_code: int, *, oom_killed: bool) -> str:
    """``exit 3``, ``signal 9`` or ``out of memory``."""
    if return_code == -SIGKILL and oom_killed:
        return OUT_OF_MEMORY
    return f"signal {-return_code}" if return_code < 0 else f"exit {return_code}"


class OomWatch:
    """Tells a death by the kernel's out-of-memory killer from any other signal 9, by the kernel's own counter.

    The counter is the control group's where there is one of version 2, else the whole machine's.
    """

    def __init__(self, sources: Sequence[Path] = (Path("/sys/fs/cgroup/memory.events"), Path("/proc/vmstat"))) -> None:
        self._sources = sources
        self._seen = self._count()

    def killed_since(self) -> bool:
        """True when the counter rose since it was last asked."""
        before, self._seen = self._seen, self._count()
        return self._seen > before

    def _count(self) -> int:
        for source in self._sources:
            try:
                text = source.read_text()
            except OSError:
                continue
            for line in text.splitlines():
                name, _, value = line.partition(" ")
                if name == "oom_kill":
                    return int(value)
        return 0
