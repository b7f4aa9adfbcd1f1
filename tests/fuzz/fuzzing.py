"""Runs a target: inputs from a seed, each with a limit of its own, and what was found cut down to what matters.

The same seed makes the same inputs, however long a run goes on.
"""

from __future__ import annotations

import logging
import resource
import signal
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from tests.fuzz.mutating import mutated
from tests.fuzz.target import Attempt, Target

MOST_CPU_SECONDS: Final = 3.0
"""What one input may cost; CPU seconds, so that a busy machine finds nothing that is not there."""

MOST_GROWTH_MB: Final = 512
"""How much a process may grow over one input, however many there are."""

MOST_FINDINGS: Final = 20
MOST_SHRINKING_SECONDS: Final = 10.0
_SHOWN_BYTES: Final = 40


class TooLong(BaseException):
    """One input took more than its CPU time. No Exception: code that survives any of these must not survive this."""


class TooLarge(Exception):
    """The process grew more than inputs may make it."""


class Finding(NamedTuple):
    """An input whose outcome is not allowed; ``place`` tells two findings apart, ``told`` is the traceback."""

    data: bytes
    place: str
    told: str


class Report(NamedTuple):
    """What a run did.

    ``refused``: of the executions, those that ended in an allowed refusal. ``peak_mb``: of the whole process, imports
    and all. ``slowest``: the input that took the most CPU time, and how much.
    """

    target: str
    executions: int
    refused: int
    seconds: float
    findings: tuple[Finding, ...]
    peak_mb: int
    slowest: tuple[float, bytes]

    def line(self) -> str:
        """All of it in one line."""
        rate = self.executions / self.seconds if self.seconds else 0.0
        slowest_seconds, slowest = self.slowest
        return (
            f"{self.target:18} {self.executions:9,} executions, {rate:7,.0f}/s, {self.refused:9,} refused, "
            f"{len(self.findings)} findings, {self.peak_mb:4} MB, slowest {slowest_seconds * 1000:4.0f} ms: "
            f"{len(slowest):,} bytes {slowest[:_SHOWN_BYTES]!r}"
        )


def fuzz(target: Target, seed: int, *, executions: int | None = None, seconds: float | None = None) -> Report:
    """Run a target for so many executions, or so many seconds; its seeds, unchanged, come first."""
    random = Random(f"{target.name}:{seed}")  # noqa: S311 - inputs, not secrets
    seeds = tuple(target.seeds())
    done = refused = 0
    slowest = (0.0, b"")
    findings: dict[str, Finding] = {}
    began = time.monotonic()
    with _silence(), target.open() as attempt:
        _forget_peak()
        for data in _inputs(target, random, seeds):
            is_over = seconds is not None and time.monotonic() - began > seconds
            if done == executions or is_over or len(findings) >= MOST_FINDINGS:
                break
            done += 1
            used = time.process_time()
            found = try_one(target, attempt, data)
            slowest = max(slowest, (time.process_time() - used, data))
            if isinstance(found, Finding):
                if found.place not in findings:
                    findings[found.place] = shrunk(target, attempt, found)
            else:
                refused += not found
        peak_mb = _peak_mb()
    seconds_used = time.monotonic() - began
    return Report(target.name, done, refused, seconds_used, tuple(findings.values()), peak_mb, slowest)


def try_one(target: Target, attempt: Attempt, data: bytes) -> Finding | bool:
    """True: it was taken; False: refused as it may be."""
    before = _peak_mb()
    try:
        with _limited():
            attempt(data)
        _check_growth(_peak_mb() - before, data)
    except target.refusals:
        return False
    except (Exception, TooLong) as error:  # noqa: BLE001 - that is what is looked for
        return Finding(data, _place(error), "".join(traceback.format_exception(error, limit=-12)))
    return True


def shrunk(target: Target, attempt: Attempt, finding: Finding) -> Finding:
    """The same finding with as little input as can be found in a while."""
    until = time.monotonic() + MOST_SHRINKING_SECONDS
    best, size = finding, max(1, len(finding.data) // 2)
    while time.monotonic() < until:
        for start in range(0, len(best.data), size):
            found = try_one(target, attempt, best.data[:start] + best.data[start + size :])
            if isinstance(found, Finding) and found.place == finding.place:
                best = found
                break
            if time.monotonic() > until:
                break
        else:
            if size == 1:
                break
            size //= 2
    return best


def saved(folder: Path, target: str, finding: Finding) -> Path:
    """Keep the input where it can be tried again, with its traceback beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    name = "".join(letter if letter.isalnum() else "-" for letter in f"{target}-{finding.place}")[:100]
    path = folder / f"{name}.bin"
    path.write_bytes(finding.data)
    path.with_suffix(".txt").write_text(finding.told, encoding="utf-8", errors="backslashreplace")
    return path


def _inputs(target: Target, random: Random, seeds: tuple[bytes, ...]) -> Iterator[bytes]:
    yield from seeds
    while True:
        if target.mutate is not None and random.random() < 0.7:
            yield target.mutate(random, random.choice(seeds))
        else:
            yield mutated(random, seeds, target.words)


@contextmanager
def _silence() -> Iterator[None]:
    """Programs log every refusal."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


@contextmanager
def _limited() -> Iterator[None]:
    def late(_number: int, _frame: object) -> None:
        raise TooLong(f"more than {MOST_CPU_SECONDS:g} CPU seconds")

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, MOST_CPU_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _check_growth(grown_mb: int, data: bytes) -> None:
    if grown_mb > MOST_GROWTH_MB:
        raise TooLarge(f"{grown_mb} MB for {len(data)} bytes")


def _forget_peak() -> None:
    """The kernel's memory of how large this process ever was; a target tells its own."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _place(error: BaseException) -> str:
    """The kind of the error, and the last place of ours that it went through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/synergy/" in frame.filename or "/fuzz/targets/" in frame.filename]
    last = ours[-1] if ours else None
    return f"{type(error).__name__}@{Path(last.filename).stem}.{last.name}" if last else type(error).__name__
