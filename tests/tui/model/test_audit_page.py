"""The audit as the console shows it."""

from __future__ import annotations

from msgspec.structs import replace

from synergy.core.audit_check import ChainWalk
from synergy.core.records import AuditHead
from synergy.tui.model.audit_page import audit_table, chain_text, entry_lines
from synergy.tui.model.filters import parse_filter
from synergy.tui.model.listings import Style
from tests.tui.fake_audit import AUDIT

TABLE = audit_table(AUDIT, Style())


def test_entries_are_filtered_by_user_verb_and_job() -> None:
    def found(source: str) -> set[str]:
        return {AUDIT[int(row.key) - 1].verb for row in TABLE.arranged(parse_filter(source)).rows}

    assert found("user:olga") == {"reprocess", "hold"}
    assert found("verb:skip") == {"skip"}
    assert found("job:FlightsHourly@*") == {"reprocess"}
    assert found("user:root !verb:hold") == {"reprocess", "skip"}, "whom sudo was called by"


def test_all_of_an_entry_tells_before_and_after_and_from_where() -> None:
    told = ["".join(text for text, _ in line) for line in entry_lines(AUDIT[0], Style())]
    assert told[0] == "reprocess  FlightsHourly@2013030512"
    assert told[2] == "who     olga (logged in as root) from ssh 10.0.0.7"
    assert "before  state_processed" in told
    assert "after   state_embryo" in told


def test_the_chain_is_told_as_far_as_it_was_looked_at() -> None:
    assert chain_text(None, done=False) == "chain not looked at yet"
    walk = ChainWalk()
    walk.take(AUDIT[:3])
    assert chain_text(walk, done=False) == "chain whole up to 3; v looks at all of it"
    walk.end([("the store", AuditHead(3, AUDIT[2].digest))])
    assert chain_text(walk, done=True) == "chain whole, 3 entries"
    broken = ChainWalk()
    broken.take([AUDIT[0], replace(AUDIT[1], actor="mallory")])
    assert chain_text(broken, done=True).startswith("CHAIN BROKEN at 2: what it says is not what was written")
