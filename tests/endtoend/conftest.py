from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.endtoend.deployment import Deployment, new_folder


@pytest.fixture
def deployment() -> Iterator[Deployment]:
    """An empty folder for a project; at the end all of it is gone, and stop must have been enough for that."""
    made = Deployment(new_folder())
    yield made
    assert made.close() == []


@pytest.fixture(scope="module")
def shared() -> Iterator[Deployment]:
    """See deployment; one for all tests of a module."""
    made = Deployment(new_folder())
    yield made
    assert made.close() == []
