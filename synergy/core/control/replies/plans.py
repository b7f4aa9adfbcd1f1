"""Replies of the verbs: what would change, and what was changed."""

from __future__ import annotations

from msgspec import Struct

from synergy.core.control.replies.answer import Reply


class PlanChange(Struct, frozen=True):
    """One job that would change, and because of which edge."""

    process_name: str
    timeperiod: str
    state: str
    new_state: str
    because: str


class Refusal(Struct, frozen=True):
    """A target of a list that the verb is not legal for."""

    target: str
    code: str
    message: str

    def __str__(self) -> str:
        """What was not done and why; a reason that begins with the target's name is not given another one."""
        return self.message if self.message.startswith(f"{self.target} ") else f"{self.target}: {self.message}"


class Level(Struct, frozen=True):
    """How many jobs of one process a plan changes, and what that costs.

    ``median_seconds``: of the last runs of the process; ``seconds``: of all its jobs, ``at_once`` of them beside each
    other: what the process's concurrency, its batch, its pool and the slots of living boxes allow. None where no run
    is known.
    """

    tree_name: str
    process_name: str
    time_qualifier: str
    jobs: int
    median_seconds: float | None = None
    seconds: float | None = None
    at_once: int = 1


class Directive(Struct, frozen=True):
    """A hold, a seal or a batch. ``reach``: what it is about; times as ISO-8601, UTC; see ``directives.Directive``."""

    directive_id: str
    kind: str
    reach: str
    actor: str
    at: str | None
    reason: str | None = None
    until: str | None = None
    max_parallel: int | None = None
    is_paused: bool = False
    total: int = 0
    left: int | None = None
    running: int | None = None
    lifted: str | None = None
    outcome: str | None = None


class Undone(Struct, frozen=True):
    """The change that an undo takes back. ``at``: when it was made, as ISO-8601, UTC."""

    plan_id: str
    verb: str
    targets: tuple[str, ...]
    actor: str
    at: str

    def words(self, when: str) -> str:
        """``skip Hourly@2026112613 (plan p887…, by root, 13:47:38)``; ``when``: its time as it is to be shown."""
        more = f"and {len(self.targets) - 1:,} more" if len(self.targets) > 1 else ""
        told = " ".join(filter(None, (self.verb, *self.targets[:1], more)))
        return f"{told} (plan {self.plan_id}, by {self.actor}, {when})"


class Plan(Reply, frozen=True):
    """``kills``: units of work whose running work would be stopped. ``counts``: changes per process.

    ``levels``: the same per tree and level, with the cost; ``at_risk``: jobs whose deadline would pass by that cost.
    ``directives``: those that would be new, changed or (``lifted``) lifted, ``affects``: how many unfinished jobs they
    are about. ``sealed``: jobs under a seal, which change only with ``break_seal``. ``kept``: finished jobs that a
    narrower scope leaves as they are. ``restores``: processes, entries and boxes as an undo would have them; ``lost``:
    what it cannot bring back. ``overtaken``: what has changed since, and stays.
    ``obstacles``: what of operators' orders would keep how many of the jobs from running, and of the verb force what
    its jobs would ignore, in words. ``repeats``: it was carried out before, under the same key. ``undoes``: of an undo,
    what it takes back.
    """

    plan_id: str
    verb: str
    changes: tuple[PlanChange, ...]
    kills: tuple[str, ...]
    counts: dict[str, int]
    trees: tuple[str, ...]
    refused: tuple[Refusal, ...] = ()
    expires_in: float = 600.0
    levels: tuple[Level, ...] = ()
    seconds: float | None = None
    at_risk: tuple[str, ...] = ()
    directives: tuple[Directive, ...] = ()
    affects: tuple[tuple[str, int], ...] = ()
    sealed: tuple[str, ...] = ()
    kept: int = 0
    obstacles: tuple[str, ...] = ()
    restores: tuple[str, ...] = ()
    overtaken: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    repeats: bool = False
    undoes: Undone | None = None


class Applied(Reply, frozen=True):
    """The plan is stored; ``command`` is the same action as a synergyctl line.

    ``grace_seconds``: how long the work that is being stopped may take to end before it is killed. ``overtaken``,
    ``lost``: what an undo left as it is, ``restores``: what of processes, entries and boxes is as before. ``repeated``:
    it was done before, under the same key. ``undoes``: as of the plan.
    """

    plan_id: str
    changed: int
    kills: tuple[str, ...]
    command: str
    refused: tuple[Refusal, ...] = ()
    grace_seconds: float = 10.0
    directives: tuple[Directive, ...] = ()
    restores: tuple[str, ...] = ()
    overtaken: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    repeated: bool = False
    undoes: Undone | None = None


class PlanRow(Struct, frozen=True):
    """One plan by what was asked for; ``is_applied``: it can be undone, not applied any more."""

    plan_id: str
    verb: str
    targets: tuple[str, ...]
    is_applied: bool


class Plans(Reply, frozen=True):
    """Plans that wait to be applied, then those that undo may take back."""

    plans: tuple[PlanRow, ...]


class Directives(Reply, frozen=True):
    """Holds, seals and batches."""

    directives: tuple[Directive, ...]


class BatchJob(Struct, frozen=True):
    """What became of one job of a batch."""

    process_name: str
    timeperiod: str
    state: str
    is_running: bool
    uow_id: str | None = None
    exit_reason: str | None = None


class BatchDetail(Reply, frozen=True):
    """``counts``: its jobs by state."""

    batch: Directive
    jobs: tuple[BatchJob, ...]
    counts: dict[str, int]
