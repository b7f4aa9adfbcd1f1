from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from msgspec.structs import replace

from synergy.core.audit_chain import FIELDS, START, chained, digest_of, exact_time
from synergy.core.audit_check import MOST_FAULTS, ChainWalk
from synergy.core.control.replies import AuditRow
from synergy.core.records import AuditEntry, AuditHead


def rows_of(count: int) -> list[AuditRow]:
    entries = chained((AuditEntry(float(n), "anna", "skip", f"Hourly@{n}") for n in range(count)), START)
    return [msgspec.convert({**msgspec.structs.asdict(one), "at": exact_time(one.at)}, AuditRow) for one in entries]


def head_of(rows: Sequence[AuditRow]) -> AuditHead:
    return AuditHead(rows[-1].seq, rows[-1].digest)


def sealed(row: AuditRow) -> AuditRow:
    """As somebody writes it who knows how digests are made."""
    return replace(row, digest=digest_of([getattr(row, name) for name in FIELDS]))


def faults(rows: Sequence[AuditRow], head: AuditHead, noted: AuditHead | None = None) -> list[tuple[int, str]]:
    walk = ChainWalk(noted)
    for start in range(0, len(rows), 2):
        walk.take(rows[start : start + 2])
    walk.end([("the daemon", head), ("the store", head)])
    return [(fault.seq, fault.what) for fault in walk.faults]


WHOLE = rows_of(5)
HEAD = head_of(WHOLE)


def test_a_whole_chain_has_no_fault() -> None:
    walk = ChainWalk(AuditHead(3, WHOLE[2].digest))
    walk.take(WHOLE)
    walk.end([("the daemon", HEAD)])
    assert (walk.faults, walk.count, walk.head) == ([], 5, HEAD)


def test_an_audit_without_entries_is_whole() -> None:
    assert faults([], START) == []


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize("change", [{"target": "Other"}, {"at": "2000"}, {"reason": "x"}, {"digest": "0" * 64}])
def test_an_entry_that_was_changed_is_named_and_no_other(number: int, change: dict[str, str]) -> None:
    changed = [*WHOLE[:number], replace(WHOLE[number], **change), *WHOLE[number + 1 :]]
    named = {seq for seq, _ in faults(changed, HEAD)}
    assert named == {number + 1}


@pytest.mark.parametrize("number", range(4))
def test_an_entry_that_was_replaced_with_a_digest_that_fits_is_named(number: int) -> None:
    changed = [*WHOLE[:number], sealed(replace(WHOLE[number], actor="olga")), *WHOLE[number + 1 :]]
    assert faults(changed, HEAD) == [
        (number + 1, f"entry {number + 2} was written behind another one: it was replaced")
    ]


def test_the_newest_entry_that_was_replaced_is_known_by_the_head() -> None:
    changed = [*WHOLE[:4], sealed(replace(WHOLE[4], actor="olga"))]
    assert faults(changed, HEAD) == [(5, "the daemon knows another digest of it: it was replaced")]


def test_entries_that_were_removed_are_counted() -> None:
    assert faults([WHOLE[0], *WHOLE[2:]], HEAD) == [(2, "entry 2 is missing")]
    assert faults(WHOLE[3:], HEAD) == [(1, "entries 1 to 3 are missing (3 entries)")]
    assert faults(WHOLE[:3], HEAD) == [(4, "entries 4 to 5 are missing (2 entries); the daemon knows them")]
    assert faults([], HEAD) == [(1, "entries 1 to 5 are missing (5 entries); the daemon knows them")]


def test_a_first_entry_that_was_put_in_the_place_of_others_is_named() -> None:
    other = [sealed(replace(WHOLE[0], previous=WHOLE[1].digest))]
    assert (1, "it is not the first entry that was written") in faults(other, head_of(other))


def test_what_was_put_in_behind_the_newest_is_named() -> None:
    assert faults(WHOLE, head_of(WHOLE[:4])) == [
        (5, "the daemon knows 4 as the newest: what is behind that was put in")
    ]


def test_a_number_that_no_entry_has_is_named() -> None:
    odd = sealed(replace(WHOLE[0], seq=0))
    assert faults([odd, *WHOLE], HEAD) == [(0, "numbers begin at 1: it was put in")]


def test_daemon_and_store_may_know_different_heads() -> None:
    walk = ChainWalk()
    walk.take(WHOLE)
    walk.end([("the daemon", HEAD), ("the store", AuditHead(7, "x"))])
    assert [fault.what for fault in walk.faults] == ["entries 6 to 7 are missing (2 entries); the store knows them"]


def test_a_chain_that_was_written_anew_is_known_by_a_head_that_was_noted() -> None:
    anew = [replace(row, digest="", previous="") for row in WHOLE]
    for number, row in enumerate(anew):
        anew[number] = sealed(replace(row, actor="olga", previous=anew[number - 1].digest if number else ""))
    assert faults(anew, head_of(anew)) == []
    noted = AuditHead(3, WHOLE[2].digest)
    assert faults(anew, head_of(anew), noted) == [(3, "it is not the entry whose digest you gave")]
    assert faults(WHOLE[:2], head_of(WHOLE[:2]), noted) == [(3, "entry 3 is missing; the head you gave knows them")]


def test_of_many_faults_the_first_are_named_and_all_are_counted() -> None:
    walk = ChainWalk()
    walk.take(replace(row, reason="x") for row in rows_of(MOST_FAULTS + 9))
    assert (len(walk.faults), walk.number_of_faults) == (MOST_FAULTS, MOST_FAULTS + 9)
