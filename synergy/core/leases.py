"""Which supervisors are gone: told by counters that stand still, never by comparing clocks of two machines.

A supervisor raises its counter every few seconds. An observer that reads the same counter for ``lease_seconds`` of its
own monotonic clock calls the lease lost; by then the supervisor, which could not renew it, has killed its work. Only
time in which the observer really looked counts: after a gap of more than half a lease it starts counting anew, whether
it was itself asleep or could not read the store.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass


@dataclass(slots=True)
class _Lease:
    counter: int
    moved: float
    seen: float


class LeaseWatch:
    """Observes the counters of supervisors. All times are monotonic seconds of the observer."""

    def __init__(self, lease_seconds: float) -> None:
        self._lease_seconds = lease_seconds
        self._gap_seconds = lease_seconds / 2.0
        self._leases: dict[str, _Lease] = {}

    def observe(self, supervisor_id: str, counter: int, monotonic: float) -> None:
        """The counter reads so now."""
        lease = self._leases.get(supervisor_id)
        if lease is None:
            self._leases[supervisor_id] = _Lease(counter, monotonic, monotonic)
            return
        if counter != lease.counter or monotonic - lease.seen > self._gap_seconds:
            lease.counter, lease.moved = counter, monotonic
        lease.seen = monotonic

    def lost(self, monotonic: float) -> tuple[str, ...]:
        """Those whose lease is lost now, in order of name, until their counter moves or they are forgotten.

        A supervisor that was not observed lately is not among them: nobody can tell.
        """
        return tuple(sorted(name for name, lease in self._leases.items() if self._is_lost(lease, monotonic)))

    def stood_still(self, supervisor_id: str, monotonic: float) -> float:
        """For how many seconds its counter has not moved; 0.0 for one that was not observed lately."""
        lease = self._leases.get(supervisor_id)
        return monotonic - lease.moved if lease is not None and self._is_watched(lease, monotonic) else 0.0

    def forget_all_but(self, supervisor_ids: AbstractSet[str]) -> None:
        """The others are gone for good: nobody has a record of them any more."""
        for supervisor_id in self._leases.keys() - supervisor_ids:
            del self._leases[supervisor_id]

    def _is_lost(self, lease: _Lease, monotonic: float) -> bool:
        return self._is_watched(lease, monotonic) and lease.seen - lease.moved >= self._lease_seconds

    def _is_watched(self, lease: _Lease, monotonic: float) -> bool:
        return monotonic - lease.seen <= self._gap_seconds
