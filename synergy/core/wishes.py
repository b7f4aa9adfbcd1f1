"""What an operator asks for, exactly: asked again while nothing has moved, it makes the same plan."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

from synergy.core.states import JobState

Verb = Literal[
    "reprocess", "skip", "cancel", "force", "mark", "cursor",
    "hold", "release", "drain", "resume", "seal", "unseal",
    "batch pause", "batch resume", "batch cancel", "undo",
]  # fmt: skip
"""Everything that is a plan first."""

JOB_VERBS: Final[frozenset[Verb]] = frozenset({"reprocess", "skip", "cancel", "force", "mark"})
ADMIN_VERBS: Final[frozenset[Verb]] = frozenset({"drain", "resume", "unseal"})
"""What only an administrator may apply; breaking a seal is another such thing."""


class Scope(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How far a verb reaches from its targets; all defaults: as far as its rules say.

    With any of ``alone``, ``ancestors`` and ``dependents`` only the edges named are followed: none, to the parents, to
    the jobs of other trees. ``depth`` is the most edges from a target. ``exclude`` names processes, trees or jobs that
    are left out, and what is reached by them only.
    """

    alone: bool = False
    ancestors: bool = False
    dependents: bool = False
    depth: int | None = None
    exclude: tuple[str, ...] = ()

    @property
    def is_narrow(self) -> bool:
        """Whether it reaches less far than the rules say."""
        return self != Scope()

    @property
    def follows_tree(self) -> bool:
        """Whether edges within a tree are followed."""
        return self.ancestors or not (self.alone or self.dependents)

    @property
    def follows_dependants(self) -> bool:
        """Whether edges to other trees are followed."""
        return self.dependents or not (self.alone or self.ancestors)


class Wish(Struct, frozen=True, omit_defaults=True):
    """A verb with all that it was given.

    ``only``, ``tree``: of the targets those in these states, of this tree. ``to``: what jobs are marked as
    (``processed``, ``noop``). ``until``: real time at which a hold lifts itself. ``max_parallel``: makes a reprocess a
    batch, of which no more than that many jobs run at once.
    """

    verb: Verb
    targets: tuple[str, ...] = ()
    only: tuple[JobState, ...] = ()
    tree: str | None = None
    scope: Scope = Scope()
    to: str | None = None
    until: float | None = None
    max_parallel: int | None = None
