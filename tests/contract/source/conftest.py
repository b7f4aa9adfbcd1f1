"""Every test of this folder runs over every data source."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from synergy.core.ports import DataSource
from tests.contract.source.rigs import RIGS, Rig


@pytest.fixture(params=sorted(RIGS))
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Rig:
    return RIGS[request.param](tmp_path)


@pytest.fixture
async def source(rig: Rig) -> AsyncIterator[DataSource]:
    opened = rig.source()
    yield opened
    await opened.close()
