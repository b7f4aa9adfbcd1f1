"""Whether the audit is whole: its entries are walked from the first to the newest, and compared with what is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from msgspec import Struct

from synergy.core.audit_chain import FIELDS, digest_of
from synergy.core.control.replies import AuditRow
from synergy.core.counting import counted
from synergy.core.records import AuditHead

MOST_FAULTS: Final = 100


class AuditFault(Struct, frozen=True):
    """What is wrong at ``seq``. ``entry`` is the one with that number as it stands now, None: there is none."""

    seq: int
    what: str
    entry: AuditRow | None = None


class _Seen(NamedTuple):
    row: AuditRow
    fits: bool
    """Its digest is that of its text."""


class ChainWalk:
    """Takes the entries in pages, ascending; ``faults``: the first ones. ``noted``: a head that somebody wrote down."""

    def __init__(self, noted: AuditHead | None = None) -> None:
        self.faults: list[AuditFault] = []
        self.number_of_faults = 0
        self.count = 0
        self._noted = noted
        self._last: _Seen | None = None

    @property
    def head(self) -> AuditHead:
        """The newest entry that was taken."""
        return AuditHead(self._last.row.seq, self._last.row.digest) if self._last else AuditHead()

    def take(self, rows: Iterable[AuditRow]) -> None:
        """Look at the next page."""
        for row in rows:
            self._take(row)

    def end(self, heads: Sequence[tuple[str, AuditHead]]) -> None:
        """Compare with the heads that were kept elsewhere, each behind the name of its place."""
        reached = self.head
        for place, head in {head: (place, head) for place, head in reversed(heads)}.values():
            self._compare(place, head)
        if self._noted is not None and self._noted.seq > reached.seq:  # the walk has compared all others
            self._compare("the head you gave", self._noted)

    def _take(self, row: AuditRow) -> None:
        last, due = self._last, self.head.seq + 1
        fits = row.digest == digest_of([getattr(row, name) for name in FIELDS])
        if not fits:
            self._blame(row.seq, "what it says is not what was written: it does not match its digest", row)
        if row.seq < 1:
            self._blame(row.seq, "numbers begin at 1: it was put in", row)
            return
        if row.seq > due:
            self._missing(due, row.seq - 1)
        elif row.previous != self.head.digest and fits and (last is None or last.fits):
            self._blame_link(last, row)
        if self._noted is not None and row.seq == self._noted.seq and row.digest != self._noted.digest:
            self._blame(row.seq, "it is not the entry whose digest you gave", row)
        self.count += 1
        self._last = _Seen(row, fits)

    def _blame_link(self, last: _Seen | None, row: AuditRow) -> None:
        """Two entries do not belong together, though each matches its digest."""
        if last is None:
            self._blame(row.seq, "it is not the first entry that was written", row)
        else:
            self._blame(last.row.seq, f"entry {row.seq} was written behind another one: it was replaced", last.row)

    def _compare(self, place: str, head: AuditHead) -> None:
        reached = self.head
        if reached.seq < head.seq:
            self._missing(reached.seq + 1, head.seq, f"; {place} knows them")
        elif self._last is not None and reached.seq > head.seq:
            self._blame(
                reached.seq, f"{place} knows {head.seq} as the newest: what is behind that was put in", self._last.row
            )
        elif self._last is not None and reached.digest != head.digest:
            self._blame(reached.seq, f"{place} knows another digest of it: it was replaced", self._last.row)

    def _missing(self, first: int, last: int, known_by: str = "") -> None:
        names = f"entry {first} is" if first == last else f"entries {first:,} to {last:,} are"
        number = "" if first == last else f" ({counted(last - first + 1, 'entry', 'entries')})"
        self._blame(first, f"{names} missing{number}{known_by}", None)

    def _blame(self, seq: int, what: str, row: AuditRow | None) -> None:
        self.number_of_faults += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(AuditFault(seq, what, row))
