"""The console in Debian's Chromium: what is really drawn there, and that the page asks nobody else for anything."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("textual_serve", reason="pip install -e '.[test]'")

from synergy.core.control import requests as q
from tests.servers.chromium import PROGRAM, Page, chromium_page
from tests.tui.fake_daemon import FakeDeployment
from tests.tui.web.program import web_program
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not PROGRAM.exists(), reason=f"{PROGRAM} is missing: apt-get install chromium"),
]

DRAWN = """
    window.drawn = "";
    for (const kind of [CanvasRenderingContext2D, OffscreenCanvasRenderingContext2D]) {
        const fill = kind.prototype.fillText;
        kind.prototype.fillText = function (text, ...rest) {
            window.drawn += text;
            return fill.call(this, text, ...rest);
        };
    }
"""
"""Keeps what is drawn as text on any canvas: xterm.js draws each sign once, and copies it from then on."""

REACHING = (
    """
    const socket = new WebSocket("ws://HOST/ws?width=80&height=24");
    socket.onopen = () => { window.told = "open"; };
    socket.onerror = () => { window.told ??= "refused"; };
    """,
    """
    fetch("http://HOST/", {credentials: "include", mode: "no-cors"})
        .then(answer => { window.told = answer.type === "opaque" ? "opaque" : "read"; })
        .catch(() => { window.told = "refused"; });
    """,
)
"""What a page of another site may try; it says in ``told`` how it went."""


async def is_drawn(page: Page, signs: str) -> bool:
    return set(signs) <= set(await page.evaluate("window.drawn") or "")


async def test_the_browser_draws_the_console_and_keys_reach_it(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    async with web_program(tmp_path, deployment) as program, chromium_page(tmp_path / "profile") as page:
        await page.before_each_page(DRAWN)
        await page.open(program.link)
        await wait_until(lambda: is_drawn(page, "Flights■▸"), 30, "the overview is drawn")
        assert "token" not in await page.evaluate("location.href")
        assert not any(isinstance(request, q.Grid) for request in deployment.asked)
        await page.types("2")
        await wait_until(lambda: is_drawn(page, "◆"), 30, "the timetable is drawn")
        assert any(isinstance(request, q.Grid) for request in deployment.asked)
        assert [url for url in page.requests if program.origin.partition("//")[2] not in url] == []
        assert page.complaints == []
        (tmp_path / "page.png").write_bytes(await page.picture())


async def test_a_page_of_another_site_reaches_nothing_though_the_browser_was_let_in(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    async with web_program(tmp_path, deployment) as program, chromium_page(tmp_path / "profile") as page:
        await page.before_each_page(DRAWN)
        await page.open(program.link)
        await wait_until(lambda: is_drawn(page, "Flights■▸"), 30, "the overview is drawn")
        await page.open("about:blank")
        await wait_until(lambda: page.evaluate("location.href === 'about:blank'"))
        for attempt in REACHING:
            await page.evaluate("window.told = undefined")
            await page.evaluate(attempt.replace("HOST", program.origin.partition("//")[2]))
            await wait_until(lambda: page.evaluate("window.told"), 30, "the browser says how it went")
            assert await page.evaluate("window.told") == "refused"
