from __future__ import annotations

from synergy.core.control.methods import METHODS
from synergy.core.control.roles import Role

LOOKING = {
    "hello", "status", "trees", "processes", "boxes", "workers", "gc", "grid", "ls", "show", "history", "attempts",
    "logs", "search_log", "follow_log", "uows", "uow", "plan", "freerun_ls", "subscribe", "audit", "audit_walk",
    "plans", "directives", "batch", "why", "why_all", "blocks", "why_ran",
    "daemon_logs", "daemon_log", "search_daemon_log", "roll_up", "process",
}  # fmt: skip
ADMINISTRATION = {"shutdown"}


def test_a_role_covers_itself_and_those_below() -> None:
    assert [[one.covers(other) for other in Role] for one in Role] == [
        [True, False, False], [True, True, False], [True, True, True]
    ]  # fmt: skip


def test_only_what_looks_is_free_to_viewers() -> None:
    assert {name for name, kind in METHODS.items() if kind.needs is Role.VIEWER} == LOOKING
    assert {name for name, kind in METHODS.items() if kind.needs is Role.ADMIN} == ADMINISTRATION


def test_no_request_says_in_the_old_way_that_it_changes_things() -> None:
    """It would be taken for one that only looks."""
    assert [name for name, kind in METHODS.items() if hasattr(kind, "changes")] == []
