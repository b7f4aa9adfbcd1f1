"""Why a job does not go on, as lines: the conditions as a tree with their codes, and what helps against the roots."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from synergy.core.control import replies as r
from synergy.tui.model.health import Line
from synergy.tui.model.listings import GREY

AT_REST: Final = frozenset({"running", "done"})
"""Codes of a job that waits for nothing."""

_FEW: Final = 5
_ORANGE: Final = "warning"


def why_lines(why: r.Why, shell_line: Callable[[str], str], *, whole: bool) -> list[Line]:
    """The tree and the roots; not ``whole``: the first few lines of the tree, and what helps against the first root."""
    if not whole and why.code in AT_REST:
        return []
    tree = list(_tree(why.conditions, why.job, 0))
    hidden = 0 if whole else max(0, len(tree) - _FEW)
    lines = tree[: len(tree) - hidden]
    if hidden or (not whole and len(why.roots) > 1):
        lines.append([(f"d shows all: {len(tree):,} conditions, {len(why.roots) + why.more_roots:,} roots", GREY)])
    for root in why.roots if whole else why.roots[:1]:
        lines += _root(root, shell_line, named=whole)
    return lines


def _tree(conditions: Sequence[r.Condition], job: str, depth: int) -> Iterator[Line]:
    for each in conditions:
        name = "" if each.job == job else f"{each.job}: "
        again = "  (see above)" if each.again else ""
        yield [("  " * depth, ""), (each.code, _ORANGE), (f"  {name}{each.what}{again}", "")]
        yield from _tree(each.children, each.job, depth + 1)


def _root(root: r.RootCause, shell_line: Callable[[str], str], *, named: bool) -> Iterator[Line]:
    """By whom and why, the log's last line, and the command."""
    told = [
        f"by {root.actor}" if root.actor else "",
        root.reason or "",
        f"log: {root.last_line}" if root.last_line else "",
    ]
    said = "  ".join(part for part in told if part)
    if named:
        yield [("root    ", GREY), (f"{root.code}  {root.job}", "bold")]
    if said:
        yield [("        ", ""), (said, "")]
    if root.command is not None:
        yield [("run     ", GREY), (shell_line(root.command), "")]
