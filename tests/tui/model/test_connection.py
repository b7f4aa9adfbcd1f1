from __future__ import annotations

import pytest
from msgspec.structs import replace

from synergy.core.control.replies import Hello
from synergy.core.control.roles import Role
from synergy.tui.model.connection import LinkState, Phase, daemon_time, freshness, steady

HELLO = Hello("0.1", 1, "d", "olga", may_change=True, role=Role.OPERATOR)
LIVE = LinkState(Phase.LIVE, heard=100.0, real_time="2026-11-23T08:33:27Z", hello=HELLO)


def test_live_tells_when_the_daemon_was_heard_in_the_daemons_time() -> None:
    assert freshness(LIVE, 104.0) == "Updated 08:33:27 · live"
    assert daemon_time(LIVE, 160.0) == "08:34:27"
    assert daemon_time(LinkState(), 1.0) == "—"


def test_stale_tells_its_age_and_the_attempt() -> None:
    lost = LinkState(Phase.LOST, attempt=3, heard=100.0)
    assert freshness(lost, 112.4) == "STALE 12 s · reconnecting (3)"


def test_a_silent_daemon_is_told_apart_from_a_lost_connection() -> None:
    silent = replace(LIVE, phase=Phase.SILENT)
    assert freshness(silent, 107.2) == "STALE 7 s · no answer"
    assert silent.is_stale
    assert not silent.is_live


def test_never_connected_is_not_called_stale() -> None:
    assert freshness(LinkState(), 5.0) == "connecting"
    assert freshness(LinkState(attempt=4), 5.0) == "no connection yet · trying again (4)"


def test_changes_are_offered_only_where_daemon_and_operator_allow_them() -> None:
    assert LIVE.may_change(read_only=False)
    assert not LIVE.may_change(read_only=True)
    assert not LinkState().may_change(read_only=False)
    assert LIVE.is_live


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (None, ""),
        (0.002, ""),
        (0.324, " · 320 ms"),
        (0.84, " · SLOW 840 ms"),
        (0.996, " · SLOW 1000 ms"),
        (2.41, " · SLOW 2.4 s"),
    ],
)
def test_a_long_way_is_told_and_a_slow_one_loudly(seconds: float | None, told: str) -> None:
    assert freshness(replace(LIVE, latency=seconds), 104.0) == f"Updated 08:33:27 · live{told}"


def test_the_latency_that_is_shown_changes_only_for_a_clear_difference() -> None:
    assert steady(None, 0.3) == 0.3
    assert steady(0.3, 0.36) == 0.3
    assert steady(0.3, 0.4) == 0.4
    assert steady(0.001, 0.01) == 0.001
