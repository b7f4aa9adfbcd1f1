"""An event of a history in full."""

from __future__ import annotations

from msgspec.structs import replace

from synergy.core.control import replies as r
from synergy.tui.model.event_page import audited, event_lines, event_summary
from synergy.tui.model.listings import Style
from tests.tui.fake_audit import AUDIT

EVENT = r.HistoryRow(
    "2026-11-23T08:33:27Z", "state_processed", "state_embryo", "olga", "reprocess", "Daily@2013010100 is its parent",
    "late data", None, "p2",
)  # fmt: skip


def told(event: r.HistoryRow, entry: r.AuditRow | None) -> list[str]:
    return ["".join(text for text, _ in line) for line in event_lines("Hourly@2013010105", event, entry, Style())]


def test_an_event_tells_who_from_where_by_which_plan_and_because_of_what() -> None:
    entry = audited(AUDIT, EVENT)
    assert entry is not None
    assert told(EVENT, entry) == [
        "Hourly@2013010105  ■ processed → · embryo",
        "when    2026-11-23 08:33:27",
        "who     olga (logged in as root)",
        "from    ssh 10.0.0.7",
        "cause   reprocess",
        "because Daily@2013010100 is its parent",
        "reason  “late data”",
        "plan    p2   synergyctl undo p2 takes it back",
        "asked   reprocess FlightsHourly@2013030512",
    ]


def test_what_the_audit_does_not_tell_stays_untold() -> None:
    assert audited(AUDIT, replace(EVENT, plan_id=None)) is None
    assert audited(AUDIT, replace(EVENT, plan_id="other")) is None
    bare = told(replace(EVENT, actor="scheduler", plan_id=None, because=None, reason=None, uow_id="u1"), None)
    assert bare[2:] == ["who     scheduler", "cause   reprocess", "work    u1"]


def test_an_event_is_summed_up_in_three_lines() -> None:
    lines = ["".join(text for text, _ in line) for line in event_summary(EVENT, Style())]
    assert lines == [
        "■ processed → · embryo   2026-11-23 08:33:27",
        "reprocess by olga   “late data”",
        "because Daily@2013010100 is its parent   plan p2   d tells all",
    ]
