"""Two attempts' logs compared, as an operator meets it."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import InvalidArgument
from synergy.core.states import UowState
from synergy.tui.commands import Go
from synergy.tui.model.log_targets import read_attempts
from synergy.tui.model.trail import Place
from tests.tui.fake_daemon import FakeDeployment
from tests.tui.operator import console, text_of

JOB = "FlightsDaily@2013010100"
SAME = [f"row {at}" for at in range(20)]
FIRST = ["08:00:00 begin, pid 11", *SAME, "read 842 rows", "no such file"]
SECOND = ["09:30:00 begin, pid 4711", *SAME, "read 843 rows", "done"]


class TwoAttempts(FakeDeployment):
    """A job that ran as often as there are ``runs``, each with its lines."""

    def __init__(self, *runs: list[str]) -> None:
        super().__init__()
        self.runs = runs

    def attempts(self, job: str) -> r.Attempts:
        (row,) = super().attempts(job).attempts
        return r.Attempts(job, tuple(replace(row, number=number) for number, _ in enumerate(self.runs, 1)))

    def log(self, request: q.Logs) -> r.LogPage:
        page = super().log(request)
        number = request.number or len(self.runs)
        texts = self.runs[number - 1]
        first = max(0, len(texts) + request.first_line) if request.first_line < 0 else request.first_line
        lines = [r.LogRow(at, "2026-11-23T08:00:00.000Z", "stdout", "", text) for at, text in enumerate(texts)]
        own = tuple(lines[first : first + request.limit])
        return replace(
            page, attempt=number, number=number, attempts=len(self.runs), first_line=first, total=len(texts), lines=own
        )


async def test_what_changed_between_two_attempts_is_told_by_signs(tmp_path: Path) -> None:
    async with console(tmp_path, TwoAttempts(FIRST, SECOND), start=Go(Place("job", JOB))) as operator:
        await operator.sees("attempt 2")
        await operator.types("v")
        await operator.sees("attempt 1 → 2 of 2", "-1 +1 ~1", "~- read 842 rows", "~+ read 843 rows")
        await operator.sees("-  no such file", "+  done", "⋮  18 equal lines", "difference 1/1", "masked")
        await operator.types("e")
        await operator.sees("~- 08:00:00 begin, pid 11", "-1 +1 ~2", "difference 2/2")
        await operator.types("n")
        await operator.sees("difference 1/2")
        await operator.types("N")
        await operator.sees("difference 2/2")
        await operator.types(">")
        await operator.sees("±5", "row 15")


async def test_a_log_is_compared_with_the_attempt_before(tmp_path: Path) -> None:
    runs = TwoAttempts(FIRST, SECOND, [*SECOND, "more"])
    async with console(tmp_path, runs, start=Go(Place("log", f"{JOB}#2"))) as operator:
        await operator.sees("attempt 2/3")
        await operator.types("v")
        await operator.sees("attempt 1 → 2 of 3")
        await operator.types("right_square_bracket")
        await operator.sees("attempt 2 → 3 of 3", "+  more")
        await operator.enters(f"diff {JOB} 1 3")
        await operator.sees("attempt 1 → 3 of 3")
        await operator.enters(f"diff {JOB} 1 9 9")
        await operator.until(lambda: "names no two attempts" in operator.toasts)


async def test_a_log_that_is_followed_goes_over_to_the_next_attempt(tmp_path: Path) -> None:
    deployment = TwoAttempts(FIRST)
    deployment.live_logs.add(f"{JOB}.1")
    async with console(tmp_path, deployment, start=Go(Place("log", JOB))) as operator:
        await operator.sees("attempt 1/1", "no such file")
        deployment.runs = ([*FIRST], ["other"])
        deployment.finish_uow("FlightsDaily", 0, UowState.IN_PROGRESS)
        await operator.sees("attempt 2/2", "other", "lines 1–1 of 1")
        assert "no such file" not in text_of(operator.app)


async def test_long_logs_are_compared_at_their_ends_and_it_is_said(tmp_path: Path) -> None:
    long = [f"line {at}" for at in range(6000)]
    async with console(tmp_path, TwoAttempts(long, [*long, "x"]), start=Go(Place("diff", JOB))) as operator:
        await operator.sees("only the last 5,000 of 6,001 lines", "+  x")


async def test_a_job_that_ran_once_says_that_there_is_nothing_to_compare(tmp_path: Path) -> None:
    async with console(tmp_path, TwoAttempts(FIRST), start=Go(Place("diff", JOB))) as operator:
        await operator.sees("has run once: there are no two logs", "compare when it has run again")
        assert "Reading" not in text_of(operator.app)


async def test_equal_logs_are_said_to_be_equal(tmp_path: Path) -> None:
    async with console(tmp_path, TwoAttempts(FIRST, FIRST), start=Go(Place("diff", JOB))) as operator:
        await operator.sees("no difference", "23 equal lines")


@pytest.mark.parametrize(
    ("target", "name", "numbers"),
    [(JOB, JOB, ()), (f"{JOB} 3", JOB, (2, 3)), (f"{JOB} 1", JOB, (1, 2)), (f"{JOB} 4 2", JOB, (4, 2))],
)
def test_attempts_are_named_by_their_numbers(target: str, name: str, numbers: tuple[int, ...]) -> None:
    assert read_attempts(target) == (name, numbers)


@pytest.mark.parametrize("target", [f"{JOB} x", f"{JOB} 0 1", f"{JOB} 2 2", f"{JOB} 1 2 3", f"{JOB} -1"])
def test_what_names_no_two_attempts_is_refused(target: str) -> None:
    with pytest.raises(InvalidArgument, match="names no two attempts"):
        read_attempts(target)
