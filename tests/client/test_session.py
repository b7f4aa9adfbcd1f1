"""A connection that comes back."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

from synergy.client import Connected, ControlClient, Lost, Session
from synergy.core.control import requests
from synergy.core.errors import DaemonUnreachable, NotPermitted
from tests.serving import STATUS, serving


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "control.sock"


def session_on(path: Path) -> Session:
    return Session(lambda: ControlClient.connect(path, "test"), first_seconds=0.001, longest_seconds=0.004)


def has_client(session: Session) -> bool:
    return session.client is not None


async def test_a_session_tells_each_loss_and_each_return(path: Path) -> None:
    session = session_on(path)
    async with asyncio.timeout(10), aclosing(session.states()) as states:
        first = await anext(states)
        assert isinstance(first, Lost)
        assert isinstance(first.reason, DaemonUnreachable)
        async with serving(path):
            state = await anext(states)
            while not isinstance(state, Connected):
                state = await anext(states)
            assert has_client(session)
            assert await state.client.call(requests.Status()) == STATUS
        lost = await anext(states)
        assert isinstance(lost, Lost)
        assert "closed the connection" in lost.reason.message
        assert not has_client(session)
        async with serving(path):
            async for state in states:
                if isinstance(state, Connected):
                    break
            assert isinstance(state, Connected)


async def test_failures_in_a_row_are_counted_from_one_moment_and_pauses_grow_to_a_limit(path: Path) -> None:
    async with asyncio.timeout(10), aclosing(session_on(path).states()) as states:
        found = [await anext(states) for _ in range(4)]
    lost = [state for state in found if isinstance(state, Lost)]
    assert [state.failures for state in lost] == [1, 2, 3, 4]
    assert len({state.since for state in lost}) == 1
    assert all(state.retry_at > state.since for state in lost)


async def test_closing_the_iterator_closes_the_connection(path: Path) -> None:
    session = session_on(path)
    async with serving(path), asyncio.timeout(10):
        async with aclosing(session.states()) as states:
            state = await anext(states)
            assert isinstance(state, Connected)
        assert not has_client(session)
        with pytest.raises(DaemonUnreachable, match="is closed"):
            await state.client.call(requests.Status())


async def test_who_is_not_let_in_waits_longer_before_the_next_try() -> None:
    async def refuse() -> ControlClient:
        raise NotPermitted("box-1 does not let you in")

    session = Session(refuse, first_seconds=0.001, refused_seconds=50.0)
    async with asyncio.timeout(10), aclosing(session.states()) as states:
        lost = await anext(states)
        assert isinstance(lost, Lost)
        assert lost.retry_at - lost.since >= 50.0
