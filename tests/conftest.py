from __future__ import annotations

import asyncio


def pytest_configure() -> None:
    # looptime asks for the current loop in plain tests too; without this one would be made that nobody closes.
    asyncio.set_event_loop(None)
