"""The real ``synergy-console --web`` over a played daemon."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple

from tests.tui.fake_daemon import FakeDeployment, fake_daemon
from tests.waiting import within

_PROGRAM: Final = "import sys; from synergy.cli.entry import console; sys.exit(console())"
_LINK: Final = re.compile(rb"(http://127\.0\.0\.1:\d+)/\?token=\S+")


class WebProgram(NamedTuple):
    """A server that runs; ``link`` is good once."""

    process: asyncio.subprocess.Process
    origin: str
    link: str


@asynccontextmanager
async def web_program(folder: Path, deployment: FakeDeployment, *words: str) -> AsyncIterator[WebProgram]:
    """Serve it on a free port; it is killed at the end."""
    path = folder / "c.sock"
    async with fake_daemon(path, deployment):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _PROGRAM, "--web", "--port", "0", "--socket", str(path), *words,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, env=os.environ | {"TMPDIR": str(folder)},
        )  # fmt: skip
        try:
            assert process.stdout is not None
            told = await within(20, process.stdout.readuntil(b"token="))
            link = _LINK.search(told + await process.stdout.readline())
            assert link is not None
            yield WebProgram(process, link[1].decode(), link[0].decode())
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
