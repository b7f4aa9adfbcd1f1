from __future__ import annotations

from synergy.core.ports import Boundaries, DataSource
from tests.contract.source.rigs import Rig

ROWS = [(7, "2013010100"), (9, "2013010101"), (10, "20130101014530"), (11, "2013010102"), (100, "2013010101")]


async def test_the_boundaries_are_the_lowest_and_highest_key_of_the_period(rig: Rig, source: DataSource) -> None:
    await rig.fill("events", ROWS)

    assert await source.boundaries("events", "2013010101", "2013010102") == Boundaries("9", "100")
    assert await source.boundaries("events", "2013010100", "2013010200") == Boundaries("7", "100")


async def test_a_period_without_data_has_none(rig: Rig, source: DataSource) -> None:
    await rig.fill("events", ROWS)
    assert await source.boundaries("events", "2013010103", "2013010104") is None


async def test_data_that_comes_later_is_seen(rig: Rig, source: DataSource) -> None:
    await rig.fill("events", ROWS[:1])
    assert await source.boundaries("events", "2013010101", "2013010102") is None

    await rig.fill("events", ROWS[1:2])

    assert await source.boundaries("events", "2013010101", "2013010102") == Boundaries("9", "9")
