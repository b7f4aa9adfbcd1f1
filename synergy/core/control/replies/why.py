"""Replies on why a job does not go on, what waits for it, and why it ran. The codes are those of docs/why.md."""

from __future__ import annotations

from msgspec import Struct

from synergy.core.control.replies.answer import Reply


class Condition(Struct, frozen=True, omit_defaults=False):
    """One unmet condition of ``job``, and beneath it those of the jobs that it waits for.

    ``about``: a job, a unit of work, a process, an order. ``command``: what would change it, to be run as it stands.
    ``last_line``: of the log of a failed attempt. ``again``: the job's conditions stand elsewhere in the tree.
    ``more``: so many further jobs wait beneath, which are not spelled out.
    """

    job: str
    code: str
    what: str
    about: str
    since: str | None = None
    actor: str | None = None
    reason: str | None = None
    last_line: str | None = None
    command: str | None = None
    again: bool = False
    more: int = 0
    children: tuple[Condition, ...] = ()


class RootCause(Struct, frozen=True):
    """A condition with nothing unmet beneath it.

    ``blocks``: how many jobs it keeps, by process; ``examples`` names some. Only ``why --all`` counts them.
    """

    job: str
    code: str
    what: str
    about: str
    since: str | None = None
    actor: str | None = None
    reason: str | None = None
    last_line: str | None = None
    command: str | None = None
    blocks: int = 0
    by_process: dict[str, int] = {}
    examples: tuple[str, ...] = ()


class Why(Reply, frozen=True):
    """Why one job does not go on. ``code`` is that of the condition that decides; ``state`` is None for no job yet.

    ``is_cut``: so many jobs lie beneath it that not all of them were looked at.
    """

    job: str
    state: str | None
    code: str
    conditions: tuple[Condition, ...]
    roots: tuple[RootCause, ...]
    more_roots: int = 0
    is_cut: bool = False


class WhyAll(Reply, frozen=True):
    """The roots that keep the most jobs. ``unfinished``: all jobs that are not finished; ``blocked``: by problems.

    ``passing``: the others, which go on by themselves, by their own codes. ``is_cut``: see Why.
    """

    unfinished: int
    blocked: int
    passing: dict[str, int]
    roots: tuple[RootCause, ...]
    more_roots: int = 0
    is_cut: bool = False


class BlockedJob(Struct, frozen=True):
    """A job that waits, and because of which one: ``Hourly@2013010105 is its child``."""

    process_name: str
    timeperiod: str
    state: str
    because: str


class Blocks(Reply, frozen=True):
    """What waits for a job, directly or not: the nearest first, no more than was asked for, and ``total`` counted."""

    job: str
    state: str
    total: int
    by_process: dict[str, int]
    jobs: tuple[BlockedJob, ...]
    more: bool


class RunAttempt(Struct, frozen=True):
    """An attempt of a run; ``what`` says why it was made."""

    attempt: int
    what: str
    state: str
    exit_reason: str | None
    box_id: str
    started: str
    finished: str | None


class JobRun(Struct, frozen=True):
    """A run of a job: ``cause`` is a word of its history (``unknown``: that is gone), ``what`` says it in full."""

    run: int
    uow_id: str
    at: str | None
    cause: str
    what: str
    actor: str | None
    because: str | None
    reason: str | None
    plan_id: str | None
    attempts: tuple[RunAttempt, ...]


class WhyRan(Reply, frozen=True):
    """What caused each run of a job, oldest first."""

    job: str
    runs: tuple[JobRun, ...]
