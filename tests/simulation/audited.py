"""Every change that an operator can make has its line in the audit, in the very batch that makes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from msgspec.structs import replace

from synergy.core.audit_chain import START, chained, head_after
from synergy.core.directives import Directive
from synergy.core.ports import Batch
from synergy.core.records import AuditEntry, EntryRecord, ProcessOverride
from tests.simulation.shelf import Shelf

AUDIT: Final = "every change has its audit line"
CHAIN: Final = "the audit is one chain"

PEOPLE: Final = frozenset({"ann", "bob"})
BY_ITSELF: Final = frozenset({"its time was up", "done"})
"""How a directive ends that nobody lifts."""
ORDERS: Final = frozenset(
    {
        "hold", "release", "drain", "resume", "seal", "unseal", "reprocess", "batch pause", "batch resume",
        "batch cancel", "undo",
    }
)  # fmt: skip
"""Verbs that make, change or lift directives."""
PROCESS_VERBS: Final = frozenset({"activate", "deactivate", "frequency", "trigger"})
ENTRY_VERBS: Final = frozenset({"freerun add", "freerun set", "freerun rm"})

Violate = Callable[[str, str], None]


class Audited:
    """Looks at batches in the order in which they are stored; what an entry is at first its definition says."""

    def __init__(self, shelf: Shelf, violate: Violate) -> None:
        self._shelf = shelf
        self._violate = violate
        self._head = START
        self._directives: dict[str, Directive] = {}
        self._overrides: dict[str, tuple[object, ...]] = {}
        self._entries: dict[str, tuple[object, ...]] = {}

    def check(self, batch: Batch) -> None:
        """The batch is stored now."""
        self._check_chain(batch)
        audited = {line.plan_id for line in batch.audit}
        for plan in batch.plans:
            if plan.undone_by is None and plan.plan_id not in audited:
                self._violate(AUDIT, f"plan {plan.plan_id}, {plan.verb}, has no audit line")
        for entry in batch.history:
            if entry.actor in PEOPLE and entry.plan_id not in self._shelf.plans:
                self._violate(
                    AUDIT, f"{entry.process_name}@{entry.timeperiod}: {entry.cause} by {entry.actor} has no plan"
                )
        for what in self._untold(batch):
            self._violate(AUDIT, f"{what} without an audit line")

    def _check_chain(self, batch: Batch) -> None:
        for line in batch.audit:
            (again,) = chained([replace(line, seq=0, previous="", digest="")], self._head)
            if again != line:
                self._violate(CHAIN, f"entry {line.seq} does not follow entry {self._head.seq}")
            self._head = head_after([line], self._head)

    def _untold(self, batch: Batch) -> Iterator[str]:
        for override in batch.overrides:
            name, is_now = override.process_name, _of_override(override)
            if is_now != self._overrides.get(name, (None, None, None)) and not _is_told(
                batch.audit, name, PROCESS_VERBS
            ):
                yield f"{name} is changed"
            self._overrides[name] = is_now
        for entry in batch.entries:
            name, is_now = f"{entry.process_name}::{entry.entry_name}", _of_entry(entry)
            known = self._entries.get(name)
            is_of_file = known is None and not entry.by_hand
            if is_now != known and not is_of_file and not _is_told(batch.audit, name, ENTRY_VERBS):
                yield f"{name} is changed"
            self._entries[name] = is_now
        for order in batch.directives:
            before = self._directives.get(order.directive_id)
            if not _is_over(before, order) and not any(line.verb in ORDERS for line in batch.audit):
                yield f"{order.kind} {order.directive_id} is made, changed or lifted"
            self._directives[order.directive_id] = order


def _of_override(override: ProcessOverride) -> tuple[object, ...]:
    return override.is_on, override.trigger_frequency, override.due_before


def _of_entry(entry: EntryRecord) -> tuple[object, ...]:
    work = (entry.run, entry.command, entry.arguments)
    return entry.trigger_frequency, *work, entry.description, entry.is_on, entry.deleted


def _is_told(audit: tuple[AuditEntry, ...], name: str, verbs: frozenset[str]) -> bool:
    """Whether a line is about this process or entry. What an undo takes back is named by the line that it undoes."""
    return any(line.verb == "undo" or (line.verb in verbs and line.target == name) for line in audit)


def _is_over(before: Directive | None, order: Directive) -> bool:
    """Whether a directive that was known has come to its own end, and is the same else."""
    if before is None or order.outcome not in BY_ITSELF:
        return False
    return order == replace(before, lifted=order.lifted, outcome=order.outcome)
