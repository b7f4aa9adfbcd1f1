"""The rehearsal of outages in short; ``scripts/outages`` has all of them last for minutes."""

from __future__ import annotations

import pytest

from tests.campaign.outages import Course, run

pytestmark = pytest.mark.real


def test_a_frozen_store_is_told_and_outlasted_and_nothing_is_lost(capsys: pytest.CaptureFixture[str]) -> None:
    held = run("mongodb+rabbitmq", ["store frozen"], Course(seconds=12.0, patience=6.0))
    assert held == 0, capsys.readouterr().out
