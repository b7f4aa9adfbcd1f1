from __future__ import annotations

import hashlib
import json

import pytest
from msgspec.structs import replace

from synergy.core.audit_chain import (
    FIELDS,
    START,
    agree,
    chained,
    digest_of,
    exact_time,
    head_after,
    opening_head,
    unreadable,
    with_states,
)
from synergy.core.plan_records import PlannedChange, PlanRecord
from synergy.core.records import AuditEntry, AuditHead, UowId
from synergy.core.states import JobState

ENTRY = AuditEntry(1_800_000_000.25, "anna", "skip", "Hourly@2013010100", "late")


def change(state: JobState, new_state: JobState) -> PlannedChange:
    return PlannedChange("Hourly", "2013010100", state, new_state, "target")


def plan(*changes: PlannedChange, kills: tuple[str, ...] = ()) -> PlanRecord:
    return PlanRecord("p1", "reprocess", "anna", 1.0, changes, tuple(map(UowId, kills)))


def test_entries_are_numbered_and_each_names_the_one_before() -> None:
    first, second = chained([ENTRY, ENTRY], START)
    (third,) = chained([ENTRY], head_after([first, second], START))
    assert [one.seq for one in (first, second, third)] == [1, 2, 3]
    assert [one.previous for one in (first, second, third)] == ["", first.digest, second.digest]
    assert len({one.digest for one in (first, second, third)}) == 3


def test_without_entries_the_head_stays() -> None:
    assert head_after(chained([], AuditHead(4, "d")), AuditHead(4, "d")) == AuditHead(4, "d")


def test_the_digest_covers_every_field_but_itself() -> None:
    assert set(FIELDS) == set(AuditEntry.__struct_fields__) - {"digest"}
    (entry,) = chained([ENTRY], START)
    changed = [
        replace(ENTRY, **{name: 9.0 if name == "at" else "x"}) for name in FIELDS if name not in {"seq", "previous"}
    ]
    digests = {chained([one], START)[0].digest for one in changed} | {chained([ENTRY], AuditHead(0, "x"))[0].digest}
    assert len(digests | {entry.digest, chained([ENTRY], AuditHead(1, ""))[0].digest}) == len(FIELDS) + 1


def test_the_encoding_is_what_any_json_library_writes_without_blanks() -> None:
    text = "".join(chr(code) for code in range(0x3000))
    values = [1, "2027-01-15T08:00:00.250000Z", None, text, "😀"]
    written = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    assert digest_of(values) == hashlib.sha256(written.encode()).hexdigest()


def test_a_time_is_told_with_microseconds_and_what_is_none_as_it_is() -> None:
    assert exact_time(ENTRY.at) == "2027-01-15T08:00:00.250000Z"
    assert exact_time(1e300) == "1e+300"


@pytest.mark.parametrize(
    ("kept", "newest", "opening", "fits"),
    [
        (START, None, START, True),
        (AuditHead(2, "b"), AuditEntry(0, "", "", "", seq=2, digest="b"), AuditHead(2, "b"), True),
        (AuditHead(3, "c"), AuditEntry(0, "", "", "", seq=2, digest="b"), AuditHead(3, "c"), False),
        (AuditHead(3, "c"), None, AuditHead(3, "c"), False),
        (AuditHead(1, "a"), AuditEntry(0, "", "", "", seq=2, digest="b"), AuditHead(2, "a"), False),
        (START, AuditEntry(0, "", "", "", seq=2, digest="b"), AuditHead(2, "b"), False),
    ],
)
def test_a_daemon_goes_on_so_that_what_was_taken_or_put_in_stays_to_be_seen(
    *, kept: AuditHead, newest: AuditEntry | None, opening: AuditHead, fits: bool
) -> None:
    assert opening_head(kept, newest) == opening
    assert agree(kept, newest) is fits


def test_of_a_plan_the_states_of_its_jobs_are_counted() -> None:
    given = replace(ENTRY, plan_id="p1")
    done = plan(
        *[change(JobState.PROCESSED, JobState.EMBRYO)] * 2, change(JobState.IN_PROGRESS, JobState.EMBRYO), kills=("u",)
    )
    told = with_states(given, {"p1": done})
    assert (told.before, told.after) == ("1 in progress, 2 processed", "3 embryo, 1 running unit of work stopped")


def test_what_has_no_plan_or_says_it_already_is_left_alone() -> None:
    said = replace(ENTRY, plan_id="p1", before="off")
    assert with_states(ENTRY, {"p1": plan()}) == ENTRY
    assert with_states(said, {"p1": plan(change(JobState.NOOP, JobState.EMBRYO))}) == said
    assert with_states(replace(said, before=None, after="on"), {"p1": plan()}).before is None
    assert with_states(replace(ENTRY, plan_id="p1"), {"p1": plan()}).after is None


def test_an_entry_that_cannot_be_read_never_fits_its_digest() -> None:
    assert (unreadable(7, "odd").seq, unreadable(7, "odd").digest) == (7, "")
